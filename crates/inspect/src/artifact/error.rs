//! Why a file could not be read. Holds no byte of it, since any byte may be a key's.

use kubepki_kubeconfig::Error as KubeconfigError;

use super::MAX_SIZE;

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// The base64 text of PEM or DER, which somebody encoded once more than needed.
    #[error("it is base64 of {what}: encoded once too often, or cut out of a kubeconfig or Secret")]
    Encoded {
        /// What it decodes to.
        what: Encoding,
    },
    /// A PEM text of another kind than those of a PKI.
    #[error("it is {}, which is nothing of a PKI", foreign(label))]
    Foreign {
        /// The label of its first section.
        label: String,
    },
    /// The operating system gave no bytes.
    #[error("{reason}")]
    Io {
        /// The system's word.
        reason: String,
    },
    /// It is of a known kind but broken.
    #[error("the {what}{} cannot be read: {reason}", place(*line))]
    Malformed {
        /// What it should be, such as `certificate`.
        what: &'static str,
        /// The line on which its PEM section begins, counted from 1; 0 where there is none.
        line: usize,
        /// What is broken about it.
        reason: String,
    },
    /// It is a kubeconfig that client-go would refuse.
    #[error("the kubeconfig cannot be read: {0}")]
    Kubeconfig(#[source] KubeconfigError),
    /// A PEM text with a line that breaks it.
    #[error("line {line}: {reason}")]
    Pem {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It is larger than anything of a PKI.
    #[error("it is larger than {} KiB", limit / 1024)]
    TooLarge {
        /// The largest size, in bytes.
        limit: usize,
    },
    /// A DER structure that says it is longer than it is.
    #[error("it is cut off: {wanted} bytes are announced and {actual} are there")]
    Truncated {
        /// How long it says it is.
        wanted: usize,
        /// How long it is.
        actual: usize,
    },
    /// It is neither PEM nor DER nor a kubeconfig.
    #[error("it is neither PEM nor DER nor a kubeconfig")]
    Unknown,
}

/// What base64 text decodes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// DER, which lacks its BEGIN and END lines.
    Der,
    /// PEM.
    Pem,
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Der => "DER without BEGIN and END lines",
            Self::Pem => "a PEM text",
        })
    }
}

impl ReadError {
    /// Something of a known kind that is broken: what it should be, and what is broken about it.
    pub fn malformed(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Malformed { what, line: 0, reason: reason.into() }
    }

    /// What the certificate crate says, without its own name of the thing.
    pub(crate) fn of_parser(what: &'static str, error: &kubepki_ca::Error) -> Self {
        match error {
            kubepki_ca::Error::Malformed { reason, .. } => Self::malformed(what, reason),
            kubepki_ca::Error::TooLarge { .. } => Self::TooLarge { limit: MAX_SIZE },
            other => Self::malformed(what, other.to_string()),
        }
    }

    pub(crate) fn at_line(self, line: usize) -> Self {
        match self {
            Self::Malformed { what, reason, .. } => Self::Malformed { what, line, reason },
            other => other,
        }
    }
}

fn foreign(label: &str) -> String {
    match label {
        "DH PARAMETERS" | "X9.42 DH PARAMETERS" => "a file of Diffie-Hellman parameters".to_owned(),
        "DSA PARAMETERS" | "EC PARAMETERS" => "a file of parameters for keys".to_owned(),
        "OPENSSH PRIVATE KEY" => "a private key for ssh".to_owned(),
        label => format!("a PEM text of `{label}`"),
    }
}

fn place(line: usize) -> String {
    if line == 0 { String::new() } else { format!(" on line {line}") }
}
