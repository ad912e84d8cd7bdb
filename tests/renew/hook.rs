//! `--hook`: once for each host, after all files are in place, with names and paths alone.

use std::fs;

use super::applied;

#[test]
fn it_is_told_the_host_its_files_and_what_to_restart() {
    let environment = applied("hosts");
    let hook = "printf '%s|%s|%s|%s\\n' \"$KUBEPKI_HOST\" \"$KUBEPKI_DIR\" \"$(echo $KUBEPKI_FILES)\" \"$(echo $KUBEPKI_RESTART)\" >>hooked; for f in $KUBEPKI_FILES; do test -s \"$KUBEPKI_DIR/$f\" || exit 9; done; echo said";
    let run = environment.kubepki(&[
        "renew",
        "kubelet",
        "scheduler",
        "jane",
        "--hook",
        hook,
        "-o",
        "json",
    ]);
    let stdout = run.clone().expect_success();
    let _: serde_json::Value = serde_json::from_str(&stdout).expect("what a hook says is not data");
    assert_eq!(run.stderr.matches("said\n").count(), 3, "{}", run.stderr);
    let dir = environment.root().display().to_string();
    let line = |host: &str, file: &str, restart: &str| {
        format!("{host}|{dir}|hosts/{host}/etc/kubernetes/{file}|{restart}")
    };
    let hooked = environment.read("hooked");
    let expected = [
        line("server", "scheduler.conf", "kube-scheduler"),
        line("node-0", "kubelet.conf", "kubelet"),
        line("node-1", "kubelet.conf", "kubelet"),
    ];
    assert_eq!(hooked.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn one_that_fails_fails_the_run_and_the_renewal_stays() {
    let environment = applied("hosts");
    let before = environment.read("hosts/node-0/etc/kubernetes/kubelet.conf");
    let hook = "echo $KUBEPKI_HOST >>hooked; test $KUBEPKI_HOST != node-0";
    let run = environment.kubepki(&["renew", "kubelet", "--hook", hook]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.stderr.contains(
            "error: the hook for `node-0` failed\n  caused by: it ended with exit status: 1\n"
        ),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("hint: the files are renewed"), "{}", run.stderr);
    assert_eq!(environment.read("hooked"), "node-0\nnode-1\n", "the others are run");
    assert_ne!(environment.read("hosts/node-0/etc/kubernetes/kubelet.conf"), before);
}

#[test]
fn it_runs_after_what_could_be_done_and_may_run_kubepki() {
    let environment = applied("hosts");
    fs::remove_file(environment.path("authorities/etcd-ca.key")).unwrap();
    let hook = format!(
        "{} undo --list --dir . >listed 2>&1 && {} renew jane -q --lock-timeout 0 >>listed 2>&1",
        env!("CARGO_BIN_EXE_kubepki"),
        env!("CARGO_BIN_EXE_kubepki")
    );
    let run = environment.kubepki(&["renew", "etcd-peer", "scheduler", "--hook", &hook]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("error: cannot renew `etcd-peer of server`"), "{}", run.stderr);
    let listed = environment.read("listed");
    assert!(listed.contains("1 replaced") && listed.contains("1 renewed"), "{listed}");
}

/// Else one failure of ssh would be one red run, and from then on all would be green.
#[test]
fn one_that_failed_runs_again_though_nothing_is_due() {
    let environment = applied("hosts");
    let fails = "test $KUBEPKI_HOST != node-0";
    let run = environment.kubepki(&["renew", "kubelet", "--hook", fails]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    let waiting = environment.snapshot();
    let (_, mode, _) =
        waiting.iter().find(|file| file.0 == ".kubepki/undelivered.json").expect("a record");
    assert_eq!(mode & 0o777, 0o600);

    // Without a hook somebody has to be told, and nothing changes.
    for args in [
        &["renew", "kubelet", "--within", "1s"][..],
        &["renew", "kubelet", "--within", "1s", "--dry-run"],
    ] {
        let run = environment.kubepki(args);
        assert!(
            run.succeeded()
                && run.stderr.contains("has not succeeded since files changed for: node-0")
        );
        assert!(environment.snapshot() == waiting, "{args:?}");
    }
    // It fails again, and again.
    let again = environment.kubepki(&["renew", "kubelet", "--within", "1s", "--hook", fails]);
    assert_eq!(again.code, Some(1), "{again:#?}");
    // What it waited for and what is new come together.
    let hook = "printf '%s|%s\\n' $KUBEPKI_HOST \"$(echo $KUBEPKI_FILES)\" >>hooked";
    environment.kubepki(&["renew", "kube-proxy", "--hook", hook]).expect_success();
    let files = |host: &str, names: &[&str]| {
        let path = |name: &&str| format!("hosts/{host}/etc/kubernetes/{name}.conf");
        format!("{host}|{}\n", names.iter().map(path).collect::<Vec<_>>().join(" "))
    };
    let [both, one] = [&["kubelet", "kube-proxy"][..], &["kube-proxy"]];
    assert_eq!(environment.read("hooked"), files("node-0", both) + &files("node-1", one));
    assert!(!environment.path(".kubepki/undelivered.json").exists());
    let quiet =
        environment.kubepki(&["renew", "kubelet", "--within", "1s", "--hook", "touch again"]);
    assert!(quiet.succeeded() && !quiet.stderr.contains("warning"), "{quiet:#?}");
    assert!(!environment.path("again").exists());
}

#[test]
fn a_record_that_cannot_be_read_does_not_stop_a_renewal() {
    let environment = applied("hosts");
    environment.write(".kubepki/undelivered.json", "[");
    let run = environment.kubepki(&["renew", "jane", "--hook", "true"]);
    assert!(run.succeeded() && run.stderr.contains("warning: "), "{run:#?}");
}

/// A renewal that fails as a whole has nothing to bring to anybody.
#[test]
fn what_was_not_renewed_is_not_waited_for() {
    let environment = applied("hosts");
    let history = environment.path(".kubepki/history");
    fs::rename(&history, environment.path(".kubepki/moved")).unwrap();
    fs::write(&history, "in the way").unwrap();
    let run = environment.kubepki(&["renew", "kubelet", "--hook", "touch hooked"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(!environment.path("hooked").exists());
    assert!(!environment.path(".kubepki/undelivered.json").exists());
}

#[test]
fn one_that_hangs_is_ended_with_what_it_started() {
    let environment = applied("hosts");
    let hook = "sleep 300 & echo $! >pid; wait";
    let args = ["renew", "scheduler", "--hook", hook, "--hook-timeout", "1s"];
    let run = environment.kubepki(&args);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("caused by: it was stopped after 1s\n"), "{}", run.stderr);
    let pid = environment.read("pid");
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    // Gone, or not yet waited for by whoever it was given to.
    assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
}

#[test]
fn no_hook_runs_where_nothing_changed_or_on_a_dry_run() {
    let environment = applied("hosts");
    let hook = ["--hook", "touch hooked"];
    for args in
        [&["renew", "--within", "1s"][..], &["renew", "jane"], &["renew", "--all", "--dry-run"]]
    {
        environment.kubepki(&[args, &hook[..]].concat()).expect_success();
        assert!(!environment.path("hooked").exists(), "{args:?}");
    }
}
