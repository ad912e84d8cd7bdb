//! A root whose files, ledger and history are somebody else's.

use kubepki_ledger::{Entry, EntryKind, Ledger, RecordedCertificate, Requester, SqliteLedger};

use super::*;

/// A unit and a CronJob that name the folder of a root.
#[test]
fn no_folder_reaches_a_unit() {
    let environment = Environment::new();
    let mut found = Found::default();
    let spec = crate::environment::repository().join("examples/hard-way/cluster.yaml");
    let spec = fs::read_to_string(spec).unwrap();
    environment.write("x/cluster.yaml", &spec);
    for folder in [hostile("root"), on_one_line("root"), "root\u{202e}".to_owned()] {
        environment.write(&format!("{folder}/cluster.yaml"), &spec);
        for kind in ["systemd", "systemd-service", "systemd-timer", "cron"] {
            let timer = format!("--print-timer={kind}");
            found.run(&environment, &["renew", &timer, "--dir", &folder]);
            let hook = hostile("x");
            let args = ["renew", &timer, "--file=x/cluster.yaml", "--dir=x", "--hook", &hook];
            found.run(&environment, &args);
        }
    }
    for value in ["a\u{202e}b", "a\u{200b}", "\u{feff}a", "a\\nb"] {
        let more = format!("\nextraArgs: {{kube-apiserver: {{v: \"{value}\"}}}}\nhosts:");
        let environment = Environment::of_spec(&spec.replacen("\nhosts:", &more, 1));
        for form in ["systemd", "static-pod", "flags"] {
            found.run(&environment, &["config", "--form", form]);
        }
    }
    found.finish(24);
}

#[test]
fn no_root_reaches_the_terminal() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let folder = environment.path("theirs");
    fs::create_dir(&folder).unwrap();
    certificate(&folder, "ca", "authority", true);
    certificate(&folder, "leaf", "leaf", false);
    record(&environment);
    let replace = |from: &str, to: &str| {
        fs::copy(folder.join(from), environment.path(to)).unwrap();
    };
    let mut found = Found::default();
    // One kind of file after the other: a broken CA hides what is below it.
    replace("leaf.crt", "hosts/server/etc/kubernetes/pki/apiserver.crt");
    replace("leaf.key", "hosts/server/etc/kubernetes/pki/apiserver.key");
    environment.write("users/jane.conf", &kubeconfig());
    environment.write(&format!("users/{}", hostile("stray.conf")), &kubeconfig());
    every_verb(&environment, &mut found);
    environment.write("users/jane.conf", &hostile("a: ["));
    environment.write("hosts/node-0/var/lib/kubelet/pki/kubelet.crt", &hostile("x"));
    every_verb(&environment, &mut found);
    replace("ca.crt", "authorities/ca.crt");
    every_verb(&environment, &mut found);
    for args in [&["apply"][..], &["renew"], &["undo"]] {
        found.run(&environment, args);
    }
    history(&environment);
    for args in [
        &["undo", "--list"][..],
        &["history", "prune"],
        &["undo"],
        &["plan"],
        &["apply"],
        &["status"],
    ] {
        found.run(&environment, args);
    }
    environment.write(".kubepki/cluster.yaml", &hostile("name: ["));
    fs::remove_file(environment.path("cluster.yaml")).unwrap();
    every_verb(&environment, &mut found);
    found.finish(150);
}

fn every_verb(environment: &Environment, found: &mut Found) {
    let all = ["text", "json", "yaml"];
    for format in all {
        for args in [
            &["plan"][..],
            &["plan", "-v"],
            &["apply", "--dry-run"],
            &["renew", "--dry-run", "--all"],
            &["undo", "--dry-run"],
            &["undo", "--list", "-v"],
            &["history", "list", "-v"],
            &["history", "prune", "--dry-run", "--older-than=1s"],
            &["host", "list"],
            &["host", "show", "server"],
            &["config", "--host=server"],
            &["rotate", "encryption-key"],
        ] {
            found.run(environment, &[args, &["-o", format]].concat());
        }
    }
    for format in ["table", "wide", "json", "yaml", "csv", "kubeadm", "prometheus"] {
        found.run(environment, &["status", "-v", "-o", format]);
    }
    for format in ["text", "json", "junit", "sarif"] {
        found.run(environment, &["verify", "-v", "-o", format]);
    }
    for format in ["text", "json", "yaml", "csv"] {
        found.run(environment, &["ledger", "list", "-o", format]);
        found.run(environment, &["ledger", "find", &hostile("cn"), "-o", format]);
        found.run(environment, &["ledger", "show", "--serial=7", "-o", format]);
    }
    found.run(environment, &["ledger", "check"]);
    found.run(environment, &["host", "bundle", "server", "-o", "b.tgz", "--overwrite"]);
    found.run(environment, &["issue", "user", "kim", "--overwrite"]);
}

/// A row of somebody who may write the ledger.
fn record(environment: &Environment) {
    let time = "2026-11-20T12:00:00Z".parse().unwrap();
    let entry = Entry {
        kind: EntryKind::Revoked,
        time,
        requester: Requester {
            verb: hostile("verb"),
            user: hostile("=user"),
            host: hostile("host"),
        },
        requester_kind: None,
        request_uid: Some(hostile("uid")),
        authority: Some(hostile("authority")),
        detail: Some(hostile("detail")),
        note: Some(hostile("note")),
        certificate: Some(RecordedCertificate {
            serial: "7".parse().unwrap(),
            sha256: [7; 32].into(),
            issuer_key_id: None,
            issuer: hostile("@issuer"),
            subject: hostile("+subject"),
            common_name: hostile("cn"),
            organizations: vec![hostile("-o"), hostile("o")],
            subject_alt_names: vec![hostile("san")],
            profile: hostile("profile"),
            not_before: time,
            not_after: "2027-11-20T12:00:00Z".parse().unwrap(),
            der: None,
        }),
    };
    let phase = Entry { kind: EntryKind::Phase, certificate: None, ..entry.clone() };
    let mut ledger = SqliteLedger::in_directory(environment.path(".kubepki"));
    ledger.record(&hostile("cluster"), &[entry, phase]).unwrap();
}

/// Transactions with somebody's names, and journals that name somebody's files.
fn history(environment: &Environment) {
    let history = environment.path(".kubepki/history");
    let entries = fs::read_dir(&history).unwrap().map(|entry| entry.unwrap().path());
    let journals = entries.filter(|path| path.extension().is_some_and(|it| it == "json"));
    let mut changed = 0;
    for path in journals.collect::<Vec<_>>() {
        let text = fs::read_to_string(&path).unwrap();
        let name = serde_json::to_string(&hostile("p")).unwrap();
        let named = text.replacen("users/", &format!("users/{}", name.trim_matches('"')), 1);
        changed += usize::from(named != text);
        fs::write(&path, named).unwrap();
        let theirs = history.join(format!("{}.json", hostile("20270101T000000Z")));
        fs::write(theirs, text).unwrap();
    }
    assert!(changed > 0);
    fs::create_dir(history.join(hostile("20270101T000001Z"))).unwrap();
}
