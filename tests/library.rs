//! The library refuses what the command refuses: the requests of tests/gate.rs and tests/escalation, and
//! what else no flag opens, through the handle.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt};

use kubepki_cluster::{
    Policy, PolicyOptions, Selection, SelectionError, StoreError,
    identity::{Identity, IdentityKind, Wish},
};
use kubepki_pki::{Allow, Pki, PkiError, RenewalPolicy, Undo};

use crate::{
    environment::Environment,
    escalation::{PROFILES, files},
    gate::{FLAGS, ISSUE, ready},
};

/// The command made the root just now.
#[expect(clippy::disallowed_methods, reason = "a test has a clock")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn allowing(flags: &[&str]) -> Allow {
    let has = |flag| flags.contains(&flag);
    Allow {
        beyond_spec: has("--beyond-spec"),
        cluster_admin: has("--cluster-admin"),
        etcd_client: has("--danger-etcd-client"),
        front_proxy: has("--danger-front-proxy"),
        system_identity: has("--system-identity"),
        system_masters: has("--danger-system-masters"),
    }
}

#[test]
fn it_issues_what_the_command_issues() {
    let environment = ready();
    let pki = Pki::open(environment.root());
    let rows = ISSUE.iter().filter_map(|(args, flag)| Some((args, wish(args)?, *flag)));
    let rows: Vec<_> = rows.collect();
    // All but the bindings of roles, which the command makes beside the identity.
    assert!(rows.len() >= 30, "{}", rows.len());
    let before = environment.snapshot();
    for (args, wish, flag) in rows {
        let issue = |allow| -> Result<(), String> {
            let spec = &pki.spec().unwrap().spec;
            let identity = Identity::new(wish.clone(), allow, spec).map_err(|e| e.to_string())?;
            pki.issue(&identity, now()).map(drop).map_err(|error| error.to_string())
        };
        if flag.is_empty() {
            issue(Allow::default()).unwrap();
            continue;
        }
        let others: Vec<_> = FLAGS.into_iter().filter(|other| *other != flag).collect();
        issue(Allow::default()).unwrap_err();
        assert!(issue(allowing(&others)).is_err(), "{args:?} with all but {flag}");
        issue(allowing(&[flag])).unwrap_or_else(|error| panic!("{args:?} {flag}: {error}"));
    }
    // Nothing but the ledger has changed.
    let is_ledger = |path: &str| path == ".kubepki/ledger.db";
    let without = |files: Vec<(String, u32, Vec<u8>)>| -> Vec<_> {
        files.into_iter().filter(|(path, ..)| !is_ledger(path)).collect()
    };
    assert!(without(before) == without(environment.snapshot()));
}

/// The arguments of `kubepki issue` as a value.
fn wish(args: &[&str]) -> Option<Wish> {
    let kind = match args[0] {
        "user" => IdentityKind::User,
        "client" => IdentityKind::Client,
        "peer" => IdentityKind::Peer,
        "node" => IdentityKind::Node,
        "server" => IdentityKind::Server,
        other => panic!("{other}"),
    };
    let mut wish = Wish::new(kind, args[1]);
    for option in args[2..].chunks(2) {
        match option {
            ["--group", group] => wish.groups.push((*group).to_owned()),
            ["--uid", uid] => wish.uid = Some((*uid).to_owned()),
            ["--issuer", issuer] => wish.issuer = (*issuer).into(),
            ["--san", name] => wish.subject_alt_names.push(name.parse().unwrap()),
            _ => return None,
        }
    }
    Some(wish)
}

#[test]
fn it_signs_what_the_command_signs() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    fs::create_dir(environment.path("requests")).unwrap();
    let mut requests = BTreeMap::new();
    for file in files() {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        fs::copy(&file, environment.path("requests").join(&name)).unwrap();
        requests.insert(name, fs::read(&file).unwrap());
    }
    let pki = Pki::open(environment.root());
    let spec = &pki.spec().unwrap().spec;
    for profile in PROFILES {
        let args = ["sign", "requests", "--profile", profile, "--keep-going", "--dry-run"];
        let said = environment.kubepki(&args).stderr;
        let refused_by_command: BTreeMap<_, _> = said
            .lines()
            .filter_map(|line| line.strip_prefix("refused `requests/")?.split_once("`: "))
            .map(|(name, why)| (name.to_owned(), why.to_owned()))
            .collect();
        let options = PolicyOptions::default();
        let policy = Policy::new(spec, profile.parse().unwrap(), options).unwrap();
        let mut granted = Vec::new();
        let mut refused = BTreeMap::new();
        for (name, pem) in &requests {
            match policy.read(pem) {
                Ok(both) => granted.push(both),
                Err(why) => drop(refused.insert(name.clone(), why.to_string())),
            }
        }
        assert_eq!(refused, refused_by_command, "{profile}");
        let orders: Vec<_> = granted.iter().map(|(key, grant)| (key.public_key(), grant)).collect();
        pki.check_signing(&orders, now()).unwrap();
    }
}

#[test]
fn it_applies_what_the_command_applies() {
    for (user, flag) in [
        ("{name: eve, groups: ['kubeadm:cluster-admins']}", "--cluster-admin"),
        ("{name: kube-apiserver-kubelet-client}", "--system-identity"),
        ("{name: kubernetes-super-admin}", "--system-identity"),
        ("{name: eve, groups: ['system:masters']}", "--danger-system-masters"),
    ] {
        let environment = ready();
        environment.edit("cluster.yaml", "- name: jane", &format!("- {user}\n- name: jane"));
        let before = environment.snapshot();
        let pki = Pki::open(environment.root());
        let others: Vec<_> = FLAGS.into_iter().filter(|other| *other != flag).collect();
        for allow in [Allow::default(), allowing(&others)] {
            let error = pki.apply(allow, now()).unwrap_err();
            let is_of_spec =
                matches!(&error, PkiError::Spec(_)) && flag == "--danger-system-masters";
            assert!(is_of_spec || matches!(error, PkiError::Forbidden(_)), "{user}: {error}");
        }
        assert!(environment.snapshot() == before, "{user}: something has changed");
        pki.apply(allowing(&[flag]), now()).unwrap();
    }
}

#[test]
fn what_no_flag_opens_is_closed_to_it() {
    let environment = ready();
    let pki = Pki::open(environment.root());
    let file = pki.spec().unwrap();
    let allow = allowing(&FLAGS);

    // A CA is never made again.
    let selection = Selection::of(&file.catalog, &["ca".to_owned()], &[]);
    assert!(matches!(selection, Err(SelectionError::NotRenewable { .. })), "{selection:?}");
    // Names that are too long, reserved or disguised, and lives that outlast the CA.
    let long = "x".repeat(65);
    for name in [long.as_str(), "system:masters", "system:node:node-0", "Jane", "../jane", ""] {
        let identity = Identity::new(Wish::new(IdentityKind::Peer, name), allow, &file.spec);
        let issued = identity.map(|identity| pki.issue(&identity, now()).is_ok());
        assert!(!matches!(issued, Ok(true)), "{name}");
    }
    let wish = Wish { lifetime: Some("36500d".parse().unwrap()), ..user("joe") };
    assert!(Identity::new(wish, allow, &file.spec).is_err());
    // CAs are not taken away.
    let undo = pki.undo(&Undo::default(), now()).unwrap_err();
    assert!(matches!(undo, PkiError::WouldRemoveAuthorities { .. }), "{undo}");
}

#[test]
fn a_root_that_others_may_write_is_refused() {
    let environment = ready();
    fs::set_permissions(environment.root(), fs::Permissions::from_mode(0o777)).unwrap();
    let pki = Pki::open(environment.root());
    let identity = Identity::new(user("joe"), Allow::default(), &pki.spec().unwrap().spec).unwrap();
    let errors = [
        pki.plan(&RenewalPolicy::Due, Allow::default(), now()).err(),
        pki.apply(Allow::default(), now()).err(),
        pki.issue(&identity, now()).err(),
        pki.undo(&Undo::default(), now()).err(),
        pki.history().err(),
    ];
    for error in errors {
        let is_open =
            matches!(&error, Some(PkiError::Store { source: StoreError::OpenToOthers { .. }, .. }));
        assert!(is_open, "{error:?}");
    }
}

fn user(name: &str) -> Wish {
    Wish::new(IdentityKind::User, name)
}
