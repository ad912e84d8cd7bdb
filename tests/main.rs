//! The tests of the command, one file each. A file that is not named here fails `contents`.
#![allow(clippy::disallowed_methods, reason = "tests look at files and clocks")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod adopt;
mod apiserver;
mod apply;
mod architecture;
mod audit;
mod bad_input;
mod clock;
mod cluster;
mod config;
mod contents;
mod csr;
mod environment;
mod escalation;
mod examples;
mod faults;
mod fields;
mod gate;
mod golden;
mod hidden_text;
mod hints;
mod history;
mod host;
mod init;
mod inspect;
mod interop;
mod issue;
mod kubeconfig;
mod ledger;
mod library;
mod machines;
mod names;
mod output;
mod plan;
mod renew;
mod rotate;
mod sign;
mod status;
mod stdout;
mod token;
mod trace;
mod trust;
mod undo;
mod verify;
