//! The version of Kubernetes that a cluster runs. Decides nothing by itself.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::error::InvalidVersion;

/// A version of Kubernetes, with its patch release where it is known: `1.32` or `v1.32.3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubernetesVersion {
    minor: u16,
    patch: Option<u16>,
}

impl KubernetesVersion {
    /// The oldest one whose flags are known: v1.20, the first that wants a ServiceAccount issuer.
    pub const OLDEST: Self = Self::one(20);

    /// Version 1 and this minor version.
    pub const fn one(minor: u16) -> Self {
        Self { minor, patch: None }
    }

    /// The minor version: 32 of `v1.32.3`.
    pub const fn minor(self) -> u16 {
        self.minor
    }

    /// The release as images are tagged, such as `v1.32.3`; the first of the minor version where no
    /// patch release was written.
    pub fn release(self) -> String {
        format!("v1.{}.{}", self.minor, self.patch.unwrap_or(0))
    }
}

impl Default for KubernetesVersion {
    /// A current one, for specs that say nothing.
    fn default() -> Self {
        Self::one(36)
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1.{}", self.minor)?;
        self.patch.iter().try_for_each(|patch| write!(f, ".{patch}"))
    }
}

impl Serialize for KubernetesVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads `1.32`, `v1.32`, `1.32.3` or `v1.32.3`.
impl FromStr for KubernetesVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        let invalid = || InvalidVersion { text: text.to_owned() };
        let number = |text: &str| {
            let is_plain = text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
            let is_plain = is_plain && (text == "0" || !text.starts_with('0'));
            is_plain.then(|| text.parse::<u16>().ok()).flatten()
        };
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let (major, minor) = (parts.next().and_then(number), parts.next().and_then(number));
        let patch = parts.next().map(number);
        let (Some(1), Some(minor), None) = (major, minor, parts.next()) else {
            return Err(invalid());
        };
        let patch = patch.map(|patch| patch.ok_or_else(invalid)).transpose()?;
        Ok(Self { minor, patch })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_and_without_patch() {
        for (text, shown, release) in [
            ("1.32", "v1.32", "v1.32.0"),
            ("v1.20.2", "v1.20.2", "v1.20.2"),
            ("1.100.0", "v1.100.0", "v1.100.0"),
        ] {
            let version: KubernetesVersion = text.parse().unwrap();
            assert_eq!(
                (version.to_string().as_str(), version.release().as_str()),
                (shown, release)
            );
        }
        for bad in ["", "1", "1.", "2.0", "1.032", "1.32.x", "1.32.1.1", "1.32-rc.1", "1.99999"] {
            assert!(bad.parse::<KubernetesVersion>().is_err(), "{bad}");
        }
        for wrong in ["v1", "latest", "1.x", "v1.-3"] {
            assert!(wrong.parse::<KubernetesVersion>().is_err(), "{wrong}");
        }
    }
}
