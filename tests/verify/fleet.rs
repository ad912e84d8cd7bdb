//! A CA of more than a thousand certificates, whose signatures are verified many at a time: each
//! that it did not make is found among those that it made.

use std::{fmt::Write as _, fs, ops::Range, path::Path};

use kubepki_testkit::openssl;

use super::json;
use crate::environment::Environment;

/// A fleet of these workers, with CAs of its own.
fn fleet(workers: Range<usize>) -> Environment {
    let mut spec = "apiVersion: kubepki/v1alpha1
kind: Cluster
name: fleet
endpoint: api.fleet.example:6443
serviceCIDRs: [10.32.0.0/16]
hosts:
- {name: server, roles: [control-plane, etcd], addresses: [10.0.0.1]}
"
    .to_owned();
    for worker in workers {
        let (high, low) = (worker / 256, worker % 256);
        writeln!(spec, "- {{name: n{worker}, roles: [worker], addresses: [10.1.{high}.{low}]}}")
            .unwrap();
    }
    let environment = Environment::of_spec(&spec);
    environment.apply();
    environment
}

fn serving(worker: usize) -> String {
    format!("hosts/n{worker}/var/lib/kubelet/pki/kubelet.crt")
}

/// Flips a bit of a certificate's DER, at its end or so far behind its beginning.
fn flip(file: &Path, at: Option<usize>) {
    let der = file.with_extension("der");
    let (file, as_der) = (file.to_str().unwrap(), der.to_str().unwrap());
    openssl::run(&["x509", "-in", file, "-outform", "DER", "-out", as_der]).expect_success();
    let mut octets = fs::read(&der).unwrap();
    let at = at.unwrap_or(octets.len() - 1);
    octets[at] ^= 1;
    fs::write(&der, octets).unwrap();
    openssl::run(&["x509", "-inform", "DER", "-in", as_der, "-out", file]).expect_success();
    fs::remove_file(der).unwrap();
}

#[test]
fn what_the_ca_did_not_sign_is_found_among_what_it_signed() {
    let environment = fleet(0..360);
    let (document, code) = json(&environment, &["--strict"]);
    assert_eq!((document["findings"].as_array().unwrap().len(), code), (0, 0), "{document:#}");
    flip(&environment.path(&serving(7)), None);
    // Within the serial number.
    flip(&environment.path(&serving(42)), Some(20));
    // A CA of the same name, and another key.
    let impostor = fleet(359..360);
    for file in [serving(359), serving(359).replace(".crt", ".key")] {
        fs::copy(impostor.path(&file), environment.path(&file)).unwrap();
    }
    let (document, code) = json(&environment, &[]);
    let findings = document["findings"].as_array().unwrap();
    let mut found: Vec<_> = findings
        .iter()
        .map(|finding| (finding["check"].as_str().unwrap(), finding["path"].as_str().unwrap()))
        .collect();
    found.sort_unstable();
    let expected: Vec<_> = [359, 42, 7].map(serving).into();
    let expected: Vec<_> =
        expected.iter().map(|file| ("same-name-other-key", file.as_str())).collect();
    assert_eq!((found, code), (expected, 3));
}
