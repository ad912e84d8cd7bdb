//! The verb that is named below the table does something about what the table shows, and where none
//! does, none is named.

use std::fs;

use crate::{clock::kubepki_at, environment::Environment};

use super::{BEGIN, SPEC};

const RENEW: &str = "to renew what is due or expired: `kubepki renew`\n";
const PLAN: &str = "to see what `kubepki apply` would change: `kubepki plan`\n";

#[test]
fn the_verb_that_helps_is_named() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    let shown = |day: &str, args: &[&str]| {
        let output = kubepki_at(day, &environment, &[&["status"], args].concat());
        assert_eq!(output.code, Some(0), "{output:#?}");
        (output.stdout, output.stderr)
    };
    let said = |day: &str, args: &[&str]| shown(day, args).1;
    assert_eq!(said("2026-01-01 00:10:00", &[]), "");
    assert_eq!(said("2026-12-20 00:00:00", &[]), RENEW);
    let within = RENEW.replace("renew`", "renew --within 80h`");
    assert_eq!(said("2026-01-01 00:10:00", &["--within", "80h"]), within);
    // Both verbs act now.
    assert_eq!(said("2026-01-01 00:10:00", &["--at", "2026-12-20"]), "");
    // Without a living CA nothing is renewed.
    assert_eq!(said("2036-01-01 00:00:00", &[]), "");
    let peer = "hosts/server/etc/kubernetes/pki/etcd/peer.crt";
    fs::remove_file(environment.path(peer)).unwrap();
    assert_eq!(said("2026-01-01 00:10:00", &["--at", "2026-12-20"]), PLAN);
    let both = RENEW.to_owned() + PLAN;
    assert_eq!(said("2026-12-20 00:00:00", &[]), both);
    // Nor where the CAs' keys are not.
    for authority in ["ca", "etcd-ca", "front-proxy-ca"] {
        fs::remove_file(environment.path(&format!("authorities/{authority}.key"))).unwrap();
    }
    fs::remove_file(environment.path("hosts/server/etc/kubernetes/pki/ca.key")).ok();
    let (table, said) = shown("2026-12-20 00:00:00", &[]);
    assert_eq!(said, PLAN);
    assert!(table.contains("    its key is kept elsewhere\n"), "{table}");
    assert!(
        table.contains("    cannot be renewed here: the key of `etcd-ca` is not here\n"),
        "{table}"
    );
}
