//! The fields of what programs read: every verb that prints a document, in every format. The golden
//! files have each field's path and the kind of its values, so that a field that is renamed, lost or
//! of another kind is seen, and a sentence that is said better is not.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use kubepki_testkit::programs;
use serde_json::Value;

use crate::{
    clock,
    environment::Environment,
    golden,
    stdout::{self, document_calls},
};

/// A call whose documents have fields that the calls of `stdout` do not show.
struct Case {
    name: &'static str,
    args: &'static [&'static str],
    formats: &'static [&'static str],
}

const fn case(
    name: &'static str,
    args: &'static [&'static str],
    formats: &'static [&'static str],
) -> Case {
    Case { name, args, formats }
}

const BOTH: &[&str] = &["json", "yaml"];

/// Each changes nothing, so that every format shows the same.
const TROUBLE: &[Case] = &[
    case("plan", &["plan"], BOTH),
    case("apply", &["apply", "--dry-run"], BOTH),
    case("renew", &["renew", "--all", "--dry-run"], BOTH),
    case("status", &["status"], &["json", "yaml", "csv", "kubeadm", "prometheus"]),
    case(
        "status elsewhere",
        &[
            "status",
            "--path=adopted",
            "--path=machine",
            "--kubeconfig=users/admin.conf",
            "--endpoint=127.0.0.1:1",
        ],
        &["json", "yaml", "csv", "kubeadm", "prometheus"],
    ),
    case("renew custom", &["renew", "--all", "--dry-run", "--dir=foreign"], BOTH),
    case("verify", &["verify"], &["json", "sarif", "junit"]),
    case(
        "verify trust",
        &["verify", "c.crt", "--trust=ca.crt", "--for=client"],
        &["json", "sarif", "junit"],
    ),
    case("verify explain", &["verify", "--explain=all"], &["json"]),
    case("audit", &["audit", "--root=machine"], &["json", "yaml", "csv"]),
    case(
        "inspect",
        &["inspect", "ca.crt", "c.crt", "c.key", "jane.csr", "users/admin.conf", "kim.p12", "gone"],
        BOTH,
    ),
    case("kubeconfig check", &["kubeconfig", "check", "--kubeconfig=users/jane.conf"], &["json"]),
    case("kubeconfig view", &["kubeconfig", "view", "--kubeconfig=users/jane.conf"], BOTH),
    case("undo", &["undo", "--dry-run", "--danger-remove-authorities", "--overwrite"], BOTH),
    case("undo list", &["undo", "--list"], BOTH),
    case("ledger find nobody", &["ledger", "list", "--user=nobody"], &["json", "yaml", "csv"]),
    case("rotate encryption-key", &["rotate", "encryption-key", "add", "--dry-run"], BOTH),
    case("host install", &["host", "install", "bundle.tgz", "--dry-run", "--root=installed"], BOTH),
    case(
        "history prune",
        &["history", "prune", "--dry-run", "--older-than=1d", "--danger-encryption-keys"],
        BOTH,
    ),
];

#[test]
fn programs_find_the_same_fields() {
    let environment = stdout::prepared();
    let mut text = String::new();
    for (verb, args, formats) in document_calls() {
        record(&mut text, &environment, verb, args, &formats);
    }
    golden::check("fields/usual.txt", &text);
}

#[test]
fn programs_find_the_same_fields_of_what_is_wrong() {
    let environment = stdout::prepared();
    spoil(&environment);
    let mut text = String::new();
    for Case { name, args, formats } in TROUBLE {
        let formats: Vec<_> = formats.iter().map(|format| (*format).to_owned()).collect();
        record(&mut text, &environment, name, args, &formats);
    }
    golden::check("fields/trouble.txt", &text);
}

/// What changes files has a root of its own for each format.
#[test]
fn programs_find_the_same_fields_of_what_is_done() {
    let mut text = String::new();
    for name in ["apply", "renew", "undo", "history prune", "host install", "rotate encryption-key"]
    {
        let shapes = ["json", "yaml"].map(|format| {
            let environment = stdout::prepared();
            let edit = |was: &str, now: &str| environment.edit("cluster.yaml", was, now);
            edit("apiserverSANs: []", "apiserverSANs: [api.example.com]");
            let args: &[&str] = match name {
                "apply" => &["apply"],
                "renew" => &["renew", "--all"],
                "undo" => {
                    environment.apply();
                    &["undo"]
                }
                "history prune" => {
                    environment.apply();
                    &["history", "prune", "--older-than=1d"]
                }
                "host install" => &["host", "install", "bundle.tgz", "--root=installed"],
                _ => &["rotate", "encryption-key", "add"],
            };
            let args = [args, &["-o", format]].concat();
            fields_of(&printed(&environment, "2028-01-01 00:00:00", &args), format)
        });
        assert_eq!(shapes[0], shapes[1], "{name}: JSON and YAML differ");
        assert!(!shapes[0].contains("EMPTY"), "{name} has an empty text:\n{}", shapes[0]);
        text += &format!("## {name} -o json, yaml\n{}\n", shapes[0]);
    }
    golden::check("fields/done.txt", &text);
}

/// Prints the fields of a call in each format; formats of the same fields once.
fn record(
    text: &mut String,
    environment: &Environment,
    name: &str,
    args: &[&str],
    formats: &[String],
) {
    let mut shapes: Vec<(String, Vec<&str>)> = Vec::new();
    for format in formats {
        let args = [args, &["-o", format]].concat();
        let shape = fields_of(&printed(environment, "2027-01-01 00:00:00", &args), format);
        match shapes.iter_mut().find(|(other, _)| *other == shape) {
            Some((_, formats)) => formats.push(format),
            None => shapes.push((shape, vec![format])),
        }
    }
    for (shape, formats) in shapes {
        // What is not there is null or left out.
        assert!(!shape.contains("EMPTY"), "{name} {formats:?} has an empty text:\n{shape}");
        *text += &format!("## {name} -o {}\n{shape}\n", formats.join(", "));
    }
}

fn printed(environment: &Environment, time: &str, args: &[&str]) -> String {
    let output =
        programs::finish(clock::at(time, &stdout::command(environment, args, "", false)), b"");
    // What is refused or found is printed all the same.
    assert!(!output.stdout.is_empty(), "{args:?}: {}", output.stderr);
    output.stdout
}

/// Every kind of trouble that one root can have.
fn spoil(environment: &Environment) {
    let foreign = ["machine", "foreign"].map(|name| environment.path(name).into_os_string());
    programs::run("cp", ["-r".into(), foreign[0].clone(), foreign[1].clone()]).expect_success();
    assert!(matches!(environment.kubepki(&["adopt", "foreign"]).code, Some(0 | 3)));
    let sealed = ["issue", "user", "kim", "--as=pkcs12", "--passphrase-file=pw"];
    environment.kubepki(&sealed).expect_success();
    environment.edit("cluster.yaml", "apiserverSANs: []", "apiserverSANs: [api.example.com]");
    environment.edit("cluster.yaml", "keyAlgorithm: ecdsa-p256", "keyAlgorithm: ecdsa-p384");
    fs::remove_file(environment.path("authorities/ca.key")).unwrap();
    fs::remove_file(environment.path("users/admin.conf")).unwrap();
    fs::copy(environment.path("c.key"), environment.path("authorities/etcd-ca.key")).unwrap();
    let jane =
        environment.read("users/jane.conf").replace("current-context: ", "current-context: x");
    environment.write("users/jane.conf", &jane);
    environment.write("users/admin.conf", "[");
    environment.write("machine/etc/etcd/ca.crt", "x");
}

/// The fields of a document, one a line, sorted: the path, and the kinds of its values.
fn fields_of(text: &str, format: &str) -> String {
    let lines: BTreeSet<String> = match format {
        "csv" => text.lines().take(1).map(str::to_owned).collect(),
        "prometheus" => metrics(text),
        "junit" => elements(text),
        _ => {
            let value: Value = match format {
                "yaml" => serde_yaml::from_str(text).unwrap(),
                _ => serde_json::from_str(text).unwrap(),
            };
            let mut fields = BTreeMap::new();
            walk(&value, "", &mut fields);
            let line = |(path, kinds): (String, BTreeSet<String>)| {
                let kinds: Vec<_> = kinds.into_iter().collect();
                format!("{path}: {}", kinds.join(" | "))
            };
            fields.into_iter().map(line).collect()
        }
    };
    lines.into_iter().map(|line| line + "\n").collect()
}

fn walk(value: &Value, path: &str, fields: &mut BTreeMap<String, BTreeSet<String>>) {
    let kind = match value {
        Value::Array(items) => {
            items.iter().for_each(|item| walk(item, &format!("{path}[]"), fields));
            "list".to_owned()
        }
        Value::Object(map) => {
            let dot = if path.is_empty() { "" } else { "." };
            map.iter().for_each(|(name, value)| walk(value, &format!("{path}{dot}{name}"), fields));
            "map".to_owned()
        }
        Value::String(text) if ["apiVersion", "kind"].contains(&path) => format!("\"{text}\""),
        Value::String(text) if text.is_empty() => "EMPTY".to_owned(),
        // The name of a transaction is a text all the same.
        Value::String(text) if text.contains(':') && text.parse::<jiff::Timestamp>().is_ok() => {
            "time".to_owned()
        }
        Value::String(_) => "text".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::Bool(_) => "bool".to_owned(),
        Value::Null => "null".to_owned(),
    };
    // Of several verbs in one second none is named, and how fast a machine is makes no field.
    let is_by_chance = ["pruned[].verb", "transactions[].verb"].contains(&path);
    if !path.is_empty() && !is_by_chance {
        fields.entry(path.to_owned()).or_default().insert(kind);
    }
}

/// Each metric with the names of its labels.
fn metrics(text: &str) -> BTreeSet<String> {
    let metric = |line: &str| {
        let (name, rest) = line.split_once(['{', ' ']).unwrap();
        let labels = rest.split("\",").filter_map(|label| label.split_once("=\""));
        let labels: BTreeSet<_> = labels.map(|(label, _)| label).collect();
        format!("{name} {}", labels.into_iter().collect::<Vec<_>>().join(" ")).trim().to_owned()
    };
    text.lines().filter(|line| !line.starts_with('#')).map(metric).collect()
}

/// Each element of XML with the names of its attributes.
fn elements(text: &str) -> BTreeSet<String> {
    let element = |part: &str| {
        let (tag, _) = part.split_once('>')?;
        let attributes = tag.split("=\"").filter_map(|it| it.rsplit(' ').next());
        let mut words: Vec<_> = tag.split([' ', '/']).take(1).collect();
        words.extend(attributes.take(tag.matches("=\"").count()));
        (!tag.starts_with(['/', '?'])).then(|| words.join(" "))
    };
    text.split('<').filter_map(element).collect()
}
