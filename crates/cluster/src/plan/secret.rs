//! What becomes of a file with a secret of no certificate: made once, put back from a copy where
//! one has survived. Holds nothing of the secret.

use super::{
    Action, Judged,
    authority::{copies, unreadable},
};
use crate::{
    catalog::{Catalog, Part, Position, Secret},
    encryption::EncryptionConfig,
    inventory::Inventory,
    store::StorePath,
};

pub(super) fn judge(
    catalog: &Catalog,
    inventory: &Inventory,
    position: Position,
    secret: &Secret,
    path: &StorePath,
) -> Judged {
    let (found, copy) = match inventory.contents(path) {
        Some(found) => (found, None),
        None => match copies(catalog, inventory, position, Part::Secret).next() {
            Some(copy) => (inventory.contents(copy).unwrap_or_default(), Some(copy)),
            None => return Judged::create(&catalog.entries[position]),
        },
    };
    let read = match secret {
        // A key of another provider than the spec's stays until somebody rotates it.
        Secret::EncryptionKeys { .. } => EncryptionConfig::parse(found),
    };
    match (read, copy) {
        (Err(error), copy) => Judged::refuse(unreadable(copy.unwrap_or(path), &error)),
        (Ok(_), None) => Judged::keep(),
        (Ok(_), Some(copy)) => {
            let (from, files) = (vec![copy.clone()], vec![path.clone()]);
            Judged { action: Action::Restore { from }, files, ..Judged::keep() }
        }
    }
}
