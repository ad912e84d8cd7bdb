//! Requests and revocation lists, described.

use jiff::Timestamp;
use kubepki_ca::{
    AttributeType, PublicKey, RequestedExtension, RequestedName, RequestedSubject, SigningRequest,
    Subject, UnprovenRequest, Wish,
};
use serde::Serialize;

use super::{certificate::Usages, identity::Identity, key::KeyView};
use crate::revocation::RevocationList;

/// A certificate request. Everything but the key is a wish.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// The subject that is asked for.
    pub subject: String,
    /// Who the bearer would be for the apiserver; none where no client certificate is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// What its names mean in Kubernetes, a sentence each.
    pub meaning: Vec<String>,
    /// The names that are asked for.
    pub subject_alt_names: Vec<String>,
    /// The other extensions that are asked for, in words.
    pub wishes: Vec<String>,
    /// The public key.
    pub public_key: KeyView,
    /// Whether its signature is the key's, so that the sender has shown to have it.
    pub signature_holds: bool,
}

/// A revocation list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevocationListView {
    /// Who issued it.
    pub issuer: String,
    /// When it was made.
    pub this_update: Timestamp,
    /// When the next one is due at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_update: Option<Timestamp>,
    /// Whether the next one is overdue.
    pub is_stale: bool,
    /// The serial numbers of what was revoked, in lower-case hex.
    pub revoked: Vec<String>,
}

impl RequestView {
    pub(super) fn of(request: &SigningRequest) -> Self {
        let (subject, extensions) = (request.requested_subject(), request.requested_extensions());
        Self { signature_holds: true, ..Self::unproven(subject, extensions, request.public_key()) }
    }

    pub(super) fn of_unproven(request: &UnprovenRequest) -> Self {
        let (subject, extensions) = (request.requested_subject(), request.requested_extensions());
        Self::unproven(subject, extensions, request.public_key())
    }

    fn unproven(
        subject: &RequestedSubject,
        extensions: &[RequestedExtension],
        public_key: &PublicKey,
    ) -> Self {
        let values = |kind| subject.values(&kind).map(str::to_owned).collect::<Vec<_>>();
        let named = Subject {
            common_name: values(AttributeType::CommonName).pop().unwrap_or_default(),
            organizations: values(AttributeType::Organization),
            uid: values(AttributeType::Uid).pop(),
        };
        let mut is_client = true;
        let mut wishes = Vec::new();
        for extension in extensions {
            wishes.extend(match &extension.wish {
                Wish::BasicConstraints { ca: true, path_length } => {
                    let length = path_length.map(|it| format!(", path length {it}"));
                    Some(format!("to be a CA{}", length.unwrap_or_default()))
                }
                Wish::BasicConstraints { ca: false, .. } => Some("to be no CA".to_owned()),
                Wish::ExtendedKeyUsage(usages) => {
                    let usages = Usages::of_list(usages);
                    is_client = usages.is_client();
                    Some(usages.names.join(", "))
                }
                Wish::KeyUsage(usage) => Some(usage.to_string()),
                Wish::SubjectAltName(_) => None,
                Wish::Unreadable(name) => Some(format!("{name}, which cannot be read")),
                Wish::Other(name) => Some(name.clone()),
                _ => Some(extension.oid.clone()),
            });
        }
        let identity = is_client.then(|| Identity::of(&named));
        let names = extensions.iter().flat_map(|extension| match &extension.wish {
            Wish::SubjectAltName(names) => names.as_slice(),
            _ => &[],
        });
        let names = names.map(|name| match name {
            RequestedName::Known(name) => name.to_string(),
            other => other.to_string(),
        });
        Self {
            subject: subject.to_string(),
            meaning: identity.as_ref().map(Identity::meaning).unwrap_or_default(),
            identity,
            subject_alt_names: names.collect(),
            wishes,
            public_key: KeyView::of_spki(public_key),
            signature_holds: false,
        }
    }
}

impl RevocationListView {
    pub(super) fn of(list: &RevocationList, now: Timestamp) -> Self {
        Self {
            issuer: list.issuer().to_owned(),
            this_update: list.this_update(),
            next_update: list.next_update(),
            is_stale: list.next_update().is_some_and(|next| next < now),
            revoked: list.revoked().to_vec(),
        }
    }
}
