//! What is asked of certificates in so many words: whom to trust, the name and the use. Judges nothing.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use kubepki_inspect::artifact::{Artifact, ReadError};
use kubepki_verify::{
    Asked, Input,
    path::{Name, Purpose},
    read::ScannedFile,
};

use super::EndpointArg;
use crate::{error::CommandError, files};

/// The question, as it is written.
#[derive(Debug, clap::Args)]
pub(super) struct QuestionArgs {
    /// Trust only the certificates of this file, and check the certificates of each PATH and server
    /// (repeatable)
    #[arg(long, value_name = "FILE")]
    pub(super) trust: Vec<PathBuf>,
    /// With `--trust`: the DNS name or IP address that the certificates must have
    #[arg(long, value_name = "NAME")]
    pub(super) name: Option<Name>,
    /// With `--trust`: the use that the certificates must allow
    #[arg(long = "for", value_name = "USE", value_enum)]
    pub(super) purpose: Option<PurposeArg>,
}

/// A use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PurposeArg {
    /// TLS client
    Client,
    /// Member of etcd: TLS server and client
    EtcdPeer,
    /// TLS server
    Server,
}

impl QuestionArgs {
    /// The question, where there is one.
    pub(super) fn asked(&self) -> Option<Asked> {
        (!self.trust.is_empty()).then(|| Asked {
            trust: self.trust.clone(),
            purpose: match self.purpose {
                None => Purpose::Any,
                Some(PurposeArg::Client) => Purpose::Client,
                Some(PurposeArg::EtcdPeer) => Purpose::EtcdPeer,
                Some(PurposeArg::Server) => Purpose::Server,
            },
            name: self.name.clone(),
        })
    }

    /// That the parts of the question fit together and to what is judged.
    pub(super) fn check(
        &self,
        paths: &[PathBuf],
        endpoints: &[EndpointArg],
    ) -> Result<(), CommandError> {
        let is_client = self.purpose == Some(PurposeArg::Client);
        if self.trust.is_empty() {
            return match (&self.name, self.purpose) {
                (None, None) => Ok(()),
                (Some(_), _) => Err(nobody_trusted("--name")),
                (None, Some(_)) => Err(nobody_trusted("--for")),
            };
        }
        if paths.is_empty() && endpoints.is_empty() {
            return Err(CommandError::usage("`--trust` needs something to check")
                .hint("name the files of certificates, or a server with `--endpoint HOST:PORT`"));
        }
        if is_client && self.name.is_some() {
            return Err(CommandError::usage("cannot use `--for client` with `--name`")
                .because("servers ignore the names and addresses of a client's certificate")
                .hint("leave out `--name`, or use `--for server` or `--for etcd-peer`"));
        }
        if is_client && !endpoints.is_empty() {
            return Err(CommandError::usage("cannot use `--for client` with `--endpoint`")
                .because("a server sends its server certificate")
                .hint("name the client's certificate as a PATH, or use `--for server`"));
        }
        let missing = self.trust.iter().find(|path| !files::exists(path));
        missing.map_or(Ok(()), |path| Err(cannot_trust(path, "there is no such file")))
    }

    /// That somebody is trusted, and something is judged.
    pub(super) fn check_world(&self, input: &Input) -> Result<(), CommandError> {
        let Some(first) = self.trust.first() else { return Ok(()) };
        for path in &self.trust {
            match input.file(path).map(|file| &file.contents) {
                // Why a file cannot be read is a finding.
                Some(Err(error)) if !matches!(error, ReadError::Empty | ReadError::Unknown) => {}
                _ if !input.certificates(path).is_empty() => {}
                _ if input.directories.iter().any(|it| it.path == *path) => {
                    return Err(cannot_trust(path, "it is a folder"));
                }
                _ => return Err(cannot_trust(path, "it holds no certificate")),
            }
        }
        let mut others = input.files.iter().filter(|file| !self.trust.contains(&file.path));
        if input.endpoints.is_empty() && !others.any(holds_certificate) {
            let first = first.display();
            return Err(CommandError::usage(format!("cannot check with `--trust {first}`"))
                .because("the other files hold no certificate")
                .hint("name the files of the certificates to check"));
        }
        Ok(())
    }
}

/// The use as it is written behind `--for`; none for any use.
pub(super) fn word(purpose: Purpose) -> Option<&'static str> {
    match purpose {
        Purpose::Any => None,
        Purpose::Client => Some("client"),
        Purpose::EtcdPeer => Some("etcd-peer"),
        Purpose::Server => Some("server"),
    }
}

/// The question behind a summary: ` for a server named api.example.com, trusting ca.crt`.
pub(super) fn in_words(asked: &Asked) -> String {
    let used = match asked.purpose {
        Purpose::Any => "",
        Purpose::Client => " for a client",
        Purpose::EtcdPeer => " for a member of etcd",
        Purpose::Server => " for a server",
    };
    let name = asked.name.as_ref().map(|name| format!(" named {name}")).unwrap_or_default();
    let trust: Vec<_> = asked.trust.iter().map(|path| path.display().to_string()).collect();
    format!("{used}{name}, trusting {}", trust.join(" and "))
}

/// Whether a file has a certificate to judge, or should have.
fn holds_certificate(file: &ScannedFile) -> bool {
    let Ok(contents) = &file.contents else { return true };
    contents.iter().any(|artifact| match artifact {
        Artifact::Certificate(_) => true,
        Artifact::Kubeconfig(config) => config.users.iter().any(|user| user.certificate.is_some()),
        _ => false,
    })
}

fn nobody_trusted(option: &str) -> CommandError {
    CommandError::usage(format!("`{option}` needs `--trust`"))
        .hint("add the file of the CA: `--trust ca.crt`")
}

fn cannot_trust(path: &Path, because: &str) -> CommandError {
    CommandError::usage(format!("cannot trust `{}`", path.display()))
        .because(because)
        .hint("name the file of the CA's certificate: `--trust ca.crt`")
}
