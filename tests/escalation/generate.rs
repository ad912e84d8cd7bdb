//! Writes the requests of this folder: `cargo run -p kubepki-testkit --example escalation`.
//! Every octet is put together here, for no library would write most of it.

#![allow(clippy::disallowed_methods, reason = "it writes the files beside it")]
#![allow(clippy::unwrap_used, reason = "a generator that fails has to stop")]

mod bytes;
mod identities;
mod keys;
mod names;
mod requests;

use std::{fs, path::Path};

use requests::Case;

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/escalation");
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "csr") {
            fs::remove_file(path).unwrap();
        }
    }
    let cases: Vec<Case> =
        [identities::cases(), names::cases(), keys::cases()].into_iter().flatten().collect();
    for case in &cases {
        let path = folder.join(format!("{}.csr", case.name));
        assert!(!path.exists(), "two cases are called {}", case.name);
        let Case { what, profile, expect, text, .. } = case;
        let header = format!("what: {what}\nprofile: {profile}\nexpect: {expect}\n\n");
        fs::write(path, [header.as_bytes(), text].concat()).unwrap();
    }
}
