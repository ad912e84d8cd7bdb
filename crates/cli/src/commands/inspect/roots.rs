//! The CAs that may have signed what is inspected: the root's, where there is a spec, and those that
//! are given along. Fails at nothing: without a root there is less to say.

use kubepki_inspect::{
    artifact::{self, Artifact},
    view::Authorities,
};

use crate::{context::Context, error::CommandError, pki};

/// The CAs of the root.
pub(super) fn authorities(context: &mut Context) -> Authorities {
    let mut known = Authorities::default();
    let pki = match pki::open(context, pki::WAIT) {
        Ok(pki) => pki,
        Err(error) => {
            left_aside(&error, context);
            return known;
        }
    };
    let read = match pki.authority_files() {
        Ok(read) => read,
        Err(error) => {
            left_aside(&pki::failed(error, context), context);
            return known;
        }
    };
    for (id, path, contents) in read {
        let place = format!("`{id}` of the root, {path}");
        let found = artifact::read(&contents).unwrap_or_default();
        for artifact in &found {
            if let Artifact::Certificate(certificate) = artifact {
                known.add_reference(place.clone(), certificate);
            }
        }
    }
    known
}

fn left_aside(error: &CommandError, context: &mut Context) {
    context.printer.warning(&format!("the root is left aside: {error}"));
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
