//! A disk that is really full, and a root that is really not ours.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{PermissionsExt, chown},
    path::Path,
    process::Command,
};

use kubepki_testkit::programs;
use rustix::process::geteuid;

use super::{
    errors::one_error,
    root::{Root, fast, tree_of},
    sweep::{Outcome, is_full, sweep},
    whole::{is_same_but_for_the_ledger, is_unchanged, is_whole, pairs_match},
};

/// Page by page until the files fit: before that nothing changes, from then on all of it is there.
#[test]
fn a_full_disk_changes_nothing() {
    for (title, prepared) in
        [("full disk, bootstrap", Root::new()), ("full disk, change", Root::changed())]
    {
        let bytes = prepared.tree().into_values().map(|node| node.contents.len());
        let used = bytes.map(|bytes| bytes.div_ceil(4096) * 4).sum::<usize>();
        let step = if is_full() { 4 } else { 24 };
        let sizes: Vec<_> = (used + 4..used + 500).step_by(step).collect();
        let before = prepared.tree();
        let missed = sweep(title, &sizes, |size| {
            let copied = tempfile::tempdir_in(fast()).unwrap();
            let run = apply_on_small_disk(&prepared, *size, copied.path());
            let after = tree_of(copied.path());
            let outcome = match run.code {
                Some(0) => pairs_match(&after).map(|()| Outcome::Missed),
                _ if is_same_but_for_the_ledger(&after, &before) => {
                    one_error(&run).map(|()| Outcome::Held)
                }
                _ => Err(format!("the tree has changed: {run:#?}")),
            };
            outcome.map_err(|error| format!("{title}, {size} KiB: {error}"))
        });
        // Both sides of the edge have been seen.
        let fitted = missed.len();
        assert!(fitted > 0 && fitted < sizes.len(), "{title}: {fitted} of {} fitted", sizes.len());
    }
}

/// Mounts a small disk in a name space of its own, which takes the mount with it when it ends;
/// a user who is not root needs a kernel that lets him be root of such a space.
fn apply_on_small_disk(root: &Root, kibibytes: usize, copied: &Path) -> programs::Output {
    const SCRIPT: &str = r#"
        disk=$(mktemp -d "$5/disk.XXXXXX") && mount -t tmpfs -o "size=$1k,mode=755" none "$disk" || exit 90
        cp -a "$2/." "$disk" && cd "$disk" || exit 91
        "$3" apply >&2
        code=$?
        cp -a . "$4" && cd / && umount "$disk" && rmdir "$disk" || exit 92
        exit $code"#;
    let mut command = programs::command("unshare");
    root.settle(&mut command);
    command.arg("--mount");
    // Root needs no user name space, in which files of other owners could not be copied.
    if !geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["sh", "-c", SCRIPT, "sh"]).arg(kibibytes.to_string());
    command.arg(root.path()).arg(env!("CARGO_BIN_EXE_kubepki")).arg(copied).arg(fast());
    let run = programs::finish(command, b"");
    assert!(matches!(run.code, Some(0..=2)), "no small disk could be mounted: {run:#?}");
    run
}

#[test]
fn a_root_that_may_not_be_written_is_refused() {
    for prepared in [Root::new(), Root::changed()] {
        close(&prepared, "");
        let before = prepared.tree();
        let run = unprivileged(&prepared, &["apply"]);
        one_error(&run).unwrap();
        assert!(run.stderr.contains("Permission denied"), "{run:#?}");
        assert!(run.stderr.contains("hint: run as the owner of "), "{run:#?}");
        assert!(prepared.tree() == before, "{run:#?}");
    }
}

#[test]
fn planning_needs_no_right_to_write() {
    let prepared = Root::new();
    close(&prepared, "");
    let before = prepared.tree();
    let run = unprivileged(&prepared, &["plan", "--exit-code"]);
    assert_eq!(run.code, Some(3), "{run:#?}");
    assert!(prepared.tree() == before);
}

/// The one folder of many that takes no files is met when others have theirs already.
#[test]
fn a_folder_that_may_not_be_written_takes_the_whole_change_back() {
    let prepared = Root::changed();
    let good = Root::copy_of(&prepared);
    good.kubepki(&["apply"]).expect_success();
    if geteuid().is_root() {
        for path in prepared.tree().keys() {
            chown(prepared.path().join(path), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    close(&prepared, "users");
    let before = prepared.tree();
    let run = unprivileged(&prepared, &["apply"]);
    one_error(&run).unwrap();
    assert!(run.stderr.contains("`users/jane.conf`"), "{run:#?}");
    is_unchanged(&prepared, &before).unwrap();

    fs::set_permissions(prepared.path().join("users"), Permissions::from_mode(0o755)).unwrap();
    assert!(unprivileged(&prepared, &["apply"]).succeeded());
    is_whole(&prepared, &good.tree()).unwrap();
}

const NOBODY: u32 = 65534;

/// Takes the right to write a folder from everybody but root.
fn close(root: &Root, folder: &str) {
    fs::set_permissions(root.path().join(folder), Permissions::from_mode(0o555)).unwrap();
}

/// Runs the command as nobody where we are root, to whom nothing is closed, else as ourselves.
fn unprivileged(root: &Root, args: &[&str]) -> programs::Output {
    // Not in memory, where a container may forbid programs.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    // Nobody does not reach a build folder below a private home. `cp` and not `fs::copy`: a child
    // of another test would hold the program open for writing until it becomes its own.
    let program = folder.path().join("kubepki");
    let built = Path::new(env!("CARGO_BIN_EXE_kubepki"));
    programs::run("cp", [built, &program]).expect_success();
    let mut command = if geteuid().is_root() {
        let mut command = programs::command("setpriv");
        let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
        command.args(ids).arg("--clear-groups").arg(&program);
        command
    } else {
        Command::new(&program)
    };
    root.settle(&mut command);
    command.args(args);
    programs::finish(command, b"")
}
