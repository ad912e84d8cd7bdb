//! `kubepki ledger`: every certificate that comes out is on it, and every hand on it but ours is
//! stopped or found. The judges are openssl and the real sqlite3.

mod faults;
mod first_stage;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use kubepki_testkit::{
    openssl,
    programs::{self, Output},
};

use crate::environment::Environment;

const LEDGER: &str = ".kubepki/ledger.db";

#[test]
fn every_certificate_that_came_out_is_found_and_nothing_else_is_there() {
    for example in ["hard-way", "ha", "kubeadm"] {
        let environment = Environment::of_example(example);
        environment.apply();
        fs::remove_file(environment.path("cluster.yaml")).unwrap();
        let certificates = certificates(&environment);
        let mut fingerprints = BTreeSet::new();
        for certificate in &certificates {
            let (serial, fingerprint) = named(certificate);
            let hex = fingerprint.replace(':', "").to_lowercase();
            let audit = format!("X509SHA256={hex}");
            for what in [&serial, &fingerprint, &hex, &audit] {
                let found = environment.kubepki(&["ledger", "find", what, "-o", "json"]);
                let found = rows(&found.expect_success());
                assert_eq!(found.len(), 1, "{what} of {}", certificate.display());
                assert_eq!(found[0]["sha256"], hex.as_str());
            }
            let shown = environment.kubepki(&["ledger", "show", "--serial", &serial]);
            let shown = shown.expect_success();
            let not_after = x509(certificate, &["-enddate", "-dateopt", "iso_8601"]);
            let not_after = not_after.trim().replacen("notAfter=", "", 1).replace(' ', "T");
            assert!(shown.contains(&format!("not after   {not_after}\n")), "{shown}");
            fingerprints.insert(hex);
        }
        assert!(fingerprints.len() > 10, "{certificates:?}");
        let all = environment.kubepki(&["ledger", "list", "-o", "json"]).expect_success();
        let all: BTreeSet<_> =
            rows(&all).iter().map(|row| row["sha256"].as_str().unwrap().to_owned()).collect();
        assert_eq!(all, fingerprints, "{example}");
    }
}

#[test]
fn a_row_says_who_asked_and_what_for() {
    let environment = applied();
    let found = environment.kubepki(&["ledger", "list", "--user", "jane", "-o", "json"]);
    let row = &rows(&found.expect_success())[0];
    let said = |program: &str, argument: &str| {
        programs::run(program, [argument]).expect_success().trim().to_owned()
    };
    assert_eq!(row["requestedBy"], said("id", "-un").as_str());
    assert_eq!(row["requestedOn"], said("uname", "-n").as_str());
    assert_eq!(row["verb"], "apply");
    assert_eq!(row["subject"], "O=dev, O=oncall, CN=jane");
    assert_eq!(row["groups"], serde_json::json!(["dev", "oncall"]));
    assert_eq!(row["profile"], "client");
    assert_eq!((&row["cluster"], &row["kind"]), (&"hard-way".into(), &"issued".into()));
    assert_eq!(row["requesterKind"], "operator");
    assert_eq!(row["requestUid"], serde_json::Value::Null);
    let yaml = environment.kubepki(&["ledger", "list", "--user", "jane", "-o", "yaml"]);
    assert!(yaml.expect_success().contains("\n- row: "));
}

/// The certificate of every row is the one that came out, and the identifier of the issuer's key is
/// the one that openssl reads in the CA.
#[test]
fn a_row_holds_the_certificate_and_the_key_of_its_issuer() {
    let environment = applied();
    let ca = environment.path("authorities/ca.crt");
    let said = x509(&ca, &["-ext", "subjectKeyIdentifier"]);
    let key = said.lines().last().unwrap().trim();
    let args = ["ledger", "list", "--issuer-key", key, "-o", "json"];
    let signed = rows(&environment.kubepki(&args).expect_success());
    let of_ca: Vec<_> =
        all(&environment).into_iter().filter(|row| row["issuer"] == signed[0]["issuer"]).collect();
    assert_eq!(signed, of_ca);
    assert_eq!(signed[0]["issuerKeyId"], key.replace(':', "").to_lowercase().as_str());
    let found = environment.kubepki(&["ledger", "find", key, "-o", "json"]).expect_success();
    assert_eq!(rows(&found), signed);
    let row = signed[0]["row"].to_string();
    let pem = environment.kubepki(&["ledger", "show", &row, "-o", "pem"]).expect_success();
    assert_eq!(pem, fs::read_to_string(&ca).unwrap());
}

#[test]
fn every_verb_that_signs_records_first() {
    let environment = applied();
    let (key, request) = (environment.path("web.key"), environment.path("web.csr"));
    openssl::new_request(&key, &request, "/CN=rita", &[]);
    let rows = all(&environment).len();
    let verbs: [(&str, &[&str]); 2] = [
        ("issue", &["issue", "user", "ci", "--as", "pem", "-o", "-"]),
        ("sign", &["sign", "web.csr", "--profile", "user"]),
    ];
    for (number, (verb, args)) in (rows + 1..).zip(verbs) {
        let pem = environment.kubepki(args).expect_success();
        environment.write("given-out", &pem);
        let (serial, _) = named(&environment.path("given-out"));
        let shown = environment.kubepki(&["ledger", "show", "--serial", &serial]);
        let shown = shown.expect_success();
        assert!(shown.starts_with(&format!("row         {number}\n")), "{shown}");
        assert!(shown.contains(&format!("`kubepki {verb}`\n")), "{shown}");
    }
    fs::remove_file(environment.path("given-out")).unwrap();
    sqlite3(&environment, "DROP TRIGGER certificate_stays").expect_success();
    for (_, args) in verbs {
        let before = environment.snapshot();
        let run = environment.kubepki(args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        assert!(run.stderr.contains("ledger.db` is corrupt"), "{run:?}");
        assert_eq!(environment.snapshot(), before);
    }
}

#[test]
fn what_expires_is_listed_first_to_last() {
    let environment = applied();
    let expiring = |within: &str| {
        let args = ["ledger", "list", "--expiring-within", within, "-o", "json"];
        let rows = rows(&environment.kubepki(&args).expect_success());
        rows.iter().map(|row| row["user"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // jane of the example has a lifetime of a day; the others a year, the CAs ten.
    assert_eq!(expiring("25h"), ["jane"]);
    assert_eq!(expiring("1h"), [""; 0]);
    assert_eq!(expiring("366d")[0], "jane");
    assert!(expiring("5000d").last().unwrap().contains("-ca-"));
    let nobody = environment.kubepki(&["ledger", "list", "--user", "nobody", "-o", "json"]);
    assert_eq!(rows(&nobody.expect_success()).len(), 0);
    let nobody = environment.kubepki(&["ledger", "find", "nobody"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (Some(1), ""));
}

#[test]
fn without_a_ledger_there_is_nothing_to_list_and_none_is_made() {
    let environment = Environment::of_example("hard-way");
    for args in [&["ledger", "list"][..], &["ledger", "check"]] {
        environment.kubepki(args).expect_success();
    }
    assert_eq!(environment.kubepki(&["ledger", "show", "1"]).code, Some(1));
    assert_eq!(environment.kubepki(&["ledger", "show"]).code, Some(2));
    assert_eq!(environment.snapshot().len(), 1, "only the spec");
}

#[test]
fn sqlite3_reads_it_and_may_change_nothing() {
    let environment = applied();
    let count = sqlite3(&environment, "SELECT count(*) FROM entry").expect_success();
    assert_eq!(count.trim().parse::<usize>().unwrap(), all(&environment).len());
    let before = environment.snapshot();
    for sql in [
        "UPDATE entry SET subject = 'CN=eve' WHERE number = 2",
        "DELETE FROM entry WHERE number = 2",
        "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE number = 2",
        "UPDATE certificate SET der = x'00' WHERE id = 2",
        "UPDATE chain SET count = count - 1",
        "DELETE FROM chain",
        "INSERT OR REPLACE INTO chain VALUES (1, 'hard-way', 0, zeroblob(32), 0)",
    ] {
        let refused = sqlite3(&environment, sql).expect_failure();
        assert!(refused.contains("the ledger is append-only"), "{sql}: {refused}");
    }
    assert_eq!(environment.snapshot(), before);
    environment.kubepki(&["ledger", "check"]).expect_success();
}

#[test]
fn check_finds_a_change_of_every_field_once_the_triggers_are_dropped() {
    let environment = applied();
    let good = fs::read(environment.path(LEDGER)).unwrap();
    let columns = sqlite3(&environment, "SELECT name FROM pragma_table_info('entry')");
    let columns = columns.expect_success();
    assert_eq!(columns.lines().count(), 25);
    for column in columns.lines() {
        fs::write(environment.path(LEDGER), &good).unwrap();
        drop_triggers(&environment);
        // Another value of the same type, wherever the type has bytes.
        let sql = format!(
            "UPDATE entry SET {column} = CASE typeof({column})
               WHEN 'integer' THEN {column} + 1000
               WHEN 'blob' THEN randomblob(32)
               WHEN 'null' THEN 'x'
               ELSE {column} || ' ' END
             WHERE number = 7"
        );
        sqlite3(&environment, &sql).expect_success();
        let checked = environment.kubepki(&["ledger", "check"]);
        assert_eq!(checked.code, Some(3), "{column}: {checked:?}");
        let expected = match column {
            "id" | "chain" | "number" => "broken: row 7 of `hard-way` is missing",
            _ => "broken: row 7 of `hard-way` is not as it was recorded",
        };
        assert!(checked.stdout.contains(expected), "{column}: {checked:?}");
        assert!(checked.stdout.contains("the trigger `entry_is_final`"), "{checked:?}");
    }
}

#[test]
fn check_finds_removed_swapped_and_cut_rows() {
    let environment = applied();
    let good = fs::read(environment.path(LEDGER)).unwrap();
    let noted = environment.kubepki(&["ledger", "check"]).expect_success();
    let noted = noted.lines().find_map(|line| line.strip_prefix("head ")).unwrap();
    let rows = all(&environment).len();
    let cut = "DELETE FROM certificate WHERE id > 20; DELETE FROM entry WHERE number > 20;";
    let head = "UPDATE chain SET count = 20,
        hash = (SELECT hash FROM entry WHERE number = 20);";
    for (sql, expected) in [
        (
            "DELETE FROM certificate WHERE id = 7; DELETE FROM entry WHERE id = 7;",
            "row 7 of `hard-way` is missing".to_owned(),
        ),
        (
            "UPDATE entry SET id = -1, number = -1 WHERE number = 4;
             UPDATE entry SET id = 4, number = 4 WHERE number = 9;
             UPDATE entry SET id = 9, number = 9 WHERE number = -1;",
            "row 4 of `hard-way` is not as it was recorded, or not where it was".to_owned(),
        ),
        (cut, format!("{rows} were recorded, 20 are there")),
        ("DELETE FROM chain;", "row 1 is not as it was recorded".to_owned()),
        (&format!("{cut}{head}"), format!("row {rows} is missing")),
    ] {
        fs::write(environment.path(LEDGER), &good).unwrap();
        environment.kubepki(&["ledger", "check", "--head", noted]).expect_success();
        let triggers = drop_triggers(&environment);
        sqlite3(&environment, sql).expect_success();
        sqlite3(&environment, &triggers).expect_success();
        let checked = environment.kubepki(&["ledger", "check", "--head", noted]);
        assert_eq!(checked.code, Some(3), "{sql}: {checked:?}");
        assert!(checked.stdout.contains(&expected), "{sql}: {checked:?}");
        let json = environment.kubepki(&["ledger", "check", "--head", noted, "-o", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{json}");
    }
}

fn applied() -> Environment {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment
}

/// The rows of CSV are those of JSON, as Python's reader sees them.
#[test]
fn csv_holds_what_json_holds() {
    let environment = applied();
    let issue = ["issue", "user", "mia", "--group", "dev", "--group", "on \"call\""];
    let issue = [&issue[..], &["--as", "pem", "--output", "quoted"]].concat();
    environment.kubepki(&issue).expect_success();
    let csv = environment.kubepki(&["ledger", "list", "-o", "csv"]).expect_success();
    let script = "import csv, json, sys; json.dump(list(csv.DictReader(sys.stdin)), sys.stdout)";
    let mut python = programs::command("python3");
    python.args(["-c", script]);
    let read = programs::finish(python, csv.as_bytes()).expect_success();
    let read: Vec<serde_json::Value> = serde_json::from_str(&read).unwrap();
    let rows = all(&environment);
    assert_eq!(read.len(), rows.len());
    for (read, row) in read.iter().zip(&rows) {
        let fields = row.as_object().unwrap();
        assert_eq!(read.as_object().unwrap().len(), fields.len());
        for (name, value) in fields {
            let text = |value: &serde_json::Value| match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Null => String::new(),
                other => other.to_string(),
            };
            let expected = match value.as_array() {
                Some(values) => values.iter().map(text).collect::<Vec<_>>().join(";"),
                None => text(value),
            };
            assert_eq!(read[name], expected, "{name}");
        }
    }
    let one = environment.kubepki(&["ledger", "show", "1", "-o", "csv"]).expect_success();
    assert_eq!(one.lines().count(), 2);
    let none = environment.kubepki(&["ledger", "list", "--user", "nobody", "-o", "csv"]);
    assert_eq!(none.expect_success().lines().count(), 1);
}

fn all(environment: &Environment) -> Vec<serde_json::Value> {
    rows(&environment.kubepki(&["ledger", "list", "-o", "json"]).expect_success())
}

fn rows(json: &str) -> Vec<serde_json::Value> {
    let document: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(document["kind"], "Ledger");
    document["rows"].as_array().unwrap().clone()
}

fn sqlite3(environment: &Environment, sql: &str) -> Output {
    let ledger = environment.path(LEDGER).into_os_string();
    programs::run("sqlite3", ["-bail".into(), ledger, sql.into()])
}

/// Removes all triggers, and gives the statements that bring them back.
fn drop_triggers(environment: &Environment) -> String {
    let list = |what: &str| {
        let sql = format!("SELECT {what} || ';' FROM sqlite_schema WHERE type = 'trigger'");
        sqlite3(environment, &sql).expect_success()
    };
    let (drops, triggers) = (list("'DROP TRIGGER ' || name"), list("sql"));
    sqlite3(environment, &drops).expect_success();
    triggers
}

/// Every certificate below the root, those inside kubeconfigs as files of their own.
fn certificates(environment: &Environment) -> Vec<PathBuf> {
    let mut certificates = Vec::new();
    for (name, _, contents) in environment.snapshot() {
        let path = environment.path(&name);
        let text = String::from_utf8_lossy(&contents);
        if name.ends_with(".crt") && text.contains("BEGIN CERTIFICATE") {
            certificates.push(path);
        } else if let Some(data) =
            text.lines().find_map(|line| line.trim().strip_prefix("client-certificate-data: "))
        {
            let mut command = programs::command("openssl");
            command.args(["base64", "-d", "-A"]);
            let pem = programs::finish(command, data.as_bytes()).expect_success();
            let beside = path.with_extension("embedded");
            fs::write(&beside, pem).unwrap();
            certificates.push(beside);
        }
    }
    certificates
}

/// The serial number and the fingerprint as openssl prints them.
fn named(certificate: &Path) -> (String, String) {
    let said = x509(certificate, &["-serial", "-fingerprint", "-sha256"]);
    let value = |name: &str| {
        let line = said.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
        line.split_once('=').unwrap().1.to_owned()
    };
    (value("serial"), value("sha256 fingerprint"))
}

fn x509(certificate: &Path, options: &[&str]) -> String {
    let path = certificate.display().to_string();
    openssl::run(&[&["x509", "-noout", "-in", &path], options].concat()).expect_success()
}
