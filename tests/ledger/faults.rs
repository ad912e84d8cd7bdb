//! What goes wrong while something is recorded: then nothing is issued, and what was issued is
//! recorded all the same.

use std::{
    io::{BufRead, BufReader, Write},
    process::Stdio,
    thread,
};

use super::*;

#[test]
fn a_locked_ledger_stops_an_apply() {
    let environment = due();
    let mut command = programs::command("sqlite3");
    command.arg(environment.path(LEDGER)).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut sqlite3 = command.spawn().unwrap();
    let mut input = sqlite3.stdin.take().unwrap();
    writeln!(input, "BEGIN EXCLUSIVE;\n.print locked").unwrap();
    let mut said = String::new();
    BufReader::new(sqlite3.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "locked\n");
    refused(&environment, "is locked by another process");
    drop(input);
    sqlite3.wait().unwrap();
    environment.apply();
}

#[test]
fn a_ledger_that_is_none_stops_an_apply() {
    for (sql, expected) in [
        ("PRAGMA user_version = 9", "has version 9; this program knows 2"),
        ("PRAGMA application_id = 9", "is corrupt: it is the database of something else"),
        ("DROP TRIGGER certificate_stays", "the trigger `certificate_stays` is not as"),
    ] {
        let environment = due();
        sqlite3(&environment, sql).expect_success();
        refused(&environment, expected);
    }
    for text in [&b"no database, but longer than a header of one".repeat(9), &b"short".to_vec()] {
        let environment = due();
        fs::write(environment.path(LEDGER), text).unwrap();
        refused(&environment, "is corrupt: file is not a database");
        assert_eq!(environment.kubepki(&["ledger", "list"]).code, Some(1));
        assert_eq!(environment.kubepki(&["ledger", "check"]).code, Some(3));
    }
    let environment = due();
    fs::remove_file(environment.path(LEDGER)).unwrap();
    std::os::unix::fs::symlink("/dev/null", environment.path(LEDGER)).unwrap();
    refused(&environment, "is a symbolic link, not a regular file");
}

#[test]
fn applies_at_once_record_each_certificate_once() {
    let environment = Environment::of_example("hard-way");
    thread::scope(|scope| {
        let runs: Vec<_> =
            (0..6).map(|_| scope.spawn(|| environment.kubepki(&["apply", "-q"]))).collect();
        for run in runs {
            run.join().unwrap().expect_success();
        }
    });
    environment.kubepki(&["ledger", "check"]).expect_success();
    assert_eq!(all(&environment).len(), distinct(&environment));
}

/// Kills an apply at one system call after the other; whatever came out by then or comes out in
/// the next run, which completes the work, is on the ledger.
#[test]
fn a_killed_apply_lets_no_certificate_out_unrecorded() {
    let mut killed = 0;
    for call in ["fsync", "pwrite64", "renameat", "unlink"] {
        for when in [1, 2, 3, 5, 9, 20, 40] {
            let environment = Environment::of_example("hard-way");
            let mut command = programs::command("strace");
            command.args(["-f", "-qq", "-o", "/dev/null", "-e"]).arg(format!("trace={call}"));
            command.arg("-e").arg(format!("inject={call}:signal=KILL:when={when}"));
            command.args([env!("CARGO_BIN_EXE_kubepki"), "apply", "-q"]);
            command.current_dir(environment.root());
            let run = programs::finish(command, b"");
            killed += usize::from(!run.succeeded());
            recorded(&environment);
            environment.apply();
            recorded(&environment);
        }
    }
    assert!(killed >= 12, "only {killed} runs were killed");
}

/// Runs out of space at one page after the other until an apply has enough.
#[test]
fn a_full_disk_issues_nothing() {
    let environment = Environment::of_example("hard-way");
    let script = r#"
        set -eu
        mkdir disk && mount -t tmpfs -o size=2m,nr_inodes=4k,mode=755 tmpfs disk && cd disk
        for round in first later; do
          for pages in $(seq 0 8 1000); do
            rm -rf ./* ./.kubepki
            if [ $round = later ]; then
              "$1" apply -q -f ../cluster.yaml >/dev/null
              rm users/jane.conf
            fi
            before=$(find . -path ./.kubepki -prune -o -type f -exec sha256sum {} + | sort)
            free=$(stat -f -c %a .)
            [ $pages -lt $free ] || exit 9
            dd if=/dev/zero of=fill bs=4096 count=$((free - pages)) status=none
            code=0
            said=$("$1" apply -q -f ../cluster.yaml 2>&1) || code=$?
            rm fill
            after=$(find . -path ./.kubepki -prune -o -type f -exec sha256sum {} + | sort)
            same=no; [ "$before" != "$after" ] || same=yes
            checked=0
            "$1" ledger check -q >/dev/null || checked=$?
            ledger=no; ! echo "$said" | grep -q "no space left for the ledger" || ledger=yes
            echo "$round $code $same $checked $ledger $(ls -A .kubepki 2>/dev/null | tr '\n' ,)"
            [ $code != 0 ] || break
          done
        done"#;
    let mut command = programs::command("unshare");
    // A user namespace where we are nobody; a root that may mount needs none.
    if programs::run("id", ["-u"]).expect_success().trim() != "0" {
        command.arg("--map-root-user");
    }
    command.args(["--mount", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_kubepki")]);
    command.current_dir(environment.root());
    let said = programs::finish(command, b"").expect_success();
    let (mut ledger_full, mut rounds) = (0, 0);
    for line in said.lines() {
        let words: Vec<_> = line.splitn(6, ' ').collect();
        let [round, code, same, checked, ledger, state] = words[..] else { panic!("{line}") };
        assert_eq!(checked, "0", "{line}");
        match code {
            "0" => rounds += 1,
            "1" => assert_eq!(same, "yes", "{line}"),
            _ => panic!("{line}"),
        }
        if ledger == "yes" {
            ledger_full += 1;
            // Nothing was recorded, so a first run leaves nothing at all.
            assert!(round == "later" || state.is_empty(), "{line}");
        }
    }
    assert_eq!(rounds, 2, "{said}");
    assert!(ledger_full >= 2, "{said}");
}

/// A root where one user is to be issued again.
fn due() -> Environment {
    let environment = applied();
    fs::remove_file(environment.path("users/jane.conf")).unwrap();
    environment
}

/// An apply fails because of the ledger, says so, and changes nothing.
#[track_caller]
fn refused(environment: &Environment, expected: &str) {
    let before = environment.snapshot();
    let run = environment.kubepki(&["apply"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("nothing was issued"), "{run:?}");
    assert!(run.stderr.contains("ledger.db`") && run.stderr.contains(expected), "{run:?}");
    assert_eq!(environment.snapshot(), before);
}

/// Every certificate below the root is on the ledger, which is whole.
#[track_caller]
fn recorded(environment: &Environment) {
    environment.kubepki(&["ledger", "check"]).expect_success();
    for certificate in certificates(environment) {
        let (serial, _) = named(&certificate);
        environment.kubepki(&["ledger", "find", &serial, "-q"]).expect_success();
    }
}

fn distinct(environment: &Environment) -> usize {
    certificates(environment).iter().map(|path| named(path)).collect::<BTreeSet<_>>().len()
}
