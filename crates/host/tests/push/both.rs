//! One table of cases for both installers: whatever the machine is like, they do the same.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::Path,
    process::Command,
    time::Duration,
};

use kubepki_cluster::DirStore;
use kubepki_host::{Bundle, Change, Installation, Trust, push::Answer};

use crate::machine::{Machine, Tree, expected, said, two};

/// What brings a bundle to a machine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Installer {
    /// The script, with busybox for all programs.
    Busybox,
    /// `host install`.
    Kubepki,
    /// The script, in this shell.
    Script(&'static [&'static str]),
}

pub(crate) const INSTALLERS: [Installer; 6] = [
    Installer::Kubepki,
    Installer::Script(&["dash"]),
    Installer::Script(&["bash"]),
    Installer::Script(&["bash", "--posix"]),
    Installer::Script(&["busybox", "sh"]),
    Installer::Busybox,
];

impl Installer {
    pub(crate) fn machine(self) -> Machine {
        match self {
            Self::Kubepki => Machine::new(),
            Self::Script(shell) => Machine::with(shell),
            Self::Busybox => {
                let mut machine = Machine::new();
                let programs = machine.root().with_file_name("programs");
                fs::create_dir(&programs).unwrap();
                let mut install = Command::new("busybox");
                assert!(
                    install.arg("--install").arg("-s").arg(&programs).status().unwrap().success()
                );
                // Debian's busybox has none.
                let flock = programs.join("flock");
                if !flock.exists() {
                    symlink("/usr/bin/flock", flock).unwrap();
                }
                machine.path = programs.to_str().unwrap().to_owned();
                machine
            }
        }
    }

    /// What was done, or why nothing was.
    pub(crate) fn install(self, machine: &Machine, bundle: &Bundle) -> Result<Answer, String> {
        if !matches!(self, Self::Kubepki) {
            let output = machine.install(bundle);
            let answer = str::from_utf8(&output.stdout).unwrap();
            return match output.status.success() {
                true => Ok(Answer::parse(answer).unwrap()),
                false => Err(said(&output)),
            };
        }
        // Some tests go back and forth between two.
        let trust = Trust { older: true, ..Trust::default() };
        let now = "2027-11-21T00:00:00Z".parse().unwrap();
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let wait = Some(Duration::from_secs(10));
        let mut store = DirStore::locked_machine(machine.root(), now, wait, |_| ())
            .map_err(|error| text(&error))?;
        let mut planned =
            Installation::plan(bundle, &store, &trust).map_err(|error| text(&error))?;
        let answer = Answer {
            changes: planned.files().map(|(path, change)| (path.clone(), change)).collect(),
            left_over: planned.left_over.clone(),
            recovered: false,
        };
        planned.commit(&mut store, now).map_err(|error| text(&error))?;
        Ok(answer)
    }
}

const KEY: &str = "var/lib/kubelet/pki/kubelet.key";
const CERTIFICATE: &str = "var/lib/kubelet/pki/kubelet.crt";
const TRUSTED: &str = "etc/kubernetes/pki/ca.crt";

pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn mode(machine: &Machine, path: &str) -> u32 {
    fs::symlink_metadata(machine.at(path)).unwrap().mode() & 0o7777
}

fn owner(machine: &Machine, path: &str) -> (u32, u32) {
    let metadata = fs::symlink_metadata(machine.at(path)).unwrap();
    (metadata.uid(), metadata.gid())
}

fn set_mode(machine: &Machine, path: &str, mode: u32) {
    fs::set_permissions(machine.at(path), fs::Permissions::from_mode(mode)).unwrap();
}

fn contents(tree: Tree) -> Vec<(String, Option<Vec<u8>>)> {
    tree.into_iter().map(|(path, (_, contents))| (path, contents)).collect()
}

#[track_caller]
fn change(answer: &Answer, path: &str) -> Change {
    answer.changes.iter().find(|(known, _)| known.as_str() == path).unwrap().1
}

#[test]
fn fresh_then_the_same_then_renewed() {
    for installer in INSTALLERS {
        let machine = installer.machine();
        let [old, new] = two();
        let first = installer.install(&machine, &old).unwrap();
        assert!(first.changes.iter().all(|(_, it)| *it == Change::Create), "{installer:?}");
        assert_eq!(machine.files(), expected(&old), "{installer:?}");
        let me = fs::metadata(machine.root()).unwrap();
        for file in old.files() {
            assert_eq!(owner(&machine, file.path.as_str()), (me.uid(), me.gid()), "{installer:?}");
        }
        for folder in ["etc", "etc/kubernetes", "etc/kubernetes/pki", "var/lib/kubelet/pki"] {
            assert_eq!(mode(&machine, folder), 0o755, "{installer:?}: {folder}");
        }
        assert_eq!(mode(&machine, "var/lib/kubepki"), 0o700, "{installer:?}");
        let before = machine.tree();
        let again = installer.install(&machine, &old).unwrap();
        assert!(again.changes.iter().all(|(_, it)| *it == Change::Keep), "{installer:?}");
        assert_eq!(machine.tree(), before, "{installer:?}");
        installer.install(&machine, &new).unwrap();
        assert_eq!(machine.files(), expected(&new), "{installer:?}");
        let left = machine.tree().into_keys().find(|path| {
            let name = path.rsplit('/').next().unwrap();
            name.starts_with('.') || path.contains("kubepki/push") || path.contains("staging")
        });
        assert_eq!(left, None, "{installer:?}");
    }
}

/// Each line is a file before (mode, user, group), and its mode afterwards; user and group stay.
#[test]
fn a_replaced_file_keeps_its_owner_and_is_never_wider() {
    if !is_root() {
        return;
    }
    let cases = [
        (KEY, 0o600, 0, 0, 0o600),
        (KEY, 0o400, 0, 0, 0o400),
        (KEY, 0o600, 1234, 4321, 0o600),
        (KEY, 0o400, 1234, 4321, 0o400),
        (KEY, 0o640, 1234, 4321, 0o600),
        // Root has given it to a group.
        (KEY, 0o640, 0, 4321, 0o640),
        (KEY, 0o660, 0, 4321, 0o640),
        (KEY, 0o440, 0, 4321, 0o440),
        (KEY, 0o644, 0, 4321, 0o600),
        (KEY, 0o640, 0, 0, 0o600),
        (KEY, 0o4700, 0, 0, 0o600),
        (CERTIFICATE, 0o644, 1234, 4321, 0o644),
        (CERTIFICATE, 0o666, 1234, 4321, 0o644),
        (CERTIFICATE, 0o600, 1234, 4321, 0o600),
    ];
    for installer in INSTALLERS {
        let [old, new] = two();
        for (path, before, user, group, after) in cases {
            let case = format!("{installer:?}: {path} {before:o} {user}:{group}");
            let machine = installer.machine();
            installer.install(&machine, &old).unwrap();
            let set = || {
                chown(machine.at(path), Some(user), Some(group)).unwrap();
                set_mode(&machine, path, before);
            };
            set();
            // The same contents: narrowed or left alone, and still its owner's.
            let same = installer.install(&machine, &old).unwrap();
            let wanted = if before == after { Change::Keep } else { Change::Narrow };
            assert_eq!(change(&same, path), wanted, "{case}");
            assert_eq!(
                (mode(&machine, path), owner(&machine, path)),
                (after, (user, group)),
                "{case}"
            );
            set();
            let answer = installer.install(&machine, &new).unwrap();
            assert_eq!(change(&answer, path), Change::Replace, "{case}");
            assert_eq!(
                (mode(&machine, path), owner(&machine, path)),
                (after, (user, group)),
                "{case}"
            );
            assert_eq!(contents(machine.files()), contents(expected(&new)), "{case}");
        }
    }
}

#[test]
fn a_file_with_a_second_name_is_replaced_and_the_other_name_stays() {
    for installer in INSTALLERS {
        let machine = installer.machine();
        let [old, new] = two();
        installer.install(&machine, &old).unwrap();
        let other = machine.at("var/lib/other");
        fs::hard_link(machine.at(KEY), &other).unwrap();
        let before = fs::read(&other).unwrap();
        installer.install(&machine, &new).unwrap();
        assert_eq!(fs::read(&other).unwrap(), before, "{installer:?}");
        fs::remove_file(other).unwrap();
        assert_eq!(machine.files(), expected(&new), "{installer:?}");
    }
}

/// Where something other than a file or folder is, nothing is written: on a fresh machine, and on
/// one that has the files already.
#[test]
fn what_is_in_the_way_is_refused() {
    type Trap<'a> = &'a dyn Fn(&Path);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("file"), "untouched").unwrap();
    let to_folder = |at: &Path| symlink(elsewhere.path(), at).unwrap();
    let to_file = |at: &Path| symlink(elsewhere.path().join("file"), at).unwrap();
    let dangling = |at: &Path| symlink(elsewhere.path().join("none"), at).unwrap();
    let itself = |at: &Path| symlink(at, at).unwrap();
    let fifo = |at: &Path| assert!(Command::new("mkfifo").arg(at).status().unwrap().success());
    let folder = |at: &Path| fs::create_dir(at).unwrap();
    let full = |at: &Path| {
        fs::create_dir(at).unwrap();
        fs::write(at.join("file"), "untouched").unwrap();
    };
    let file = |at: &Path| fs::write(at, "untouched").unwrap();
    let links: [Trap; 4] = [&to_folder, &to_file, &dangling, &itself];
    let files: [Trap; 3] = [&folder, &full, &fifo];
    let folders: [Trap; 2] = [&file, &fifo];
    let mut traps: Vec<(&str, Trap)> = Vec::new();
    for path in
        ["etc", "etc/kubernetes", "var/lib/kubelet/pki", "var", "var/lib", "var/lib/kubepki"]
    {
        traps.extend(links.iter().chain(&folders).map(|trap| (path, *trap)));
    }
    for path in [KEY, TRUSTED, "etc/kubernetes/kubelet.conf"] {
        traps.extend(links.iter().chain(&files).map(|trap| (path, *trap)));
    }
    let [old, new] = two();
    for (turn, installer) in INSTALLERS.into_iter().enumerate() {
        for (number, (path, trap)) in traps.iter().enumerate() {
            // Both ways for each trap, and not for each installer.
            let fresh = (number + turn) % 2 == 0;
            {
                let case = format!("{installer:?}: trap {number} at {path}, fresh: {fresh}");
                let machine = installer.machine();
                if !fresh {
                    installer.install(&machine, &old).unwrap();
                }
                let at = machine.at(path);
                if at.is_dir() {
                    fs::remove_dir_all(&at).unwrap();
                } else if at.exists() {
                    fs::remove_file(&at).unwrap();
                }
                fs::create_dir_all(at.parent().unwrap()).unwrap();
                trap(&at);
                let before = machine.tree();
                let refused = installer.install(&machine, &new).unwrap_err();
                assert!(refused.contains(path.rsplit('/').next().unwrap()), "{case}: {refused}");
                assert_eq!(machine.tree(), before, "{case}");
                assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "{case}");
            }
        }
    }
}

/// `/etc` and `/var` may be two file systems, and a folder one of its own.
#[test]
fn folders_on_other_file_systems_get_their_files_too() {
    if !is_root() {
        return;
    }
    for installer in INSTALLERS {
        let machine = installer.machine();
        let [old, new] = two();
        installer.install(&machine, &old).unwrap();
        let folder = machine.at("var/lib/kubelet/pki");
        let disk = Disk::at(&folder);
        chown(&folder, Some(1234), Some(4321)).unwrap();
        installer.install(&machine, &old).unwrap();
        assert_eq!(machine.files(), expected(&old), "{installer:?}");
        chown(machine.at(KEY), Some(1234), Some(4321)).unwrap();
        installer.install(&machine, &new).unwrap();
        assert_eq!(machine.files(), expected(&new), "{installer:?}");
        assert_eq!(owner(&machine, KEY), (1234, 4321), "{installer:?}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "{installer:?}");
        drop(disk);
    }
}

/// A file system in memory, for as long as it lives.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    fn at(folder: &'a Path) -> Self {
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "mode=755", "none"])
            .arg(folder)
            .status();
        assert!(mount.unwrap().success());
        Self(folder)
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// What others can change or replace is no place to keep files and a journal in.
#[test]
fn a_state_folder_that_is_not_roots_alone_is_refused() {
    if !is_root() {
        return;
    }
    let [old, new] = two();
    for installer in INSTALLERS {
        for (path, mode, user) in [
            ("var/lib/kubepki", 0o777, 0),
            ("var/lib/kubepki", 0o770, 0),
            ("var/lib/kubepki", 0o700, 1234),
        ] {
            let case = format!("{installer:?}: {path} {mode:o} of {user}");
            let machine = installer.machine();
            installer.install(&machine, &old).unwrap();
            chown(machine.at(path), Some(user), None).unwrap();
            set_mode(&machine, path, mode);
            let before = machine.tree();
            assert!(installer.install(&machine, &new).is_err(), "{case}");
            assert_eq!(machine.tree(), before, "{case}");
        }
    }
}
