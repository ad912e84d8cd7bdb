//! Permissions: exact at the end, and at no moment wider than at the end.

use std::{
    collections::BTreeMap,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    process::Command,
};

use kubepki_testkit::programs;

use super::{
    root::{Root, Tree, fast},
    strace::{Call, calls},
    whole::is_whole,
};

#[test]
fn modes_do_not_depend_on_the_umask() {
    for umask in ["000", "022", "077"] {
        let root = Root::new();
        let calls = apply(&root, umask);
        exact(&root.tree(), umask);
        never_wider(&calls, umask);
        is_whole(&root, &root.tree()).unwrap();
    }
}

#[test]
fn a_renewed_key_that_was_open_to_all_is_closed() {
    for umask in ["000", "022", "077"] {
        let root = Root::changed();
        for path in [KEY, CONF] {
            set_mode(&root, path, 0o644);
        }
        let calls = apply(&root, umask);
        exact(&root.tree(), umask);
        never_wider(&calls, umask);
    }
}

/// Who made a file narrower than it has to be had a reason.
#[test]
fn a_renewed_file_stays_as_narrow_as_it_was() {
    for umask in ["000", "022", "077"] {
        let root = Root::changed();
        set_mode(&root, CERTIFICATE, 0o600);
        set_mode(&root, KEY, 0o400);
        apply(&root, umask);
        let tree = root.tree();
        assert_eq!(tree[CERTIFICATE].mode & 0o7777, 0o600, "{umask}");
        assert_eq!(tree[KEY].mode & 0o7777, 0o400, "{umask}");
    }
}

/// Bits that no file of a PKI has business with do not survive either.
#[test]
fn a_renewed_file_is_no_program() {
    let root = Root::changed();
    set_mode(&root, CERTIFICATE, 0o7777);
    set_mode(&root, KEY, 0o7777);
    apply(&root, "000");
    exact(&root.tree(), "000");
}

const CERTIFICATE: &str = "hosts/server/etc/kubernetes/pki/apiserver.crt";
const KEY: &str = "hosts/server/etc/kubernetes/pki/apiserver.key";
const CONF: &str = "users/jane.conf";

/// Runs `apply` with a umask and hands back its system calls.
fn apply(root: &Root, umask: &str) -> Vec<Call> {
    let log = tempfile::NamedTempFile::new_in(fast()).unwrap();
    let mut shell = Command::new("sh");
    root.settle(&mut shell);
    shell.args(["-c", "umask \"$1\" && exec strace -f -qq -y -o \"$2\" \"$3\" apply", "sh", umask]);
    shell.arg(log.path()).arg(env!("CARGO_BIN_EXE_kubepki"));
    programs::finish(shell, b"").expect_success();
    let calls = calls(&fs::read_to_string(log.path()).unwrap());
    calls.into_iter().filter(|call| call.is_below(root.path())).collect()
}

fn set_mode(root: &Root, path: &str, mode: u32) {
    fs::set_permissions(root.path().join(path), Permissions::from_mode(mode)).unwrap();
}

/// Every file and folder of the root has the mode that the design gives it.
fn exact(tree: &Tree, umask: &str) {
    for (path, node) in tree {
        let own = path.starts_with(".kubepki");
        let wanted = match (node.is_directory(), path.as_str()) {
            (true, "") | (false, "cluster.yaml") => continue,
            // What was replaced keeps the mode that it had, behind folders of 0700.
            (false, path) if path.starts_with(".kubepki/history") => continue,
            (true, "authorities") => 0o700,
            (true, _) if own => 0o700,
            (true, _) => 0o755,
            (false, path) => private_or_public(path),
        };
        assert_eq!(format!("{:o}", node.mode & 0o7777), format!("{wanted:o}"), "{path}, {umask}");
    }
}

fn private_or_public(path: &str) -> u32 {
    let is_private = [".key", ".conf", "/ledger.db", "/lock"].iter().any(|end| path.ends_with(end));
    if is_private { 0o600 } else { 0o644 }
}

/// No call gives a file or folder a mode that it does not have at the end.
fn never_wider(calls: &[Call], umask: &str) {
    let mut modes = BTreeMap::new();
    let (mut made, mut moved) = (0, 0);
    for Call { name, text, .. } in calls {
        let quoted: Vec<_> = text.split('"').skip(1).step_by(2).collect();
        match name.as_str() {
            // openat(4</root/.kubepki/staging>, "0007", O_WRONLY|O_CREAT|..., 0600) = 6<...>
            "openat" if text.contains("O_CREAT") => {
                assert!(text.contains(", 0600"), "{umask}: {text}");
                made += 1;
            }
            // mkdirat(3</root>, "authorities", 0700) = 0
            "mkdirat" if quoted[0].starts_with(".kubepki") || quoted[0] == "authorities" => {
                assert!(text.contains(", 0700"), "{umask}: {text}");
            }
            "mkdirat" => assert!(text.contains(", 0700") || text.contains(", 0755"), "{text}"),
            // fchmod(6</root/.kubepki/staging/0007>, 0600) = 0
            "fchmod" => {
                let path = text.split(['<', '>']).nth(1).unwrap();
                let mode = text.split([' ', ')']).nth(1).unwrap();
                let mode = u32::from_str_radix(mode, 8).unwrap();
                modes.insert(path.rsplit('/').next().unwrap().to_owned(), mode);
            }
            // renameat(5</root/.kubepki/staging>, "0007", 7</root/users>, "jane.conf") = 0
            "renameat" if text.contains("/.kubepki/staging>, \"") => {
                let (staged, target) = (quoted[0], quoted[1]);
                let most = private_or_public(&format!("/{target}"));
                assert_eq!(modes[staged], most, "{umask}: {text}");
                moved += 1;
            }
            "chmod" | "fchmodat" | "open" | "creat" | "mkdir" | "rename" | "renameat2" => {
                panic!("a call that this test does not understand: {text}")
            }
            _ => {}
        }
    }
    assert!(made > moved && moved > 5, "{made} files were made and {moved} moved");
}
