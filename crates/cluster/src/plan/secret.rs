//! What becomes of a file with a secret of no certificate: made once, put back from a copy where
//! one has survived. Holds nothing of the secret.

use jiff::Timestamp;

use super::{
    Action, Judged, Reason,
    authority::{copies, unreadable},
};
use crate::{
    catalog::{Catalog, Part, Position, Secret},
    encryption::EncryptionConfig,
    observe::Observations,
    store::StorePath,
    token::BootstrapTokenFile,
};

pub(super) fn judge(
    catalog: &Catalog,
    observations: &Observations,
    position: Position,
    secret: &Secret,
    path: &StorePath,
    now: Timestamp,
) -> Judged {
    let (found, copy) = match observations.contents(path) {
        Some(found) => (found, None),
        None => match copies(catalog, observations, position, Part::Configuration).next() {
            Some(copy) => (observations.contents(copy).unwrap_or_default(), Some(copy)),
            None => return Judged::create(&catalog.entries[position]),
        },
    };
    let refuse =
        |error: &dyn ToString| Judged::refuse(unreadable(copy.unwrap_or(path), &error.to_string()));
    match secret {
        // A key of another provider than the spec's stays until somebody rotates it.
        Secret::EncryptionKeys { .. } => {
            if let Err(error) = EncryptionConfig::parse(found) {
                return refuse(&error);
            }
        }
        Secret::BootstrapToken => match BootstrapTokenFile::parse(found) {
            Err(error) => return refuse(&error),
            Ok(BootstrapTokenFile { expires: not_after, .. }) if not_after <= now => {
                let reasons = vec![Reason::Expired { not_after }];
                return Judged::renew(&catalog.entries[position], reasons);
            }
            Ok(_) => {}
        },
    }
    match copy {
        None => Judged::keep(),
        Some(copy) => {
            let (from, files) = (vec![copy.clone()], vec![path.clone()]);
            Judged { action: Action::Restore { from }, files, ..Judged::keep() }
        }
    }
}
