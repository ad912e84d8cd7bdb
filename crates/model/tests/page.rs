//! docs/certificates.md shows the model's table, and nothing else.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;

use kubepki_model::{CertificateFacts, CommonName, Form, Layout, ProfileName, Scope, Slot, TABLE};

/// The cells of each row of the page's list of entries, by the entries' names.
fn page() -> BTreeMap<String, Vec<String>> {
    let page = include_str!("../../../docs/certificates.md");
    let (_, list) = page.split_once("## Entries").unwrap();
    let (list, _) = list.split_once("\n* ").unwrap();
    let mut rows = BTreeMap::new();
    for line in list.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        for name in cells[0].split(", ") {
            let cells = cells[1..].iter().map(|it| it.replace('`', "")).collect();
            rows.insert(name.replace('`', ""), cells);
        }
    }
    rows
}

fn profile(facts: &CertificateFacts, form: Form) -> String {
    let name = match facts.profile {
        ProfileName::Ca => "CA",
        ProfileName::Client => "CLIENT",
        ProfileName::Peer => "PEER",
        ProfileName::Server => "SERVER",
    };
    let is_kubeconfig = matches!(form, Form::Kubeconfig | Form::LocalKubeconfig);
    format!("{name}{}", if is_kubeconfig { ", kubeconfig" } else { "" })
}

fn common_name(facts: &CertificateFacts) -> String {
    match facts.common_name {
        CommonName::Authority(middle) => format!("<cluster>-{middle}-1"),
        CommonName::Fixed(name) => name.to_owned(),
        CommonName::Host => "<host>".to_owned(),
        CommonName::Node => "system:node:<host>".to_owned(),
        CommonName::User => "<name>".to_owned(),
    }
}

const fn made_for(scope: Scope) -> &'static str {
    match scope {
        Scope::Cluster => "the cluster",
        Scope::ClusterWithEtcd => "the cluster, if a host has etcd",
        Scope::ControlPlane => "each control-plane host",
        Scope::Etcd => "each etcd host",
        Scope::Kubelet => "each host with a kubelet",
        Scope::User => "each user",
    }
}

#[test]
fn the_page_and_the_table_say_the_same() {
    let page = page();
    let mut told = 0;
    // An administrator is a user like any other.
    let rows = TABLE.iter().filter(|row| row.slot != Slot::Admin);
    for row in rows.filter(|row| row.paths.of(Layout::Hosts).is_some()) {
        let Some(facts) = &row.certificate else { continue };
        let cells = page.get(row.name).unwrap_or_else(|| panic!("`{}` is not there", row.name));
        let issuer = facts.issuer.map_or("self", Slot::name);
        let group = match row.scope {
            Scope::User => "each group",
            _ => facts.organization.unwrap_or_default(),
        };
        let expected =
            [issuer, &profile(facts, row.form), &common_name(facts), group].map(str::to_owned);
        assert_eq!(cells[..4], expected, "{}", row.name);
        assert_eq!(cells[5], made_for(row.scope), "{}", row.name);
        told += 1;
    }
    let pairs = TABLE.iter().filter(|row| row.form == Form::KeyPair);
    told += pairs.filter(|row| page[row.name][1] == "key pair").count();
    assert_eq!(told, page.len(), "a row of the page is no row of the table");
}
