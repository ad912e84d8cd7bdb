//! Trees as they are found on machines: links, rubbish, one bad file among many.

use std::os::unix::fs::{PermissionsExt, symlink};

use kubepki_inspect::artifact::MAX_SIZE;

use super::*;

const KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";

fn tree() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Paths below the root, with the number of artifacts or the error.
fn shown(root: &Path, scan: &Scan) -> Vec<String> {
    let line = |file: &ScannedFile| {
        let path = file.path.strip_prefix(root).unwrap_or(&file.path).display().to_string();
        match &file.contents {
            Ok(found) => format!("{path}: {}", found.len()),
            Err(error) => format!("{path}: {error}"),
        }
    };
    scan.files.iter().map(line).collect()
}

#[test]
fn links_are_followed_to_files_and_never_to_folders() {
    let root = tree();
    let path = |name: &str| root.path().join(name);
    fs::create_dir_all(path("pki/deep")).unwrap();
    fs::write(path("pki/client-1.pem"), KEY).unwrap();
    fs::set_permissions(path("pki/client-1.pem"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("client-1.pem", path("pki/client-current.pem")).unwrap();
    symlink("gone.pem", path("pki/dangling.pem")).unwrap();
    symlink("../..", path("pki/deep/up")).unwrap();
    symlink("loop", path("pki/loop")).unwrap();
    let found = scan(&path("pki"));
    let lines = shown(root.path(), &found);
    assert_eq!(lines[0], "pki/client-1.pem: 1");
    assert_eq!(lines[1], "pki/client-current.pem: 1");
    assert!(lines[2].starts_with("pki/dangling.pem: No such file"), "{lines:?}");
    assert_eq!(lines[3], "pki/deep/up: 0");
    assert!(lines[4].starts_with("pki/loop: "), "{lines:?}");
    assert_eq!(lines.len(), 5);
    assert_eq!(found.files[1].mode, 0o640, "the mode of what the link leads to");
    assert_eq!(found.directories.len(), 2);
}

#[test]
fn what_is_nobodys_business_holds_nothing_unless_its_name_says_so() {
    let root = tree();
    let write = |name: &str, text: &[u8]| fs::write(root.path().join(name), text).unwrap();
    write("README", b"hello");
    write("empty.txt", b"");
    write("database", &vec![7; MAX_SIZE + 10]);
    write("apiserver.crt", b"hello");
    write("empty.key", b"");
    write("huge.pem", &vec![b'\n'; MAX_SIZE + 10]);
    write("cut.conf", b"apiVersion: v1\nclusters:\n- cluster:\n    certificate-auth");
    write("app.conf", b"apiVersion: v1\nkind: Pod\n");
    write("ca.txt", KEY.as_bytes());
    fs::create_dir(root.path().join(".kubepki")).unwrap();
    write(".kubepki/old.crt", b"hello");
    assert_eq!(
        shown(root.path(), &scan(root.path())),
        [
            "README: 0",
            "apiserver.crt: it is neither PEM nor DER nor a kubeconfig",
            "app.conf: 0",
            "ca.txt: 1",
            "cut.conf: the kubeconfig cannot be read: it has no users or no contexts: is it cut off?",
            "database: 0",
            "empty.key: it is empty",
            "empty.txt: 0",
            "huge.pem: it is larger than 1024 KiB",
        ]
    );
    let named = scan(&root.path().join("README"));
    assert!(matches!(named.files[0].contents, Err(ReadError::Unknown)));
    let missing = scan(&root.path().join("missing"));
    assert!(matches!(&missing.files[0].contents, Err(ReadError::Io { .. })));
}

#[test]
fn one_bad_file_among_ten_thousand_is_reported_and_the_rest_is_read() {
    let root = tree();
    for number in 0..10_000 {
        let text = if number == 4711 { "-----BEGIN PUBLIC KEY-----\n" } else { KEY };
        fs::write(root.path().join(format!("{number:05}.pem")), text).unwrap();
    }
    let found = scan(root.path());
    assert_eq!(found.files.len(), 10_000);
    let bad: Vec<_> = found.files.iter().filter(|file| file.contents.is_err()).collect();
    assert_eq!(bad.len(), 1);
    assert!(bad[0].path.ends_with("04711.pem"));
    assert!(found.files.is_sorted_by(|a, b| a.path < b.path));
}

#[test]
fn a_fifo_does_not_hold_it_up() {
    let root = tree();
    let path = root.path().join("pipe.pem");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    fs::create_dir(root.path().join("folder.pem")).unwrap();
    symlink("folder.pem", root.path().join("link.pem")).unwrap();
    let shown = shown(root.path(), &scan(root.path()));
    assert_eq!(shown, ["link.pem: 0", "pipe.pem: it is no regular file"]);
    assert!(scan(&path).files[0].contents.is_err());
}
