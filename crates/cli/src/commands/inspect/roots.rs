//! The CAs that may have signed what is inspected: the root's, where there is a spec, and those that
//! are given along. Fails at nothing: without a root there is less to say.

use kubepki_cluster::{Store, SystemMasters, catalog::Content};
use kubepki_inspect::{
    artifact::{self, Artifact},
    view::Authorities,
};

use crate::{commands::spec, context::Context};

/// The CAs of the root.
pub(super) fn authorities(context: &mut Context) -> Authorities {
    let mut known = Authorities::default();
    let Some((store, catalog)) = spec::try_open(context, SystemMasters::Allowed) else {
        return known;
    };
    for entry in catalog.entries() {
        let Content::Authority { files, .. } = &entry.content else { continue };
        let Ok(Some(file)) = store.read(&files.certificate) else { continue };
        let place = format!("`{}` of the root, {}", entry.id, files.certificate);
        let found = artifact::read(&file.contents).unwrap_or_default();
        for artifact in &found {
            if let Artifact::Certificate(certificate) = artifact {
                known.add_reference(place.clone(), certificate);
            }
        }
    }
    known
}

/// Adds what an input holds, for the others.
pub(super) fn add(
    known: &mut Authorities,
    source: &str,
    artifacts: &[Artifact],
    is_one_of_several: bool,
) {
    if !is_one_of_several {
        return;
    }
    for artifact in artifacts {
        if let Artifact::Certificate(certificate) = artifact {
            known.add(format!("`{source}`"), certificate);
        }
    }
}
