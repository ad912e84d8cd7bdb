//! The form of the tables: which flag gets which value, from which version on, and why.

use kubepki_cluster::Slot;
use serde::Serialize;

use super::{ConfigurationFile, cluster::Facts};
use crate::{config::ConfigError, share::Part};

/// The flags of one component.
pub(super) struct Table {
    pub(super) flags: &'static [Flag],
    /// The configuration file that one of the flags names.
    pub(super) file: Option<MakeFile>,
    /// Flags of `extraArgs` that are settings of that file instead.
    pub(super) in_file: &'static [&'static str],
}

/// Makes a configuration file.
pub(super) type MakeFile = fn(&Facts<'_>) -> Result<ConfigurationFile, ConfigError>;

/// One flag of a component.
pub(super) struct Flag {
    /// Its name, without the dashes.
    pub(super) name: &'static str,
    pub(super) value: Value,
    /// The first minor version of Kubernetes 1 that does not have it any more.
    pub(super) until: Option<u16>,
    /// What it is for, or why it has this value.
    pub(super) why: &'static str,
}

/// Where the value of a flag comes from.
#[derive(Clone, Copy)]
pub(super) enum Value {
    /// The spec and the host; none where they do not ask for the flag.
    Fact(fn(&Facts<'_>) -> Option<String>),
    /// The same where the program cannot do without; with the field of the spec that is empty.
    Needed(fn(&Facts<'_>) -> Option<String>, &'static str),
    /// The path of a file that the host must have.
    File(Slot, Part),
    /// The path of a file that some layouts do not have, and then there is no such flag.
    OptionalFile(Slot, Part),
    /// Always the same where the host has a certificate of this name, the second.
    Beside(&'static str, Slot),
    /// Always the same.
    Text(&'static str),
}

/// A flag with its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Argument {
    /// The name, without the dashes.
    pub name: String,
    /// The value.
    pub value: String,
    /// What it is for, or why it has this value.
    pub why: &'static str,
}

impl Argument {
    /// `--name=value`, for no shell.
    pub fn text(&self) -> String {
        format!("--{}={}", self.name, self.value)
    }
}

impl Flag {
    /// A flag of every version.
    pub(super) const fn new(name: &'static str, value: Value, why: &'static str) -> Self {
        Self { name, value, until: None, why }
    }

    /// The same, for the versions below `minor`.
    pub(super) const fn until(self, minor: u16) -> Self {
        Self { until: Some(minor), ..self }
    }

    /// Whether it says who is trusted, or who the component is: no `extraArgs` may say otherwise.
    pub(super) const fn is_identity(&self) -> bool {
        matches!(self.value, Value::File(..) | Value::OptionalFile(..))
    }
}
