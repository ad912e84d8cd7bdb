//! `kubepki audit`: machines as kubeadm and the tutorial leave them, what is printed of them, and a
//! spreadsheet that another program reads.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::Path,
    process::Command,
    sync::OnceLock,
};

use kubepki_testkit::{
    machine,
    programs::{self, Output},
};
use serde_json::Value;
use tempfile::TempDir;

use crate::environment::Environment;

const APISERVER: &str = "node/etc/kubernetes/manifests/kube-apiserver.yaml";

#[test]
fn a_machine_of_kubeadm_passes() {
    let environment = node();
    let strict = audit(&environment, &["--strict"]);
    assert_eq!(strict.code, Some(3), "kubeadm's warnings: {}", strict.stderr);
    let output = audit(&environment, &[]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    assert!(output.stderr.contains("5 components, 31 files: 0 errors"), "{}", output.stderr);
    // Who uses the CA, in one place.
    let ca = output.stdout.split("\n/").find(|part| part.starts_with("etc/kubernetes/pki/ca.crt"));
    let ca = ca.unwrap();
    for line in [
        "CA certificate, rsa-2048 CN=kubernetes, self-signed",
        "<- kube-apiserver --client-ca-file\n",
        "<- kube-controller-manager --client-ca-file, --cluster-signing-cert-file,\n       \
         --root-ca-file\n",
        "<- kubelet authentication.x509.clientCAFile",
    ] {
        assert!(ca.contains(line), "{line:?} is not in {ca}");
    }
    // Only a path may be longer than a line.
    for line in output.stdout.lines().filter(|line| line.chars().count() > 80) {
        assert!(line.contains("/etc/kubernetes/") && !line.starts_with("kube"), "{line}");
    }
    assert!(!output.stdout.contains('\u{1b}'), "colour in a pipe");
}

#[test]
fn a_defect_is_an_exit_code_a_finding_and_a_mark_on_its_file() {
    let environment = node();
    environment.edit(APISERVER, "service-cluster-ip-range=10.32", "service-cluster-ip-range=10.96");
    let output = audit(&environment, &["-o", "json"]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(json["kind"], "Audit");
    assert_eq!(json["host"], "server");
    let findings = json["findings"].as_array().unwrap();
    let name = "service-address-not-in-certificate";
    let finding = findings.iter().find(|finding| finding["check"] == name).unwrap();
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["path"], "/etc/kubernetes/manifests/kube-apiserver.yaml");
    assert!(finding["what"].as_str().unwrap().contains("not 10.96.0.1"), "{finding}");
    let files = json["files"].as_array().unwrap();
    let file = files.iter().find(|it| it["path"] == "/etc/kubernetes/pki/apiserver.crt").unwrap();
    assert_eq!(file["findings"], serde_json::json!([name]));
    assert_eq!(file["mode"], "0644");
    assert_eq!(file["uses"][0]["role"], "serving certificate");
    assert_eq!(file["holds"][0]["issuer"], "CN=kubernetes");
    let yaml = audit(&environment, &["-o", "yaml"]);
    assert_eq!(yaml.code, Some(3));
    assert!(yaml.stdout.starts_with("apiVersion: kubepki/v1alpha1\n"), "{}", yaml.stdout);
}

#[test]
fn the_tutorials_server_is_told_what_everybody_stumbles_over() {
    let environment = Environment::new();
    machine::tutorial_server(&environment.path("node"));
    let output = audit(&environment, &[]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    for text in [
        "error service-range-unset\n",
        "  * /etc/systemd/system/kube-apiserver.service:5 (--service-cluster-ip-range):\n    \
         kube-apiserver has no `--service-cluster-ip-range`\n",
        "error service-address-not-in-certificate\n",
        "10.0.0.1, the\n    first of the network that is taken without",
        "warning etcd-plaintext-local\n",
        "  CIS:  2.1\n",
    ] {
        assert!(output.stdout.contains(text), "{text:?} is not in\n{}", output.stdout);
    }
}

/// openpyxl is not ours, and neither is its idea of a date.
#[test]
fn the_spreadsheet_is_read_back_by_another_program() {
    let environment = node();
    environment.edit(APISERVER, "    - --service-cluster-ip-range=10.32.0.0/24\n", "");
    let output = audit(&environment, &["-o", "xlsx", "--out", "audit.xlsx"]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    assert_eq!(output.stdout, "");
    let path = environment.path("audit.xlsx");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let book = sheets(&path);

    let certificates = book["Certificates"]["rows"].as_array().unwrap();
    assert_eq!(book["Certificates"]["frozen"], "A2");
    let filter = format!("A1:P{}", certificates.len());
    assert_eq!(book["Certificates"]["filter"], filter.as_str());
    assert_eq!(book["Certificates"]["rules"], 2);
    let heading: Vec<_> = cells(&certificates[0]);
    assert_eq!(heading[..6], ["Host", "Path", "Holds", "Component", "Flag", "Subject"]);
    let apiserver = certificates
        .iter()
        .find(|row| row[1] == "/etc/kubernetes/pki/apiserver.crt")
        .map(cells)
        .unwrap();
    let column = |name: &str| {
        apiserver[heading.iter().position(|heading| heading == name).unwrap()].as_str()
    };
    assert_eq!(column("Host"), "server");
    assert_eq!(column("Component"), "kube-apiserver");
    assert_eq!(column("Flag"), "--tls-cert-file");
    assert_eq!(column("Subject"), "CN=kube-apiserver");
    assert_eq!(column("Mode"), "0644");
    assert!(column("SANs").contains("10.32.0.1"), "{}", column("SANs"));
    assert!(column("Findings").contains("service-address-not-in-certificate"));
    assert_eq!(column("Days left"), "364");
    // What openssl says, as a cell that is a date.
    let mut openssl = programs::command("openssl");
    openssl.args(["x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in"]);
    openssl.arg(environment.path("node/etc/kubernetes/pki/apiserver.crt"));
    let end = programs::finish(openssl, b"").expect_success();
    let end = end.trim().strip_prefix("notAfter=").unwrap().trim_end_matches('Z');
    assert_eq!(column("Not after"), format!("date {end}"));
    assert_eq!(book["Certificates"]["formulas"].as_array().unwrap().len(), 0);

    let components = book["Components"]["rows"].as_array().unwrap();
    let flags = components.iter().filter(|row| row[1] == "kube-scheduler");
    assert_eq!(flags.count(), 3);
    let findings = book["Findings"]["rows"].as_array().unwrap();
    assert_eq!(findings[1][1], "error");

    // Without a moment the days are counted when the file is opened; with one they stand.
    let certificates = certificates.iter().filter(|row| row[12] != "" && row[12] != "Days left");
    assert_eq!(book["Certificates"]["counted"], certificates.count());
    let arguments = ["-o", "xlsx", "--out", "audit.xlsx", "--at", "2040-01-01"];
    assert_eq!(audit(&environment, &arguments).code, Some(2), "it exists");
    let arguments = [&arguments[..], &["--overwrite"]].concat();
    assert_eq!(audit(&environment, &arguments).code, Some(3));
    let book = sheets(&path);
    assert_eq!(book["Certificates"]["counted"], 0);
    let rows = book["Certificates"]["rows"].as_array().unwrap();
    let apiserver = rows.iter().find(|row| row[1] == "/etc/kubernetes/pki/apiserver.crt").unwrap();
    assert!(apiserver[12].as_str().unwrap().starts_with('-'), "{apiserver}");
}

/// Everything of kubeadm's is over one day, and the CAs nine years later.
#[test]
fn a_later_day_is_looked_at() {
    let environment = node();
    let output = audit(&environment, &["--at", "2030-01-01"]);
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    let apiserver = output.stdout.split("\n/").find(|it| it.contains("pki/apiserver.crt "));
    let apiserver = apiserver.unwrap();
    assert!(
        apiserver.contains("EXPIRED ") && apiserver.contains("!! error: expired"),
        "{apiserver}"
    );
}

#[test]
fn csv_has_the_cells_of_the_first_sheet() {
    let environment = node();
    let output = audit(&environment, &["-o", "csv", "--at", "2026-12-01"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let script = "import csv, json, sys; print(json.dumps(list(csv.reader(sys.stdin))))";
    let mut python = Command::new(programs::pkilint_python());
    python.args(["-c", script]);
    let rows: Value =
        serde_json::from_str(&programs::finish(python, output.stdout.as_bytes()).expect_success())
            .unwrap();
    let rows = rows.as_array().unwrap();
    assert!(rows.iter().all(|row| row.as_array().unwrap().len() == 16));
    let apiserver = rows.iter().find(|row| row[1] == "/etc/kubernetes/pki/apiserver.crt").unwrap();
    assert_eq!(apiserver[5], "CN=kube-apiserver");
    assert_eq!(apiserver[13], "0644");
}

/// A certificate's names are whoever's asked for it: no formula, and nothing that moves a cursor.
#[test]
fn names_in_certificates_do_no_harm() {
    let environment = node();
    let key = environment.path("node/etc/kubernetes/pki/evil.key");
    let mut openssl = programs::command("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "30", "-utf8"]);
    openssl.args(["-subj", "/CN=\u{1b}[2J=HYPERLINK(0)"]).arg("-keyout").arg(&key);
    openssl.arg("-out").arg(key.with_extension("crt"));
    programs::finish(openssl, b"").expect_success();
    for format in ["table", "csv", "json", "yaml"] {
        let output = audit(&environment, &["-o", format]);
        assert!(output.stdout.contains("HYPERLINK"), "{format}: {}", output.stderr);
        assert!(!output.stdout.contains('\u{1b}'), "{format}");
    }
    let output = audit(&environment, &["-o", "xlsx", "--out", "a.xlsx", "--at", "2026-12-01"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let book = sheets(&environment.path("a.xlsx"));
    assert_eq!(book["Certificates"]["formulas"].as_array().unwrap().len(), 0);
}

#[test]
fn what_cannot_be_read_makes_the_audit_incomplete() {
    let environment = node();
    environment.write("node/etc/kubernetes/manifests/broken.yaml", "kind: Pod\nspec: [\n");
    let output = audit(&environment, &[]);
    assert_eq!(output.code, Some(1));
    let warning = "warning: cannot read `/etc/kubernetes/manifests/broken.yaml`: ";
    assert!(output.stderr.contains(warning), "{}", output.stderr);
    assert!(output.stderr.contains("\nhint: "), "{}", output.stderr);
    assert!(output.stdout.contains("/etc/kubernetes/pki/ca.crt"), "the rest is shown");
}

/// Without root's power some files stay closed: each is named once with its users, the rest is
/// shown, and nobody is told that all is well.
#[test]
fn a_stranger_is_told_what_he_may_not_read() {
    let environment = node();
    for path in ["", "node"] {
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(environment.path(path), mode).unwrap();
    }
    let shut = [
        "etc/kubernetes/admin.conf",
        "etc/kubernetes/controller-manager.conf",
        "etc/kubernetes/pki/etcd/ca.key",
        "etc/kubernetes/pki/etcd/server.key",
        "etc/kubernetes/pki/sa.key",
    ];
    for path in shut {
        let path = environment.path("node").join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let manifests = environment.path("node/etc/kubernetes/manifests");
    for entry in fs::read_dir(manifests).unwrap() {
        let mode = fs::Permissions::from_mode(0o644);
        fs::set_permissions(entry.unwrap().path(), mode).unwrap();
    }
    let output = programs::finish(stranger(&environment, &["audit", "--root", "node", "-v"]), b"");
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    assert!(output.stderr.contains("error: the audit is incomplete: "), "{}", output.stderr);
    assert!(output.stderr.contains("\nhint: run it as root"), "{}", output.stderr);
    assert!(output.stdout.contains("warning file-unreadable\n"), "{}", output.stdout);
    let words: Vec<_> = output.stdout.split_whitespace().collect();
    let words = words.join(" ");
    for path in shut {
        assert_eq!(words.matches(&format!("* /{path}: ")).count(), 1, "{path}: {words}");
    }
    let users = "; it is kube-apiserver's `--service-account-signing-key-file`, and \
                 kube-controller-manager's `--service-account-private-key-file` *";
    assert!(words.contains(users), "{words}");
    assert!(output.stdout.contains("<- kube-apiserver --client-ca-file\n"), "{}", output.stdout);
    let arguments = ["audit", "--root", "node", "-o", "json", "--strict"];
    let output = programs::finish(stranger(&environment, &arguments), b"");
    assert_eq!(output.code, Some(3), "{}", output.stderr);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    let unread: Vec<_> = json["unread"].as_array().unwrap().iter().map(|it| &it["path"]).collect();
    assert!(shut.iter().all(|path| unread.iter().any(|it| **it == format!("/{path}"))), "{json}");
}

/// The command without root's power over all files, in a copy that others may run.
fn stranger(environment: &Environment, arguments: &[&str]) -> Command {
    let command = environment.command(arguments);
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return command;
    }
    let program = environment.path("kubepki");
    fs::copy(command.get_program(), &program).unwrap();
    let mut dropped = programs::command("setpriv");
    dropped.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program);
    dropped.args(arguments).current_dir(environment.root()).env_clear();
    dropped
}

#[test]
fn wrong_use_is_refused_with_a_hint() {
    let environment = Environment::new();
    fs::create_dir(environment.path("empty")).unwrap();
    fs::create_dir_all(environment.path("light/var/lib/rancher/k3s/server/tls")).unwrap();
    for (arguments, word) in [
        (&["audit", "-o", "xlsx"][..], "needs a file"),
        (&["audit", "--root", "nowhere"], "no such folder"),
        (&["audit", "--root", "empty"], "no Kubernetes component starts there"),
        (&["audit", "--root", "light"], "`kubepki verify light/var/lib/rancher/k3s/server/tls`"),
        (&["audit", "--at", "tomorrow"], "write a day"),
    ] {
        let output = environment.kubepki(arguments);
        assert_eq!(output.code, Some(2), "{arguments:?}: {}", output.stderr);
        assert!(output.stderr.contains(word), "{}", output.stderr);
        assert!(output.stderr.contains("hint: "), "{}", output.stderr);
    }
}

fn audit(environment: &Environment, more: &[&str]) -> Output {
    let arguments = [&["audit", "--root", "node"][..], more].concat();
    environment.kubepki(&arguments)
}

/// An environment with a copy of the one machine of kubeadm's that is made, in `node`.
fn node() -> Environment {
    static NODE: OnceLock<TempDir> = OnceLock::new();
    let original = NODE.get_or_init(|| {
        let root = tempfile::tempdir().unwrap();
        machine::kubeadm_node(root.path());
        root
    });
    let environment = Environment::new();
    fs::create_dir(environment.path("node")).unwrap();
    machine::copy_of(original.path(), &environment.path("node"));
    environment
}

fn cells(row: &Value) -> Vec<String> {
    row.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
}

/// Every sheet of a workbook: its cells as texts, and what a reader makes of it.
fn sheets(path: &Path) -> Value {
    const SCRIPT: &str = "
import datetime, json, sys, openpyxl
def text(value):
    if isinstance(value, datetime.datetime):
        return 'date ' + value.isoformat(' ', 'seconds')
    return '' if value is None else str(value)
book = openpyxl.load_workbook(sys.argv[1], data_only=True)
live = openpyxl.load_workbook(sys.argv[1])
print(json.dumps({sheet.title: {
    'frozen': sheet.freeze_panes,
    'filter': sheet.auto_filter.ref,
    'rules': sum(len(it.rules) for it in sheet.conditional_formatting),
    'rows': [[text(cell.value) for cell in row] for row in sheet],
    'formulas': [cell.value for row in live[sheet.title] for cell in row
                 if cell.data_type == 'f' and not cell.value.startswith('=INT(L')],
    'counted': sum(cell.data_type == 'f' for row in live[sheet.title] for cell in row),
} for sheet in book}))
";
    let mut python = Command::new(programs::pkilint_python());
    python.arg("-c").arg(SCRIPT).arg(path);
    serde_json::from_str(&programs::finish(python, b"").expect_success()).unwrap()
}
