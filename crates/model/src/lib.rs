#![doc = include_str!("../README.md")]

mod component;
mod effect;
mod entry;
mod error;
mod facts;
mod host_role;
mod layout;
mod names;
mod part;
mod slot;
mod table;
mod version;

pub use component::Component;
pub use effect::Effect;
pub use entry::EntryId;
pub use error::{InvalidVersion, UnknownName};
pub use facts::{
    CertificateFacts, CommonName, FileFacts, Form, Layouts, Names, Paths, Place, ProfileName,
    ReaderFacts, Scope, SlotFacts,
};
pub use host_role::HostRole;
pub use layout::Layout;
pub use names::{Ending, FileName, NAMES, base, form_of, slot_of};
pub use part::Part;
pub use slot::Slot;
pub use table::{NODES, SYSTEM_MASTERS, TABLE};
pub use version::KubernetesVersion;
