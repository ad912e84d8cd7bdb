//! root changes the kubeconfig of a user who flips links under its feet: what is root's own never
//! comes to where that user can read it.

use std::{
    fs,
    io::Read,
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use kubepki_testkit::programs;
use rustix::process::geteuid;

use crate::{environment::Environment, faults::is_full};

const USER: u32 = 1000;

/// `O_NOFOLLOW` of Linux.
const NOFOLLOW: i32 = 0o400_000;

const SECRET: &str = "roots-own-token";

/// A kubeconfig with this token, and what the verbs ask for.
fn config(token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: a\n\
         contexts:\n- {{name: a, context: {{cluster: c, user: u}}}}\n- {{name: b, context: {{cluster: c, user: u}}}}\n\
         clusters:\n- {{name: c, cluster: {{server: 'https://x'}}}}\n\
         users:\n- {{name: u, user: {{token: {token}}}}}\n"
    )
}

/// A folder of root's with a kubeconfig, and one of the user's.
struct Homes {
    environment: Environment,
}

impl Homes {
    fn new() -> Self {
        assert!(geteuid().is_root(), "only root can be led astray by a user: run this as root");
        let environment = Environment::of_example("hard-way");
        environment.apply();
        environment.write("root/config", &config(SECRET));
        environment.write("user/mine/config", &config("users-own-token"));
        for (path, mode) in [("", 0o755), ("root", 0o700), ("root/config", 0o600)] {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(environment.path(path), mode).unwrap();
        }
        let homes = Self { environment };
        for path in ["user", "user/mine", "user/mine/config"] {
            chown(homes.environment.path(path), Some(USER), Some(USER)).unwrap();
        }
        homes
    }

    fn user(&self) -> PathBuf {
        self.environment.path("user")
    }

    /// What the user could read of root's.
    fn leaked(&self) -> Option<PathBuf> {
        let mut found = None;
        files(&self.user(), &mut |path| {
            // The links go on flipping.
            let mut options = fs::File::options();
            let Ok(mut file) = options.read(true).custom_flags(NOFOLLOW).open(path) else { return };
            let metadata = file.metadata().unwrap();
            let is_readable = metadata.uid() == USER || metadata.mode() & 0o004 != 0;
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            if is_readable && text.contains(SECRET) {
                found = Some(path.to_owned());
            }
        });
        found
    }
}

fn files(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            files(&path, visit);
        } else if fs::symlink_metadata(&path).is_ok() {
            visit(&path);
        }
    }
}

/// A process of the user that never rests.
struct Flipper(Child);

impl Flipper {
    /// The folder `kube` is the user's own and a link to root's by turns, or the file in it is.
    fn start(homes: &Homes, script: &str) -> Self {
        let mut command = Command::new("setpriv");
        let ids = [format!("--reuid={USER}"), format!("--regid={USER}")];
        command.args(ids).args(["--clear-groups", "perl", "-e", script]);
        command.arg(homes.environment.path("root")).current_dir(homes.user());
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Flipper {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Where the user leads root, and how.
const FLIPS: [(&str, &str); 2] = [
    (
        "kube/config",
        "symlink 'mine', 'm'; symlink $ARGV[0], 'r'; for (;;) { link 'm', 'n'; rename 'n', 'kube'; link 'r', 'n'; rename 'n', 'kube' }",
    ),
    (
        "config",
        "symlink \"$ARGV[0]/config\", 'r'; for (;;) { link 'mine/config', 'n'; rename 'n', 'config'; link 'r', 'n'; rename 'n', 'config' }",
    ),
];

const VERBS: [&[&str]; 7] = [
    &["issue", "user", "jo", "--merge-into", "FILE"],
    &["kubeconfig", "use-context", "b", "--kubeconfig", "FILE"],
    &["kubeconfig", "set-namespace", "web", "--kubeconfig", "FILE"],
    &["kubeconfig", "rename-context", "b", "c", "--kubeconfig", "FILE"],
    &["kubeconfig", "flatten", "--kubeconfig", "FILE"],
    &["kubeconfig", "merge", "FILE", "other", "-o", "FILE"],
    &["kubeconfig", "merge", "FILE", "other", "--flatten", "-o", "FILE"],
];

#[test]
fn a_user_who_flips_links_gets_nothing_of_roots() {
    let (rounds, mut done) = (if is_full() { 120 } else { 12 }, 0);
    for (file, script) in FLIPS {
        let homes = Homes::new();
        let _flipper = Flipper::start(&homes, script);
        for verb in VERBS {
            homes.environment.write("other", &config("another"));
            let path = homes.user().join(file).display().to_string();
            let args: Vec<_> = verb.iter().map(|arg| arg.replace("FILE", &path)).collect();
            let args: Vec<_> = args.iter().map(String::as_str).collect();
            for round in 0..rounds {
                let run = homes.environment.kubepki(&args);
                done += usize::from(run.succeeded());
                assert_eq!(homes.leaked(), None, "{args:?}, round {round}: {run:?}");
                let roots = homes.environment.read("root/config");
                assert!(roots == config(SECRET), "{args:?}, round {round}: root's own was changed");
            }
        }
    }
    assert!(done > 0, "not one run came to its end, so nothing was tested");
}

/// What a kubeconfig names is read with the rights of whom it belongs to.
#[test]
fn a_kubeconfig_of_a_user_does_not_draw_in_what_is_roots() {
    let homes = Homes::new();
    let key = homes.environment.path("root/key");
    fs::write(&key, SECRET).unwrap();
    let text = config("t").replace(
        "{token: t}",
        &format!("{{client-certificate-data: eA==, client-key: {}}}", key.display()),
    );
    let theirs = homes.user().join("mine/config");
    fs::write(&theirs, text).unwrap();
    let theirs = theirs.display().to_string();
    for mode in [0o600, 0o644] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        for verb in [
            &["kubeconfig", "flatten", "--kubeconfig", &theirs][..],
            &["kubeconfig", "merge", &theirs, "--flatten", "-o", &theirs],
        ] {
            let run = homes.environment.kubepki(verb);
            assert_eq!(run.code, Some(2), "{run:?}");
            assert!(
                run.stderr.contains("user 1000, who owns the kubeconfig, may not read it"),
                "{run:?}"
            );
        }
    }
}

/// A folder in which anybody may put another file, and a link that is somebody else's.
#[test]
fn what_others_decide_is_refused_and_the_hint_works() {
    let homes = Homes::new();
    let shared = homes.environment.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::write(shared.join("config"), config("t")).unwrap();
    let file = shared.join("config").display().to_string();
    let verb = ["kubeconfig", "use-context", "b", "--kubeconfig", &file];
    for mode in [0o777, 0o772, 0o775] {
        chown(&shared, None, Some(USER)).unwrap();
        fs::set_permissions(&shared, fs::Permissions::from_mode(mode)).unwrap();
        let run = homes.environment.kubepki(&verb);
        assert!(!run.succeeded() && run.stderr.contains("others may write to"), "{run:?}");
        let hint = run.stderr.split("and then: ").nth(1).expect("a hint").trim().to_owned();
        programs::run("sh", ["-c", &hint]).expect_success();
        homes.environment.kubepki(&verb).expect_success();
        fs::write(shared.join("config"), config("t")).unwrap();
    }
    // In a folder such as /tmp, nobody moves what is another's.
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    homes.environment.kubepki(&verb).expect_success();

    symlink(homes.environment.path("root/config"), shared.join("link")).unwrap();
    std::os::unix::fs::lchown(shared.join("link"), Some(USER), None).unwrap();
    let link = shared.join("link").display().to_string();
    let run = homes.environment.kubepki(&["kubeconfig", "use-context", "b", "--kubeconfig", &link]);
    assert!(!run.succeeded() && run.stderr.contains("user 1000 leads to"), "{run:?}");
    assert_eq!(homes.environment.read("root/config"), config(SECRET));
}
