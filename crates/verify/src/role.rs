//! The parts that files play in a Kubernetes PKI: known from a root's catalog, else guessed from the
//! names that tools give, from subjects and from ports. Judges nothing.

mod guess;

pub use kubepki_model::Slot as Role;

pub(crate) use self::guess::{of_certificate, of_path, of_port, of_subject, stem};
