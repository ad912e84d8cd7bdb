//! A root whose ledger the first stage wrote: it is read as it is, and the next certificate
//! continues it. `crates/ledger/tests/first-stage/README.md` says how that ledger was made.

use super::*;

const HEAD: &str = "19:462698bc94fe307c0127aef7705afba57929964655f39bd6af59b92da5eefe9d";

const ISSUE: [&str; 7] = ["issue", "user", "ci", "--as", "pem", "-o", "-"];

/// A root of today with the ledger of the first stage.
fn first_stage() -> Environment {
    let environment = applied();
    let fixture = crate::environment::repository().join("crates/ledger/tests/first-stage");
    let ledger = fs::read(fixture.join("ledger.db")).unwrap();
    fs::write(environment.path(LEDGER), ledger).unwrap();
    environment
}

#[test]
fn it_is_read_without_being_written() {
    let environment = first_stage();
    let before = environment.snapshot();
    assert_eq!(all(&environment).len(), 19);
    let mia = environment.kubepki(&["ledger", "find", "mia", "-o", "json"]).expect_success();
    let mia = &rows(&mia)[0];
    assert_eq!(
        (&mia["row"], &mia["verb"], &mia["kind"]),
        (&18.into(), &"issue".into(), &"issued".into())
    );
    for field in ["cluster", "requesterKind", "requestUid", "issuerKeyId", "authority"] {
        assert_eq!(mia[field], serde_json::Value::Null, "{field}");
    }
    let shown = environment.kubepki(&["ledger", "show", "18"]).expect_success();
    assert!(shown.contains("\nsubject     O=dev, CN=mia\n"), "{shown}");
    let check = environment.kubepki(&["ledger", "check", "--head", HEAD]).expect_success();
    assert_eq!(check, format!("19 rows, unbroken\nhead {HEAD}\n"));
    let pem = environment.kubepki(&["ledger", "show", "18", "-o", "pem"]);
    assert_eq!(pem.code, Some(1));
    assert!(pem.stderr.contains("row 18 holds no certificate"), "{pem:?}");
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn the_next_certificate_continues_it() {
    let environment = first_stage();
    let before = all(&environment);
    environment.kubepki(&ISSUE).expect_success();
    let after = all(&environment);
    assert_eq!((after.len(), &after[19]["user"]), (20, &"ci".into()));
    for (old, row) in before.iter().zip(&after) {
        let mut row = row.clone();
        assert_eq!(row["cluster"].take(), "hard-way");
        assert_eq!(row, *old);
    }
    // A head that the first stage printed is still part of it.
    environment.kubepki(&["ledger", "check", "--head", HEAD]).expect_success();
    drop_triggers(&environment);
    sqlite3(&environment, "UPDATE entry SET subject = 'CN=eve' WHERE number = 7").expect_success();
    let checked = environment.kubepki(&["ledger", "check"]);
    assert_eq!(checked.code, Some(3));
    assert!(
        checked.stdout.contains("row 7 of `hard-way` is not as it was recorded"),
        "{checked:?}"
    );
}

#[test]
fn a_broken_one_is_not_continued() {
    let environment = first_stage();
    let triggers = drop_triggers(&environment);
    sqlite3(&environment, "UPDATE certificate SET verb = 'x' WHERE number = 7").expect_success();
    sqlite3(&environment, &triggers).expect_success();
    let before = environment.snapshot();
    let run = environment.kubepki(&ISSUE);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert!(run.stderr.contains("ledger.db` is corrupt: row 7 is not as it was"), "{run:?}");
    assert!(run.stderr.contains("kubepki ledger check"), "{run:?}");
    assert_eq!(environment.snapshot(), before);
}

/// Killed at each of its system calls, the migration leaves the old ledger or the new one.
#[test]
fn a_killed_migration_leaves_old_or_new() {
    let (mut old, mut new) = (0, 0);
    for call in ["fsync", "pwrite64", "unlink"] {
        for when in 1.. {
            let environment = first_stage();
            let mut command = programs::command("strace");
            command.args(["-f", "-qq", "-o", "/dev/null", "-e"]).arg(format!("trace={call}"));
            command.arg("-e").arg(format!("inject={call}:signal=KILL:when={when}"));
            command.arg(env!("CARGO_BIN_EXE_kubepki")).args(ISSUE);
            command.current_dir(environment.root());
            let run = programs::finish(command, b"");
            let check = ["ledger", "check", "--head", HEAD];
            environment.kubepki(&check).expect_success();
            let rows = all(&environment).len();
            match sqlite3(&environment, "PRAGMA user_version").expect_success().trim() {
                "1" => assert_eq!(rows, 19, "{call} {when}"),
                "2" => assert_eq!(rows, 20, "{call} {when}"),
                other => panic!("{other}"),
            }
            if run.succeeded() {
                break;
            }
            old += usize::from(rows == 19);
            new += usize::from(rows == 20);
            environment.kubepki(&ISSUE).expect_success();
            environment.kubepki(&check).expect_success();
            assert_eq!(all(&environment).len(), rows + 1);
        }
    }
    assert!(old >= 10 && new >= 1, "{old} {new}");
}
