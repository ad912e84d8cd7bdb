//! Bringing a bundle to a machine: the script that `push` runs on the other side, run here, and the
//! installer of this crate. Both have to do the same.

#![allow(clippy::disallowed_methods, reason = "tests look at files")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::print_stdout, reason = "`-- --nocapture` shows the figures, and docs quote them")]

mod both;
mod hostile;
mod machine;
mod script;
mod sweep;
