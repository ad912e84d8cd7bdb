//! What was inspected, as text for people.

use kubepki_inspect::view::{PrivateKeyView, RequestView, RevocationListView, View};

use super::{Inspected, certificate, kubeconfig, page::Page};
use crate::context::Context;

pub(super) fn print(all: &[Inspected], context: &mut Context) {
    let mut is_first = true;
    for inspected in all {
        let count = inspected.items.len();
        for (index, item) in inspected.items.iter().enumerate() {
            if !std::mem::take(&mut is_first) {
                context.printer.print("");
            }
            let number = match count {
                1 => String::new(),
                _ => format!(", {} of {count}", index + 1),
            };
            let protocol = inspected.protocol.filter(|_| index == 0);
            let protocol = protocol.map_or_else(String::new, |it| format!(" over {it}"));
            let source = &inspected.source;
            context.printer.heading(&format!("{source}{number}: {}{protocol}", what(item)));
            let mut page = Page::default();
            put(&mut page, item);
            page.0.into_iter().for_each(|line| context.printer.print(line));
        }
    }
}

fn what(item: &View) -> &str {
    match item {
        View::Certificate(view) => &view.what,
        View::CertificateRequest(_) => "a certificate request",
        View::Kubeconfig(_) => "a kubeconfig",
        View::Pkcs12 => "a PKCS#12 container",
        View::Pkcs7 => "a PKCS#7 structure",
        View::PrivateKey(_) => "a private key",
        View::PublicKey(_) => "a public key",
        View::RevocationList(_) => "a revocation list",
        _ => "something else",
    }
}

fn put(page: &mut Page, item: &View) {
    match item {
        View::Certificate(view) => certificate::put(page, view),
        View::CertificateRequest(view) => put_request(page, view),
        View::Kubeconfig(view) => kubeconfig::put(page, view),
        View::PrivateKey(view) => put_private_key(page, view),
        View::PublicKey(key) => certificate::put_key(page, key, false),
        View::RevocationList(view) => put_list(page, view),
        View::Pkcs12 => {
            page.row("sealed", "name the file with its passphrase by `--passphrase-file`");
        }
        _ => {}
    }
}

fn put_request(page: &mut Page, view: &RequestView) {
    page.row("subject", if view.subject.is_empty() { "none" } else { &view.subject });
    certificate::put_identity(page, view.identity.as_ref());
    page.rows("meaning", &view.meaning);
    page.list("names", &view.subject_alt_names);
    page.rows("asks for", &view.wishes);
    certificate::put_key(page, &view.public_key, false);
    page.row(
        "signature",
        match view.signature_holds {
            true => "holds: the sender has the key",
            false => "NOT PROVEN: the sender has not shown to have the key",
        },
    );
}

fn put_private_key(page: &mut Page, view: &PrivateKeyView) {
    page.row("form", &view.form);
    match &view.public_key {
        Some(key) => certificate::put_key(page, key, false),
        None => page.row("key", "encrypted: its public half cannot be known"),
    }
    let fits: Vec<_> = view.fits.iter().map(|number| format!("number {number} here")).collect();
    page.list("belongs to", &fits);
}

fn put_list(page: &mut Page, view: &RevocationListView) {
    const SHOWN: usize = 10;
    page.row("issuer", &view.issuer);
    page.row("made", &certificate::day(view.this_update));
    if let Some(next) = view.next_update {
        let stale = if view.is_stale { ", which is OVERDUE" } else { "" };
        page.row("next one by", &format!("{}{stale}", certificate::day(next)));
    }
    let count = view.revoked.len();
    page.row("revokes", &count.to_string());
    page.rows("serials", &view.revoked[..count.min(SHOWN)]);
    if count > SHOWN {
        page.row("", &format!("and {} more, see `-o json`", count - SHOWN));
    }
    page.row("beware", "no component of Kubernetes looks at revocation lists");
}
