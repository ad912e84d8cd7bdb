//! The checks, a group a file. They read nothing.

pub mod flags;
