//! When a certificate is due, and what renewing it leaves alone.

use kubepki_cluster::{Action, Issue, Warning};

use super::{Cluster, SPEC, days, second};

#[test]
fn a_certificate_is_due_30_days_before_its_end_and_no_second_earlier() {
    let cluster = Cluster::applied(SPEC);
    let due = days(335);
    assert_eq!(cluster.plan(due - second()).action("apiserver", "server"), &Action::Keep);
    let not_after = days(365);
    let reasons = vec![Issue::Due { not_after, ends_with_issuer: false }];
    assert_eq!(cluster.plan(due).action("apiserver", "server"), &Action::Renew { reasons });
}

#[test]
fn a_short_lived_certificate_is_due_in_its_last_third() {
    let cluster = Cluster::applied(SPEC);
    let due = days(2);
    assert_eq!(cluster.plan(due - second()).user("jane"), &Action::Keep);
    let reasons = vec![Issue::Due { not_after: days(3), ends_with_issuer: false }];
    assert_eq!(cluster.plan(due).user("jane"), &Action::Renew { reasons });
    assert_eq!(cluster.plan(due).changes().count(), 1);
}

#[test]
fn what_has_expired_says_so() {
    let cluster = Cluster::applied(SPEC);
    let reasons = vec![Issue::Expired { not_after: days(3) }];
    assert_eq!(cluster.plan(days(3) + second()).user("jane"), &Action::Renew { reasons });
}

#[test]
fn a_renewed_certificate_has_a_new_key_and_the_rest_stays() {
    let mut cluster = Cluster::applied(SPEC);
    let (key, ca) = (cluster.text("users/jane.conf"), cluster.text("authorities/ca.crt"));
    let admin = cluster.text("users/admin.conf");
    cluster.apply(days(2));
    assert_ne!(key, cluster.text("users/jane.conf"));
    assert_eq!(ca, cluster.text("authorities/ca.crt"));
    assert_eq!(admin, cluster.text("users/admin.conf"));
    assert_eq!(cluster.plan(days(2)).changes().count(), 0);
}

#[test]
fn what_ends_with_its_ca_is_not_renewed_for_ever() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.apply(days(3400));
    let end = days(3650);
    let plan = cluster.plan(days(3640));
    assert_eq!(plan.action("apiserver", "server"), &Action::Keep);
    let is_it = |warning: &&Warning| {
        matches!(warning, Warning::Capped { entry, not_after }
            if entry.to_string() == "apiserver of server" && *not_after == end)
    };
    assert!(plan.warnings.iter().any(|warning| is_it(&warning)), "{:?}", plan.warnings);
}
