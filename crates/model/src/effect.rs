//! What a program does about a file that changed. Facts only.

use serde::Serialize;

use crate::KubernetesVersion;

/// What a program does about a file that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Effect {
    /// It reads the file whenever it runs; nothing has to be done.
    NextRun,
    /// It reads the file again by itself, within minutes or at its next connection.
    Reloads {
        /// The first version of Kubernetes that does; none where every version does.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<KubernetesVersion>,
    },
    /// It goes on with the old one until it is started again.
    Restart,
}

impl Effect {
    /// It reads the file again from this minor version of Kubernetes 1 on.
    pub const fn since(minor: u16) -> Self {
        Self::Reloads { since: Some(KubernetesVersion::one(minor)) }
    }

    /// The effect in one version, or in any that is not known.
    #[must_use]
    pub fn in_version(self, version: Option<KubernetesVersion>) -> Self {
        match (self, version) {
            (Self::Reloads { since: Some(since) }, Some(version)) if version < since => {
                Self::Restart
            }
            (Self::Reloads { .. }, Some(_)) => Self::Reloads { since: None },
            (effect, _) => effect,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_decides_between_reload_and_restart() {
        let version = |text: &str| Some(text.parse().unwrap());
        let effect = Effect::since(31);
        let always = Effect::Reloads { since: None };
        assert_eq!(effect.in_version(None), effect);
        assert_eq!(effect.in_version(version("v1.30.9")), Effect::Restart);
        assert_eq!(effect.in_version(version("1.31")), always);
        assert_eq!(effect.in_version(version("1.99")), always);
        assert_eq!(Effect::Restart.in_version(version("1.99")), Effect::Restart);
    }
}
