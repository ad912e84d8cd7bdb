//! What each host gets of the CAs, of the ServiceAccount key and of what is made once, in the layout
//! `hosts`. Copies bytes, makes none.

use kubepki_model::{EntryId, FileFacts, Form, Part, SlotFacts, TABLE};

use super::{
    Content, Derivation,
    builder::{Builder, path},
};
use crate::{spec::HostSpec, store::Mode};

/// The folder that holds what one host gets, in the layout that has such folders.
pub(crate) fn host_folder(host: &str) -> String {
    format!("hosts/{host}/")
}

impl Builder<'_> {
    /// Copies for the programs of a host what they read; what only signs requests comes last.
    pub(super) fn copies(&mut self, host: &HostSpec) {
        for only_to_sign in [false, true] {
            if only_to_sign && !self.spec.csr_signing {
                continue;
            }
            for row in TABLE {
                let files = row.files.iter().filter(|file| file.only_to_sign == only_to_sign);
                for file in files {
                    self.copy(host, row, file);
                }
            }
        }
    }

    fn copy(&mut self, host: &HostSpec, row: &SlotFacts, file: &FileFacts) {
        let layout = self.spec.layout;
        let mut readers = file.readers.iter().map(|it| it.component);
        let is_read = readers.any(|it| it.runs_on(layout, |role| host.has(role)));
        let Some(target) = file.copy.filter(|_| is_read) else { return };
        let (slot, part) = match row.form {
            Form::Copy(slot, part) => (slot, part),
            _ => (row.slot, file.part),
        };
        let Some(of) = self.position(&EntryId::of(slot)) else { return };
        let source = self.entries[of].parts().find(|(_, it, _)| *it == part);
        let Some((source, _, _)) = source else { return };
        let mode = match part {
            Part::Certificate | Part::Public => Mode::Public,
            _ => Mode::Private,
        };
        let from = Derivation::Copy { part, source: source.clone(), of };
        let path = path(&format!("{}{target}", host_folder(host.name.as_str())));
        let id = EntryId::of(row.slot).part(file.part).on(host.name.as_str());
        self.add(id, Content::Derived { path, mode, from });
    }
}
