//! What was inspected, as text for people.

use kubepki_inspect::view::{PrivateKeyView, RequestView, RevocationListView, View};

use kubepki_report::{Fields, Line, Style, time};

use super::{Inspected, certificate, kubeconfig};

/// Where values begin: a SHA-256 in hex ends before the line does.
const COLUMN: usize = 15;

pub(super) fn lines(all: &[Inspected]) -> Vec<Line> {
    let mut lines = Vec::new();
    for inspected in all {
        let count = inspected.items.len();
        for (index, item) in inspected.items.iter().enumerate() {
            if !lines.is_empty() {
                lines.push(Line::new());
            }
            let number = match count {
                1 => String::new(),
                _ => format!(", {} of {count}", index + 1),
            };
            let protocol = inspected.protocol.filter(|_| index == 0);
            let protocol = protocol.map_or_else(String::new, |it| format!(" over {it}"));
            let source = &inspected.source;
            let heading = format!("{source}{number}: {}{protocol}", what(item));
            lines.push(Line::new().styled(Style::Bold, &heading));
            let mut page = Fields::new(2, COLUMN);
            put(&mut page, item);
            lines.extend(page.into_lines());
        }
    }
    lines
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

fn put(page: &mut Fields, item: &View) {
    match item {
        View::Certificate(view) => certificate::put(page, view),
        View::CertificateRequest(view) => put_request(page, view),
        View::Kubeconfig(view) => kubeconfig::put(page, view),
        View::PrivateKey(view) => put_private_key(page, view),
        View::PublicKey(key) => certificate::put_key(page, key, false),
        View::RevocationList(view) => put_list(page, view),
        View::Pkcs12 => {
            page.row("sealed", "to open it, use `--passphrase-file`");
        }
        _ => {}
    }
}

fn put_request(page: &mut Fields, view: &RequestView) {
    page.row("subject", if view.subject.is_empty() { "none" } else { &view.subject });
    certificate::put_identity(page, view.identity.as_ref());
    page.rows("meaning", &view.meaning);
    page.list("names", &view.subject_alt_names);
    page.rows("requests", &view.wishes);
    certificate::put_key(page, &view.public_key, false);
    page.row(
        "signature",
        match view.signature_holds {
            true => "valid: the sender has the private key",
            false => "INVALID: nothing proves that the sender has the private key",
        },
    );
}

fn put_private_key(page: &mut Fields, view: &PrivateKeyView) {
    page.row("form", &view.form);
    match &view.public_key {
        Some(key) => certificate::put_key(page, key, false),
        None => page.row("key", "encrypted: its public half is unknown"),
    }
    let fits: Vec<_> =
        view.fits.iter().map(|number| format!("number {number} of this list")).collect();
    page.list("belongs to", &fits);
}

fn put_list(page: &mut Fields, view: &RevocationListView) {
    const SHOWN: usize = 10;
    page.row("issuer", &view.issuer);
    page.row("issued", &time(view.this_update));
    if let Some(next) = view.next_update {
        let stale = if view.is_stale { ", OVERDUE" } else { "" };
        page.row("next by", &format!("{}{stale}", time(next)));
    }
    let count = view.revoked.len();
    page.row("revokes", &count.to_string());
    page.rows("serials", &view.revoked[..count.min(SHOWN)]);
    if count > SHOWN {
        page.row("", &format!("and {} more (`-o json` lists them)", count - SHOWN));
    }
    page.row("warning", "no Kubernetes component reads revocation lists");
}
