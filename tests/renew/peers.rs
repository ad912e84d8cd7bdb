//! What others say of a renewed root: the real kubeadm.

use kubepki_testkit::programs;

use super::{applied, kubepki_at};
use crate::environment::Environment;

/// `kubeadm certs check-expiration` of a root in kubeadm's layout, in a mount namespace in which it
/// is /etc/kubernetes: where the kubeconfigs are is no option of kubeadm's.
fn check_expiration(environment: &Environment) -> String {
    let script = "mount -t tmpfs none /etc && mkdir /etc/kubernetes && mount --bind \"$1\" /etc/kubernetes && exec \"$2\" certs check-expiration";
    let mut command = programs::command("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command.arg(environment.root()).arg(programs::find("kubeadm"));
    programs::finish(command, b"").expect_success()
}

/// Each certificate that kubeadm names, with the day and the year of its end.
fn ends(said: &str) -> Vec<(String, String)> {
    said.lines()
        .filter(|line| line.contains(" UTC "))
        .map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap().to_owned();
            (name, words.take(3).collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn kubeadm_sees_the_new_dates() {
    let environment = applied("kubeadm");
    let old = ends(&check_expiration(&environment));
    let leaves = old.iter().filter(|(name, _)| !name.ends_with("ca")).count();
    assert_eq!((leaves, old.len()), (10, 13), "{old:?}");
    assert!(old.iter().take(10).all(|(_, end)| end == "Jan 01, 2027"), "{old:?}");
    kubepki_at("2026-06-01 00:00:00", &environment, &["renew", "scheduler.conf", "etcd-peer"])
        .expect_success();
    for (name, end) in ends(&check_expiration(&environment)) {
        let expected = match name.as_str() {
            "scheduler.conf" | "etcd-peer" => "Jun 01, 2027",
            name if name.ends_with("ca") => "Dec 30, 2035",
            _ => "Jan 01, 2027",
        };
        assert_eq!(end, expected, "{name}");
    }
    kubepki_at("2026-06-02 00:00:00", &environment, &["renew", "--all"]).expect_success();
    let new = ends(&check_expiration(&environment));
    assert!(new.iter().take(10).all(|(_, end)| end == "Jun 02, 2027"), "{new:?}");
}
