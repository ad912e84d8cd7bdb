#![doc = include_str!("../README.md")]

mod archive;
mod bundle;
pub mod config;
mod content;
mod error;
pub mod install;
pub mod manifest;
pub mod push;
pub mod share;
mod signature;

pub use archive::is_sealed;
pub use bundle::{Bundle, BundleFile, UnsignedBundle};
pub use config::{ConfigError, Configuration, render::Form};
pub use error::{BundleError, EntryDefect, InstallError, ShareError, SignatureError};
pub use install::{Change, Installation, Trust};
pub use manifest::Manifest;
pub use share::{HostFile, Part, Shape, Share};
pub use signature::BundleKey;
