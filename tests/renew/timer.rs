//! `--print-timer`: units that systemd takes, and words that arrive as they were given.

use std::{fs, process::Command};

use kubepki_testkit::programs;

use super::applied;
use crate::environment::Environment;

/// The units, as files below `units/`.
fn units(environment: &Environment, args: &[&str]) -> [String; 2] {
    let print = |kind: &str, end: &str| {
        let text = environment
            .kubepki(&[&["renew", "--print-timer", kind], args].concat())
            .expect_success();
        environment.write(&format!("units/kubepki-renew.{end}"), &text);
        text
    };
    [print("systemd-service", "service"), print("systemd-timer", "timer")]
}

fn verify(environment: &Environment) -> programs::Output {
    let unit = |end: &str| environment.path(&format!("units/kubepki-renew.{end}"));
    let mut command = programs::command("systemd-analyze");
    command.args(["verify", "--man=no"]).arg(unit("service")).arg(unit("timer"));
    programs::finish(command, b"")
}

#[test]
fn systemd_takes_the_units() {
    for args in [
        &[][..],
        &["--all", "--reuse-key", "--within"][..0],
        &["--hook", "echo \"$KUBEPKI_HOST\" 100% \\ ; systemctl restart x"],
    ] {
        let environment = applied("hosts");
        let [service, timer] = units(&environment, args);
        let verified = verify(&environment);
        assert!(verified.succeeded() && verified.stderr.is_empty(), "{verified:#?}\n{service}");
        assert!(timer.contains("\nPersistent=true\n") && timer.contains("\nRandomizedDelaySec="));
        let both = environment
            .kubepki(&[&["renew", "--print-timer", "systemd"], args].concat())
            .expect_success();
        let folder = "# /etc/systemd/system/kubepki-renew";
        assert_eq!(both, format!("{folder}.service\n{service}\n{folder}.timer\n{timer}"));
    }
    // It can fail.
    let environment = applied("hosts");
    let [service, _] = units(&environment, &[]);
    environment
        .write("units/kubepki-renew.service", &service.replace("Type=oneshot", "Type=twice"));
    let verified = verify(&environment);
    assert!(!verified.stderr.is_empty(), "{verified:#?}");
}

#[test]
fn the_units_renew_what_was_asked_for() {
    let environment = applied("hosts");
    let [service, _] =
        units(&environment, &["jane", "--within", "90d", "--reuse-key", "-f", "cluster.yaml"]);
    let line = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let root = environment.root().display();
    let expected = format!(
        "{} renew jane --dir {root} --file {root}/cluster.yaml --within 90d --reuse-key",
        env!("CARGO_BIN_EXE_kubepki")
    );
    assert_eq!(line, expected);
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap());
    command.args(words).current_dir("/").env_clear();
    let said = programs::finish(command, b"").expect_success();
    assert!(said.contains("1 renewed"), "{said}");
}

#[test]
fn a_cron_job_has_the_same_words() {
    let environment = applied("kubeadm");
    let print = |args: &[&str]| {
        let text = environment
            .kubepki(&[&["renew", "--print-timer", "cron"], args].concat())
            .expect_success();
        serde_yaml::from_str::<serde_json::Value>(&text).unwrap()
    };
    let job = print(&["--all", "--hook", "it's \"quoted\""]);
    assert_eq!(job["apiVersion"], "batch/v1");
    let pod = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let args = serde_json::json!(["renew", "--dir", "/pki", "--hook", "it's \"quoted\"", "--all"]);
    assert_eq!(pod["containers"][0]["args"], args);
    assert_eq!(pod["volumes"][0]["hostPath"]["path"], environment.root().display().to_string());
    let old = print(&["--kubernetes-version", "v1.20"]);
    assert_eq!(old["apiVersion"], "batch/v1beta1");
    // The spec knows the version too.
    let version = "layout: kubeadm\nkubernetesVersion: v1.20.0";
    environment.edit("cluster.yaml", "layout: kubeadm", version);
    environment.write("other.yaml", &environment.read("cluster.yaml"));
    let old = print(&["--file", "other.yaml", "--lock-timeout", "5", "-q"]);
    assert_eq!(old["apiVersion"], "batch/v1beta1");
    let pod = &old["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["nodeSelector"]["node-role.kubernetes.io/control-plane"], "");
    assert_eq!(pod["tolerations"][1]["key"], "node-role.kubernetes.io/master");
    let args = serde_json::json!([
        "renew",
        "--dir",
        "/pki",
        "--file",
        "/pki/other.yaml",
        "--lock-timeout",
        "5",
        "--quiet"
    ]);
    assert_eq!(pod["containers"][0]["args"], args);
    let older = print(&["--kubernetes-version", "v1.19"]);
    let pod = &older["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(pod["nodeSelector"]["node-role.kubernetes.io/master"], "");
}

#[test]
fn what_is_still_needed_is_said_in_the_unit_and_beside_it() {
    for (layout, word) in [
        ("hosts", "kubepki host push"),
        ("kubeadm", "use the old files"),
        ("hard-way", "KUBEPKI_FILES"),
    ] {
        let environment = applied(layout);
        let print = |args: &[&str]| {
            environment.kubepki(&[&["renew", "--print-timer", "systemd-service"], args].concat())
        };
        let bare = print(&[]);
        assert!(bare.stdout.contains(word), "{}", bare.stdout);
        assert!(bare.stdout.contains("\nTimeoutStartSec=600\n"), "{}", bare.stdout);
        assert!(bare.stderr.contains("add `--hook`"), "{}", bare.stderr);
        let hooked = print(&["--hook", "x", "--hook-timeout", "1m"]);
        assert!(!hooked.stdout.contains("# ") && hooked.stderr.is_empty(), "{hooked:#?}");
        assert!(hooked.stdout.contains(" --hook x --hook-timeout 1m\n"), "{}", hooked.stdout);
    }
}

#[test]
fn a_timer_that_cannot_work_is_refused() {
    let environment = applied("hosts");
    let refused = environment.kubepki(&["renew", "--print-timer", "systemd", "-f", "-"]);
    assert_eq!(refused.code, Some(2));
    let refused = environment.kubepki(&["renew", "--print-timer", "systemd", "--dir", "a\nb"]);
    assert_eq!(refused.code, Some(2));
    for args in [&["apiservr"][..], &["--host", "nowhere"]] {
        let refused = environment.kubepki(&[&["renew", "--print-timer", "systemd"], args].concat());
        assert_eq!((refused.code, &*refused.stdout), (Some(2), ""), "{refused:#?}");
    }
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    fs::write(elsewhere.path(), environment.read("cluster.yaml")).unwrap();
    let file = elsewhere.path().to_str().unwrap();
    let refused = environment.kubepki(&["renew", "--print-timer", "cron", "--file", file]);
    assert_eq!((refused.code, &*refused.stdout), (Some(2), ""), "{refused:#?}");
}
