//! Facts of a Kubernetes PKI: what its files are for ([`Slot`]), all that is known of each ([`TABLE`]:
//! who issues it, who reads it, who has to be restarted when it changed, where it lies), and how every
//! tool calls them ([`NAMES`]). Reads no file and judges nothing; whoever has to know looks it up here.
//!
//! ```
//! use kubepki_model::{Slot, slot_of};
//!
//! // kubeadm's, the tutorial's and k3s's.
//! for path in ["pki/apiserver.crt", "kube-api-server.key", "tls/serving-kube-apiserver.crt"] {
//!     assert_eq!(slot_of(path), Some(Slot::Apiserver));
//! }
//! assert_eq!(slot_of("etcd/ca.crt"), Some(Slot::EtcdCa));
//! assert_eq!(slot_of("notes.crt"), None);
//! ```

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
