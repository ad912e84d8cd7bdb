//! A folder's own user, who is not root, changes it while root brings files there.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    both::{INSTALLERS, is_root},
    machine::{Machine, expected, two},
};

const USER: u32 = 65534;

/// What the user does all the time, in a folder of theirs: names that the installers use or used, the
/// targets and the folders of them, each now a link to where root's files are and now not.
const LOOPS: [(&str, &str); 7] = [
    ("the target is a link", "ln -sfn $victim/secret pki/kubelet.key; rm -f pki/kubelet.key"),
    (
        "the target is a link or theirs",
        "ln -sfn $victim/secret pki/l; mv -T pki/l pki/kubelet.key; echo x >pki/f; mv -fT pki/f pki/kubelet.key",
    ),
    (
        "names of copies are links",
        "for name in .kubelet.key.kubepki-new .kubelet.crt.kubepki-new; do \
         ln -sfn $victim/secret pki/$name; done; rm -f pki/.kubelet*",
    ),
    (
        "the folder for copies is a link",
        "mv -T pki/.kubepki-push pki/away 2>/dev/null; ln -sn $victim pki/.kubepki-push 2>/dev/null; \
         rm -f pki/.kubepki-push; mv -T pki/away pki/.kubepki-push 2>/dev/null",
    ),
    (
        "the folder for copies is theirs",
        "mkdir pki/.kubepki-push 2>/dev/null; rmdir pki/.kubepki-push 2>/dev/null",
    ),
    (
        "whatever appears is replaced by a link",
        "for name in pki/.[!.]* pki/*; do case $name in *away*) ;; *) mv -fT $name pki/away$n 2>/dev/null && \
         ln -sn $victim/secret $name; n=$((n + 1));; esac; done; \
         for name in pki/.[!.]* pki/*; do [ ! -L $name ] || rm -f $name; done",
    ),
    (
        "the folder itself is a link",
        "mv -T pki was 2>/dev/null; ln -sn $victim pki 2>/dev/null; rm -f pki; mv -T was pki 2>/dev/null",
    ),
];

struct Attacker(Child);

impl Attacker {
    fn start(machine: &Machine, commands: &str) -> Self {
        let script = format!("n=0; victim={}; while :; do {commands}; done", victim(machine));
        let child = Command::new("setpriv")
            .args([&format!("--reuid={USER}"), &format!("--regid={USER}"), "--clear-groups"])
            .args(["--pdeathsig", "KILL", "sh", "-c", &script])
            .current_dir(machine.at("var/lib/kubelet"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        Self(child.unwrap())
    }
}

impl Drop for Attacker {
    fn drop(&mut self) {
        // The shell, and the program that it runs at the moment.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.0.wait();
    }
}

fn victim(machine: &Machine) -> String {
    machine.root().with_file_name("victim").to_str().unwrap().to_owned()
}

fn give(machine: &Machine) {
    for folder in ["var/lib/kubelet", "var/lib/kubelet/pki"] {
        chown(machine.at(folder), Some(USER), Some(USER)).unwrap();
    }
}

/// Root's own file stays as it is, and nothing gets beside it, whatever is done and however it ends; once
/// the user has stopped, and what is theirs is gone, everything gets to its place.
#[test]
fn a_folders_user_cannot_lead_root_astray() {
    if !is_root() {
        println!("NOT TESTED: only root can be led astray, and this is not root");
        return;
    }
    let rounds = if std::env::var_os("KUBEPKI_SWEEP").is_some() { 40 } else { 3 };
    let [old, new] = two();
    let (mut tried, mut came) = (0, 0);
    for installer in INSTALLERS {
        for (title, commands) in LOOPS {
            let case = format!("{installer:?}: {title}");
            let machine = installer.machine();
            // The user has to get to their folder.
            for folder in [machine.root().parent().unwrap().to_owned(), machine.root()] {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
            }
            let victim = victim(&machine);
            fs::create_dir(&victim).unwrap();
            let secret = format!("{victim}/secret");
            fs::write(&secret, "of root alone").unwrap();
            fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
            installer.install(&machine, &old).unwrap();
            give(&machine);
            let attacker = Attacker::start(&machine, commands);
            for round in 0..rounds {
                tried += 1;
                let bundle = [&new, &old][round % 2];
                came += usize::from(installer.install(&machine, bundle).is_ok());
                let found = fs::symlink_metadata(&secret).unwrap();
                assert_eq!((found.uid(), found.mode() & 0o7777), (0, 0o600), "{case}");
                assert_eq!(fs::read(&secret).unwrap(), b"of root alone", "{case}");
                let beside: Vec<_> = fs::read_dir(&victim).unwrap().collect();
                assert_eq!(beside.len(), 1, "{case}: {beside:?}");
            }
            drop(attacker);
            // What was killed may still be dying.
            let tries = std::iter::repeat_with(|| {
                std::thread::sleep(Duration::from_millis(20));
                fs::remove_dir_all(machine.at("var/lib/kubelet")).is_ok()
            });
            assert!(tries.take(250).any(|is_gone| is_gone), "{case}");
            installer.install(&machine, &new).unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!(machine.files(), expected(&new), "{case}");
        }
    }
    println!("a hostile folder: {tried} installations, {came} came to their end");
    assert!(came > 0 && came < tried, "{came} of {tried}: nothing was tried");
}
