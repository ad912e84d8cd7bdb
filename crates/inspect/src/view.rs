//! What something is, for people: whose identity in Kubernetes' terms, what it may be used for, until
//! when, and who signed it. Judges nothing, reads no file and no clock, and holds no secret.

mod authorities;
mod certificate;
mod identity;
mod key;
mod kubeconfig;
mod request;

use jiff::Timestamp;
use kubepki_ca::Certificate;
use serde::Serialize;

pub use self::{
    authorities::{Authorities, SignedBy},
    certificate::{CertificateView, Period, State},
    identity::Identity,
    key::{KeyView, PrivateKeyView},
    kubeconfig::{ClusterView, ContextView, Embedded, KubeconfigView, UserView},
    request::{RequestView, RevocationListView},
};
use crate::artifact::Artifact;

/// One thing, described.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum View {
    /// A certificate.
    Certificate(Box<CertificateView>),
    /// A certificate request.
    CertificateRequest(Box<RequestView>),
    /// A kubeconfig.
    Kubeconfig(Box<KubeconfigView>),
    /// A PKCS#12 container that is closed.
    Pkcs12,
    /// A PKCS#7 structure that was not opened.
    Pkcs7,
    /// A private key.
    PrivateKey(PrivateKeyView),
    /// A public key.
    PublicKey(KeyView),
    /// A revocation list.
    RevocationList(RevocationListView),
}

/// Describes everything that was found in one place, in its order. Private keys and certificates
/// that belong together are told so.
///
/// `authorities` are those that may have signed a certificate, beyond the ones found here.
pub fn describe(artifacts: &[Artifact], authorities: &Authorities, now: Timestamp) -> Vec<View> {
    let mut known = authorities.clone();
    for (index, certificate) in certificates(artifacts) {
        known.add(format!("number {} here", index + 1), certificate);
    }
    let of_one = |artifact: &Artifact| match artifact {
        Artifact::Certificate(certificate) => {
            let mut view = CertificateView::of(certificate, &known, now);
            view.private_key_is_here = key::has_key_of(artifacts, certificate);
            View::Certificate(Box::new(view))
        }
        Artifact::Kubeconfig(file) => {
            View::Kubeconfig(Box::new(KubeconfigView::of(file, &known, now)))
        }
        Artifact::Pkcs12(_) => View::Pkcs12,
        Artifact::Pkcs7(_) => View::Pkcs7,
        Artifact::PrivateKey(key) => {
            let fits = certificates(artifacts).filter(|(_, it)| key::fits(key, it));
            let fits = fits.map(|(index, _)| index + 1).collect();
            View::PrivateKey(PrivateKeyView::of(key, fits))
        }
        Artifact::PublicKey(key) => View::PublicKey(KeyView::of(key)),
        Artifact::Request(request) => View::CertificateRequest(Box::new(RequestView::of(request))),
        Artifact::UnprovenRequest(request) => {
            View::CertificateRequest(Box::new(RequestView::of_unproven(request)))
        }
        Artifact::RevocationList(list) => View::RevocationList(RevocationListView::of(list, now)),
    };
    artifacts.iter().map(of_one).collect()
}

/// The certificates among them, with their positions.
fn certificates(artifacts: &[Artifact]) -> impl Iterator<Item = (usize, &Certificate)> {
    artifacts.iter().enumerate().filter_map(|(index, artifact)| match artifact {
        Artifact::Certificate(certificate) => Some((index, &**certificate)),
        _ => None,
    })
}

/// Lower-case hex.
fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
