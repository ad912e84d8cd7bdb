//! CAs and the ServiceAccount key: put back from copies, refused where none is left, never made
//! anew.

use kubepki_ca::{Certificate, KeyPair, Signer};
use kubepki_cluster::{
    Action, Allow, ApplyError, Plan, Reason, Refusal, RenewalPolicy, Selection, Store, StorePath,
    make, observe,
};

use super::{BEGIN, Cluster, PKI, SPEC, days, path};

#[test]
fn a_ca_comes_back_from_a_hosts_copy() {
    let mut cluster = Cluster::applied(SPEC);
    let paths = ["authorities/ca.crt", "authorities/ca.key"];
    let before = paths.map(|path| cluster.text(path));
    paths.iter().for_each(|path| cluster.remove(path));
    let plan = cluster.plan(BEGIN);
    let Action::Restore { from } = plan.action("ca", "") else { panic!("{plan:?}") };
    let from: Vec<_> = from.iter().map(StorePath::as_str).collect();
    assert_eq!(from, [format!("{PKI}/ca.crt"), format!("{PKI}/ca.key")]);
    assert_eq!(plan.changes().count(), 1);
    cluster.apply(BEGIN);
    assert_eq!(paths.map(|path| cluster.text(path)), before);
}

#[test]
fn a_service_account_key_comes_back_from_a_hosts_copy() {
    let mut cluster = Cluster::applied(SPEC);
    let paths = ["authorities/service-account.key", "authorities/service-account.pub"];
    let before = paths.map(|path| cluster.text(path));
    paths.iter().for_each(|path| cluster.remove(path));
    assert!(matches!(
        cluster.plan(BEGIN).action("service-account", ""),
        Action::Restore { from } if from.len() == 2
    ));
    cluster.apply(BEGIN);
    assert_eq!(paths.map(|path| cluster.text(path)), before);
}

#[test]
fn a_ca_that_is_lost_is_not_replaced_while_its_certificates_live() {
    let mut cluster = Cluster::applied(SPEC);
    for path in ["authorities/etcd-ca.crt", "authorities/etcd-ca.key"] {
        cluster.remove(path);
    }
    cluster.remove(&format!("{PKI}/etcd/ca.crt"));
    let plan = cluster.plan(BEGIN);
    let [refusal] = &plan.refused()[..] else { panic!("{plan:?}") };
    assert!(
        matches!(refusal, Refusal::AuthorityLost { path, issued }
            if path.as_str() == "authorities/etcd-ca.crt" && issued.as_str().starts_with(PKI)),
        "{refusal:?}"
    );
}

#[test]
fn a_ca_without_its_certificate_is_refused() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.remove("authorities/front-proxy-ca.crt");
    cluster.remove(&format!("{PKI}/front-proxy-ca.crt"));
    let path = path("authorities/front-proxy-ca.crt");
    assert_eq!(cluster.plan(BEGIN).refused(), [Refusal::CertificateMissing { path }]);
}

#[test]
fn a_service_account_key_is_never_made_anew() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.remove("authorities/service-account.key");
    cluster.remove(&format!("{PKI}/sa.key"));
    let path = path("authorities/service-account.key");
    assert_eq!(cluster.plan(BEGIN).refused(), [Refusal::KeyMissing { path }]);
}

#[test]
fn a_ca_needs_its_key_only_while_something_is_issued() {
    let mut cluster = Cluster::applied(&SPEC.replacen("csrSigning: true", "csrSigning: false", 1));
    cluster.remove("authorities/ca.key");
    assert_eq!(cluster.plan(BEGIN).changes().count(), 0);
    assert!(cluster.plan(BEGIN).refused().is_empty());
    let plan = cluster.plan(days(2));
    let [Refusal::IssuerKeyMissing { issuer, path }] = &plan.refused()[..] else {
        panic!("{plan:?}")
    };
    assert_eq!((issuer.to_string().as_str(), path.as_str()), ("ca", "authorities/ca.key"));
}

#[test]
fn an_expired_ca_is_refused() {
    let cluster = Cluster::applied(SPEC);
    let refused = cluster.plan(days(3651)).refused();
    let names = ["ca", "etcd-ca", "front-proxy-ca"];
    let expected = names.map(|name| Refusal::Expired {
        path: path(&format!("authorities/{name}.crt")),
        not_after: days(3650),
        key: Some(path(&format!("authorities/{name}.key"))),
    });
    assert_eq!(expected.map(|one| refused.contains(&one)), [true; 3], "{refused:?}");
}

/// What `apply` refuses to do is not in the plan as something to be done.
#[test]
fn nothing_is_renewed_under_an_expired_ca() {
    for spec in [SPEC.to_owned(), SPEC.replacen("layout: hosts", "layout: hard-way", 1)] {
        let mut cluster = Cluster::applied(&spec);
        let plan = cluster.plan(days(3651));
        assert_eq!(plan.written(), [""; 0]);
        assert!(plan.refused().iter().all(|one| matches!(one, Refusal::Expired { .. })));
        assert!(plan.refused().len() > 10, "{plan:?}");
        // A renewal says the same of the certificates, and of the CAs that they are left.
        let plan = cluster.renew(Selection::all(), days(3651));
        assert_eq!(plan.written(), [""; 0]);
        assert_eq!(plan.left.iter().filter(|left| left.refused).count(), 3, "{plan:?}");
    }
}

/// As where a clock stands at 1970: the CA has not expired.
#[test]
fn nothing_is_issued_before_the_ca_is_valid() {
    let mut cluster = Cluster::applied(SPEC);
    let early = days(-2);
    assert_eq!(cluster.plan(early).refused(), [], "nothing has to be issued");
    let plan = cluster.renew(cluster.select(&["jane"], &[]), early);
    let [refusal @ Refusal::NotYetValid { path, .. }] = &plan.refused()[..] else {
        panic!("{plan:?}")
    };
    assert_eq!(path.as_str(), "authorities/ca.crt");
    let (id, _) = plan.refusals().next().unwrap();
    assert!(refusal.hint(id).contains("clock"), "{}", refusal.hint(id));
}

#[test]
fn a_refused_plan_is_not_carried_out_in_part() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.put("users/jane.conf", "[");
    cluster.remove("users/admin.conf");
    let Cluster { catalog, store, .. } = &mut cluster;
    let observations = observe(store, catalog).complete().unwrap();
    let plan = Plan::new(catalog, &observations, &RenewalPolicy::Due, Allow::default(), BEGIN);
    let error = make(&plan, catalog, &observations, BEGIN).unwrap_err();
    assert!(matches!(error, ApplyError::Refused { count: 1 }), "{error:?}");
    assert!(store.read(&path("users/admin.conf")).unwrap().is_none());
}

#[test]
fn the_flat_layout_keeps_the_service_account_key_whatever_becomes_of_its_certificate() {
    let spec = SPEC.replacen("layout: hosts", "layout: hard-way", 1);
    let (mut cluster, other) = (Cluster::applied(&spec), Cluster::applied(&spec));
    let key = cluster.text("service-accounts.key");
    let certificate = cluster.text("service-accounts.crt");

    cluster.remove("service-accounts.crt");
    let reasons = vec![Reason::Missing { path: path("service-accounts.crt") }];
    assert_eq!(cluster.plan(BEGIN).action("service-account", ""), &Action::Renew { reasons });
    cluster.apply(BEGIN);
    assert_eq!(cluster.text("service-accounts.key"), key);
    assert_ne!(cluster.text("service-accounts.crt"), certificate);

    for path in ["ca.crt", "ca.key"] {
        cluster.put(path, &other.text(path));
    }
    assert!(matches!(cluster.plan(BEGIN).action("service-account", ""), Action::Renew { .. }));
    cluster.apply(BEGIN);
    assert_eq!(cluster.text("service-accounts.key"), key);
    let key = KeyPair::from_pem(key.as_bytes()).unwrap();
    let certificate = cluster.text("service-accounts.crt");
    assert!(Certificate::from_pem(certificate.as_bytes()).unwrap().is_for(key.public_key()));

    cluster.remove("service-accounts.key");
    let path = path("service-accounts.key");
    assert_eq!(cluster.plan(BEGIN).refused(), [Refusal::KeyMissing { path }]);
}
