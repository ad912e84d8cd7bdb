#![doc = include_str!("../README.md")]

mod add;
mod amend;
mod build;
mod check;
mod config;
mod current;
mod depth;
mod edit;
mod error;
mod fields;
mod flatten;
mod input;
mod json;
mod merge;
mod minify;
mod paths;
mod read;
mod redact;
mod scalar;
mod secret;
mod spans;
mod splice;
mod tree;
mod write;

pub use add::{Conflict, Replace, SetCurrent};
pub use build::{ClientConfig, SecretSource, Source};
pub use check::{Finding, Problem};
pub use config::{
    AuthInfo, Cluster, Context, Data, Kubeconfig, NamedCluster, NamedContext, NamedUser,
};
pub use current::Current;
pub use depth::is_too_deep;
pub use error::Error;
pub use fields::{Fields, Value};
pub use merge::Overshadowed;
pub use read::MAX_BYTES;
pub use secret::{Secret, SecretText};
