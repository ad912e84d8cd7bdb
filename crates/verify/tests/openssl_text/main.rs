//! The texts against those of the real openssl, byte for byte: odd extensions, names, numbers, dates
//! and keys, and a thousand broken certificates.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(clippy::disallowed_methods, reason = "tests look at files and clocks")]

mod broken;
mod certificates;
mod judge;
mod lists;
mod requests;
mod table;
