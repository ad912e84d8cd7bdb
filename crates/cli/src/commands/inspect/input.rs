//! What is inspected: a file, stdin, or what a server shows. Prints nothing.

use std::{
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use kubepki_inspect::artifact::{self, Artifact, MAX_SIZE, ReadError, pkcs12::OpenError};
use kubepki_verify::read::{ProbeError, address_of, probe};
use zeroize::Zeroizing;

use crate::{error::CommandError, files};

/// Where something comes from.
pub(super) enum Input {
    File(PathBuf),
    /// `host:port`.
    Server(String),
    Stdin,
}

/// What was there.
pub(super) struct Opened {
    pub(super) artifacts: Vec<Artifact>,
    /// What of it could not be read.
    pub(super) errors: Vec<CommandError>,
    /// The version of TLS that a server speaks.
    pub(super) protocol: Option<&'static str>,
    /// What is said of errors.
    source: String,
}

impl Input {
    /// What the arguments name: stdin where there are none.
    pub(super) fn all(arguments: &[String]) -> Result<Vec<Self>, CommandError> {
        if arguments.is_empty() {
            return Ok(vec![Self::Stdin]);
        }
        if arguments.iter().filter(|it| *it == "-").count() > 1 {
            return Err(CommandError::usage("stdin can be read only once"));
        }
        Ok(arguments.iter().map(|argument| Self::of(argument)).collect())
    }

    /// A file that exists is one, whatever its name looks like.
    fn of(argument: &str) -> Self {
        let looks_like_server = argument
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.contains('/') && port.parse::<u16>().is_ok());
        match argument {
            "-" => Self::Stdin,
            _ if looks_like_server && !files::exists(Path::new(argument)) => {
                Self::Server(argument.to_owned())
            }
            _ if argument.starts_with("https://") => Self::Server(address_of(argument)),
            _ => Self::File(argument.into()),
        }
    }

    pub(super) fn open(
        &self,
        server_name: Option<&str>,
        timeout: Duration,
    ) -> Result<Opened, CommandError> {
        let source = self.to_string();
        if let Self::Server(address) = self {
            let served = probe(address, server_name, timeout);
            let served = served.map_err(|error| unanswered(address, timeout, &error))?;
            let certificates = served.chain.into_iter().map(|it| Artifact::Certificate(it.into()));
            let artifacts = certificates.collect();
            let (errors, protocol) = (Vec::new(), served.protocol);
            return Ok(Opened { artifacts, errors, protocol, source });
        }
        let read = artifact::read_each(&self.bytes()?).map_err(|error| self.unreadable(&error))?;
        let (mut artifacts, mut errors) = (Vec::new(), Vec::new());
        for one in read {
            match one {
                Ok(artifact) => artifacts.push(artifact),
                Err(error) => errors.push(self.unreadable(&error)),
            }
        }
        Ok(Opened { artifacts, errors, protocol: None, source })
    }

    /// The bytes of a file or of stdin, which may hold a key.
    pub(super) fn bytes(&self) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        match self {
            Self::File(path) => match files::read_secret(path)? {
                Some(file) => Ok(file.contents),
                None => Err(CommandError::usage(format!("there is no file `{self}`"))
                    .hint("name files, servers as HOST:PORT, or `-` for stdin")),
            },
            Self::Server(_) => Ok(Zeroizing::default()),
            Self::Stdin => {
                let bytes = files::read_beginning(Path::new("-"), MAX_SIZE).map(Zeroizing::new);
                let bytes = bytes
                    .map_err(|error| CommandError::failed("cannot read stdin").caused_by(&error))?;
                if bytes.len() > MAX_SIZE {
                    return Err(self.unreadable(&ReadError::TooLarge { limit: MAX_SIZE }));
                }
                Ok(bytes)
            }
        }
    }

    /// The error of an input that holds nothing that is known here, or what is broken.
    pub(super) fn unreadable(&self, error: &ReadError) -> CommandError {
        let place = match self {
            Self::Stdin => "stdin".to_owned(),
            _ => format!("`{self}`"),
        };
        let unreadable = CommandError::usage(format!("cannot read {place}")).caused_by(error);
        match error {
            ReadError::Empty if matches!(self, Self::Stdin) => {
                unreadable.hint("name a file, or pipe one into `kubepki inspect`")
            }
            ReadError::Encoded { .. } => {
                unreadable.hint("decode it once more: base64 -d FILE | kubepki inspect")
            }
            ReadError::Unknown | ReadError::Foreign { .. } => unreadable.hint(
                "it reads certificates, keys, requests and revocation lists in PEM or DER, \
                 kubeconfigs, PKCS#12 and PKCS#7",
            ),
            _ => unreadable,
        }
    }
}

impl Opened {
    /// Opens PKCS#12 containers. Without a passphrase they are tried with none, and stay closed.
    pub(super) fn unsealed(
        mut self,
        passphrase: Option<&Zeroizing<String>>,
    ) -> Result<Self, CommandError> {
        let mut artifacts = Vec::new();
        for artifact in std::mem::take(&mut self.artifacts) {
            match &artifact {
                Artifact::Pkcs12(container) => match open(container, passphrase) {
                    Ok(contents) => artifacts.extend(contents),
                    Err(OpenError::Passphrase) if passphrase.is_none() => artifacts.push(artifact),
                    Err(error) => return Err(unopened(&self.source, &error)),
                },
                Artifact::Pkcs7(structure) => match artifact::pkcs7::certificates(structure) {
                    Ok(certificates) if !certificates.is_empty() => artifacts.extend(certificates),
                    Ok(_) => self.errors.push(without_certificates(&self.source)),
                    Err(error) => {
                        let unread = without_certificates(&self.source).caused_by(&error);
                        self.errors.push(unread);
                    }
                },
                _ => artifacts.push(artifact),
            }
        }
        Ok(Self { artifacts, ..self })
    }
}

/// Opens a container by the passphrase, or by none: of several containers some may have none.
fn open(
    container: &[u8],
    passphrase: Option<&Zeroizing<String>>,
) -> Result<Vec<Artifact>, OpenError> {
    let words = passphrase.map_or("", |passphrase| passphrase.as_str());
    match artifact::pkcs12::open(container, words) {
        Err(OpenError::Passphrase) if !words.is_empty() => artifact::pkcs12::open(container, ""),
        opened => opened,
    }
}

fn unopened(source: &str, error: &OpenError) -> CommandError {
    let refused = CommandError::usage(format!("cannot open `{source}`")).caused_by(error);
    match error {
        OpenError::Passphrase => refused.hint("the passphrase is the first line of the file of `--passphrase-file`"),
        OpenError::OldCipher => refused.hint(
            "encrypt it again: openssl pkcs12 -legacy -in OLD -nodes | openssl pkcs12 -export -out NEW",
        ),
        _ => refused,
    }
}

fn without_certificates(source: &str) -> CommandError {
    CommandError::usage(format!(
        "cannot read a certificate from the PKCS#7 structure in `{source}`"
    ))
    .hint("to see its contents: openssl pkcs7 -print_certs -in FILE (DER: -inform DER)")
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(address) => f.write_str(address),
            Self::Stdin => f.write_str("stdin"),
        }
    }
}

fn unanswered(address: &str, timeout: Duration, error: &ProbeError) -> CommandError {
    if let ProbeError::Address { .. } = error {
        return CommandError::usage(error.to_string())
            .hint("write it as host:port or [IPv6 address]:port");
    }
    let failed = CommandError::failed(format!("cannot get a certificate from `{address}`"));
    let failed = failed.caused_by(error);
    match error {
        ProbeError::TimedOut => failed
            .because(format!("no answer after {} s", timeout.as_secs()))
            .hint("wait longer with `--timeout`"),
        ProbeError::Alert { .. } => {
            failed.hint("a server with several certificates may need `--server-name`")
        }
        ProbeError::NoTls { .. } => failed.hint("check the port: nothing speaks TLS there"),
        _ => failed,
    }
}
