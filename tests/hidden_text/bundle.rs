//! Bundles: the names of entries, and every text of the manifest.

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;

use super::*;

#[test]
fn no_text_of_a_bundle_reaches_the_terminal() {
    let environment = Environment::new();
    fs::create_dir(environment.path("machine")).unwrap();
    let mut found = Found::default();
    let name = hostile("n");
    let file = json!({
        "path": "etc/a", "mode": "0644", "owner": "root:root", "size": 1, "entry": "a",
        "sha256": "0".repeat(64), "readers": ["kubelet"], "purpose": "a", "kind": "certificate",
    });
    let manifest = json!({
        "apiVersion": "kubepki/v1alpha1", "kind": "HostBundle", "cluster": "c", "host": "h",
        "authorities": {}, "files": [file],
    });
    let places = [
        "/apiVersion",
        "/kind",
        "/cluster",
        "/host",
        "/files/0/path",
        "/files/0/mode",
        "/files/0/owner",
        "/files/0/entry",
        "/files/0/sha256",
        "/files/0/readers/0",
        "/files",
    ];
    for place in places {
        let mut manifest = manifest.clone();
        *manifest.pointer_mut(place).unwrap() = Value::from(name.clone());
        install(
            &environment,
            &mut found,
            &[("kubepki-manifest.json", &manifest.to_string()), ("etc/a", "x")],
        );
    }
    let mut unknown = manifest.clone();
    unknown[&name] = Value::from(1);
    install(&environment, &mut found, &[("kubepki-manifest.json", &unknown.to_string())]);
    install(&environment, &mut found, &[("kubepki-manifest.json", &name)]);
    install(&environment, &mut found, &[(&name, "x")]);
    install(
        &environment,
        &mut found,
        &[("kubepki-manifest.json", &manifest.to_string()), (&name, "x")],
    );
    environment.write("bundle.tgz", &name);
    found.run(&environment, &["host", "install", "bundle.tgz", "--root=machine"]);
    found.finish(30);
}

fn install(environment: &Environment, found: &mut Found, entries: &[(&str, &str)]) {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, contents) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_size(contents.len() as u64);
        header.set_cksum();
        tar.append(&header, contents.as_bytes()).unwrap();
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&tar.into_inner().unwrap()).unwrap();
    fs::write(environment.path("bundle.tgz"), gzip.finish().unwrap()).unwrap();
    for format in ["text", "json"] {
        let args = ["host", "install", "bundle.tgz", "--root=machine", "--dry-run", "-o", format];
        found.run(environment, &args);
    }
}
