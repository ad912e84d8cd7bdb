//! `kubepki csr new`: a key and a request for it.

use std::path::PathBuf;

use kubepki_cluster::{
    RequestProfile, SubjectAltName,
    new_request::{NewRequest, Wanted},
    spec::KeyAlgorithm,
};

use super::super::{invalid, permissions};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, NewFile, Target},
};

/// Make a key and a certificate request
///
/// Writes the private key with mode 0600. It stays on this machine: send only the request.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki csr new jane --group dev --group oncall
  kubepki csr new node-0 --profile node-server --san node-0 --san 10.240.0.20
  kubepki csr new jane --out -                  the key, then the request")]
pub(crate) struct Args {
    /// The name of the user or host, or a name or address of the server
    name: String,
    /// The profile to request: user, node-client, node-server, server or client
    #[arg(long, default_value = "user")]
    profile: RequestProfile,
    /// A group of the user (repeatable)
    #[arg(long)]
    group: Vec<String>,
    /// The user's UID
    #[arg(long)]
    uid: Option<String>,
    /// A DNS name, address or URI of the server (repeatable)
    #[arg(long, value_name = "NAME")]
    san: Vec<SubjectAltName>,
    /// The key algorithm: ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096 or ed25519
    #[arg(long, value_name = "ALGORITHM", default_value = "ecdsa-p256")]
    key_algorithm: KeyAlgorithm,
    #[command(flatten)]
    permissions: permissions::Flags,
    /// The folder for NAME.key and NAME.csr; `-` is stdout
    #[arg(short, long, value_name = "DIR", default_value = ".", value_parser = Target::parse)]
    out: Target,
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    let wanted = Wanted {
        name: args.name,
        groups: args.group,
        uid: args.uid,
        names: args.san,
        allow: args.permissions.allow(),
    };
    let new = NewRequest::new(args.profile, wanted).map_err(|error| invalid(&error))?;
    let paths = args
        .out
        .path()
        .map(|folder| ["key", "csr"].map(|end| folder.join(format!("{}.{end}", new.file_name()))));
    let refuse = IfExists::Refuse("move it away, or name another folder with `--out`");
    files::check_targets(paths.iter().flatten().map(PathBuf::as_path), refuse)?;
    let (key, request) = new.make(args.key_algorithm).map_err(|error| {
        CommandError::failed("cannot make the key and the request").caused_by(&error)
    })?;
    let (key, request) = (key.to_pem(), request.to_pem());
    let Some([key_path, request_path]) = paths else {
        context.printer.data(key.as_bytes());
        context.printer.data(request.as_bytes());
        return Ok(exit_code::DONE);
    };
    let file = |path: &PathBuf, contents, access| NewFile { path: path.clone(), contents, access };
    let key = file(&key_path, key.as_bytes(), Access::Owner);
    let request = file(&request_path, request.as_bytes(), Access::Everybody);
    files::write_all(&[key, request], refuse)?;
    let (key_path, request_path) = (key_path.display(), request_path.display());
    context.printer.talk(&format!("wrote `{key_path}` (keep it here) and `{request_path}`"));
    context.printer.talk("next: sign the request with `kubepki sign` or `kubepki csr manifest`");
    Ok(exit_code::DONE)
}
