//! Files that are no part of a PKI, or a broken one: named, and the rest is described.

use kubepki_ca::KeyAlgorithm;
use kubepki_cluster::{
    KeyPair,
    adopt::{AdoptError, AdoptOptions},
};

use super::{
    Folder,
    folder::{client, signed},
    left_out,
};

#[test]
fn without_a_ca_there_is_nothing_to_adopt_and_the_notes_say_why() {
    let error = Folder::default().try_adopt(AdoptOptions::default()).unwrap_err();
    assert_eq!(error, AdoptError::NoAuthority { notes: vec![] });
    let mut folder = Folder::kubeadm();
    folder.put("pki/ca.crt", "");
    folder.put("pki/etcd/ca.crt", "no certificate");
    let error = folder.try_adopt(AdoptOptions::default()).unwrap_err();
    let AdoptError::NoAuthority { notes } = error else { panic!("{error}") };
    let notes = left_out(&notes);
    assert!(notes.contains(&("pki/ca.crt", "it is empty")), "{notes:?}");
    assert!(notes.contains(&("pki/etcd/ca.crt", "it is no PEM text")), "{notes:?}");
}

#[test]
fn broken_files_are_named_and_the_rest_is_described() {
    let mut folder = Folder::kubeadm();
    let der = kubepki_cluster::Certificate::from_pem(folder.read("pki/ca.crt").as_bytes()).unwrap();
    folder.put("pki/der.crt", der.der());
    folder.put("pki/empty.crt", "");
    folder.put("pki/cut.crt", &folder.read("pki/ca.crt")[..200]);
    folder.put("pki/notes.txt", "ca.key is in the safe");
    folder.put(
        "pki/x.csr",
        "-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n",
    );
    let locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n";
    folder.put_private("pki/locked.key", locked);
    let adopted = folder.adopt();
    assert_eq!(adopted.defects(), [""; 0]);
    let left_out = adopted.left_out();
    let paths: Vec<_> = left_out.iter().map(|(path, _)| *path).collect();
    assert_eq!(paths, ["pki/cut.crt", "pki/der.crt", "pki/empty.crt", "pki/locked.key"]);
    assert!(left_out[1].1.contains("DER"), "{left_out:?}");
    assert!(left_out[3].1.contains("encrypted"), "{left_out:?}");
}

#[test]
fn lines_may_end_as_on_windows() {
    let mut folder = Folder::kubeadm();
    for file in
        ["pki/ca.crt", "pki/ca.key", "pki/apiserver.crt", "pki/apiserver.key", "scheduler.conf"]
    {
        folder.put_private(file, folder.read(file).replace('\n', "\r\n"));
    }
    let adopted = folder.adopt();
    assert_eq!((adopted.defects(), adopted.left_out()), (vec![], vec![]));
}

#[test]
fn one_bad_file_of_ten_thousand_is_named_and_the_rest_is_described() {
    let mut folder = Folder::default();
    let ca = folder.authority("ca", "kubernetes");
    // One key for all, for the sake of time; the pairs are told apart by their names.
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    for number in 0..5000 {
        let name = format!("c{number}");
        folder.put(&format!("{name}.crt"), signed(&ca, &client(&name, &[]), &key));
        folder.put_private(&format!("{name}.key"), key.to_pem().to_string());
    }
    folder.put("c7.crt", "broken");
    let adopted = folder.adopt();
    assert_eq!(adopted.spec.custom.entries.len(), 4999);
    let left_out = adopted.left_out();
    assert_eq!(left_out[0], ("c7.crt", "it is no PEM text"));
    assert_eq!(left_out[1].0, "c7.key");
    assert_eq!(left_out.len(), 2);
    assert_eq!(adopted.defects(), [""; 0]);
}

/// A spec has at most 1 MiB, and the one that is too large is no spec.
#[test]
fn more_than_a_spec_holds_is_refused() {
    let mut folder = Folder::default();
    let ca = folder.authority("ca", "kubernetes");
    let long = "x".repeat(255);
    for number in 0..400 {
        folder.pair(
            &ca,
            &format!("{long}/{long}/{long}/{long}/{long}/{number}"),
            &client("c", &[]),
        );
    }
    let error = folder.try_adopt(AdoptOptions::default()).unwrap_err();
    let AdoptError::Spec { source, .. } = error else { panic!("{error}") };
    assert!(source.message().contains("bytes are too many"), "{source}");
}
