//! Facts of a Kubernetes PKI: what its files are for ([`Slot`]), and how every tool calls them
//! ([`NAMES`]). Reads no file and judges nothing; whoever has to know looks it up here.
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

mod names;
mod slot;

pub use names::{FileName, Form, NAMES, base, form_of, slot_of};
pub use slot::Slot;
