//! How kubelets come to their certificates. Makes none.

use std::{fmt, str::FromStr};

use super::{
    Layout,
    error::{InvalidValue, Problem, choose},
    path::FieldPath,
};

/// How kubelets come to their certificates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kubelets {
    /// They ask for them with a token, and renew them themselves (TLS bootstrapping).
    Bootstrap,
    /// They are given them.
    #[default]
    Certificates,
}

impl Kubelets {
    const ALL: [Self; 2] = [Self::Certificates, Self::Bootstrap];

    /// The name in specs, such as `bootstrap`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bootstrap => "bootstrap",
            Self::Certificates => "certificates",
        }
    }
}

impl FromStr for Kubelets {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        choose("way to a kubelet's certificate", text, Self::ALL, Self::name)
    }
}

impl fmt::Display for Kubelets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

pub(super) fn understand(
    raw: Option<&str>,
    layout: Layout,
    at: &FieldPath,
) -> Result<Kubelets, Problem> {
    let kubelets = match raw {
        None => return Ok(Kubelets::default()),
        Some(text) => text.parse().map_err(|invalid: InvalidValue| invalid.in_field(at))?,
    };
    let why = match (kubelets, layout) {
        (Kubelets::Certificates, _) => return Ok(kubelets),
        // Its one kubelet starts the apiserver that it would have to ask.
        (Kubelets::Bootstrap, Layout::Kubeadm) => "has one kubelet, which runs the apiserver",
        (Kubelets::Bootstrap, Layout::Custom) => "names every file in `entries`",
        (Kubelets::Bootstrap, _) => return Ok(kubelets),
    };
    Err(InvalidValue::new(format!("the layout `{layout}` {why}"))
        .hinted("leave the field out; `kubepki token bootstrap` makes tokens for more nodes")
        .in_field(at))
}
