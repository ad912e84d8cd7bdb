//! Where an issued identity goes: a kubeconfig, a pair of files, one PEM, or PKCS#12.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use kubepki_cluster::{
    identity::{Identity, IdentityKind, IssuerName},
    issue::Issued,
};
use kubepki_kubeconfig::{ClientConfig, Replace, SetCurrent};
use zeroize::Zeroizing;

use crate::{
    context::Context,
    error::CommandError,
    files::{self, Access, IfExists, NewFile, Target, named_file},
    kubeconfigs::{self, Written},
};

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// The form of the result [default: kubeconfig for users and nodes, else pair]
    #[arg(long = "as", value_enum, value_name = "FORM")]
    form: Option<Form>,
    /// The file name without its ending; `-` is stdout [default: the name of the identity]
    #[arg(short, long, value_name = "NAME", value_parser = Target::parse)]
    output: Option<Target>,
    /// Replace files that exist
    #[arg(long)]
    overwrite: bool,
    /// Add cluster, user and context to this kubeconfig; keeps a backup
    #[arg(long, value_name = "FILE", conflicts_with_all = ["output", "form"], value_parser = named_file)]
    merge_into: Option<PathBuf>,
    /// The file with the passphrase for PKCS#12 in its first line
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// NAME.conf, with everything embedded
    Kubeconfig,
    /// NAME.crt and NAME.key
    Pair,
    /// NAME.pem: certificate, then key
    Pem,
    /// NAME.p12, encrypted with a passphrase
    Pkcs12,
}

/// What is written where, decided before anything is signed.
pub(super) struct Destination {
    form: Form,
    /// The name without an ending; `None` for stdout.
    base: Option<PathBuf>,
    merge_into: Option<PathBuf>,
    overwrite: bool,
    is_node: bool,
    passphrase: Zeroizing<String>,
}

impl OutputArgs {
    /// Decides, and refuses what cannot be: before anything is signed.
    pub(super) fn destination(
        self,
        identity: &Identity,
        kind: IdentityKind,
        issuer: &IssuerName,
    ) -> Result<Destination, CommandError> {
        let is_user = matches!(kind, IdentityKind::User | IdentityKind::Node);
        let is_ours = issuer.is_of_users();
        let default = if is_user && is_ours { Form::Kubeconfig } else { Form::Pair };
        let form = self.form.unwrap_or(default);
        if form == Form::Kubeconfig && !(is_ours && kind != IdentityKind::Server) {
            let error =
                CommandError::usage("an apiserver does not accept this identity in a kubeconfig");
            return Err(error.hint("use `--as pair`, or issue a user with `--issuer ca`"));
        }
        let is_node = kind == IdentityKind::Node;
        let base = match self.output {
            Some(Target::Stdout) => None,
            Some(Target::Path(path)) => Some(without_ending(path)),
            None => Some(PathBuf::from(&identity.file_name)),
        };
        if base.is_none() && (is_node || form == Form::Pair) {
            let error = CommandError::usage("several files cannot go to stdout (`--output -`)");
            return Err(error.hint(match is_node {
                true => "name a file with `--output`",
                false => "use `--as pem`, or name a file with `--output`",
            }));
        }
        let merge_into = self.merge_into;
        if merge_into.is_some() && (form != Form::Kubeconfig || is_node) {
            return Err(CommandError::usage(
                "`--merge-into` takes only a user or client of the issuer `ca`",
            ));
        }
        let passphrase = passphrase(form, self.passphrase_file.as_deref())?;
        let overwrite = self.overwrite;
        let destination = Destination { form, base, merge_into, overwrite, is_node, passphrase };
        destination.check()?;
        Ok(destination)
    }
}

impl Destination {
    /// Writes what was issued: keys and what holds keys for the owner alone. A file that goes along is
    /// written with it, all or none.
    pub(super) fn write(
        &self,
        issued: &Issued,
        along: Option<&NewFile<'_>>,
        context: &mut Context,
    ) -> Result<(), CommandError> {
        let write_along = || match along {
            Some(file) => files::write(&file.path, file.contents, file.access, IfExists::Replace),
            None => Ok(()),
        };
        if let Some(path) = &self.merge_into {
            self.merge(path, issued, context)?;
            return write_along();
        }
        let unpackable =
            |error| CommandError::failed("cannot make the PKCS#12 file").caused_by(&error);
        let own = match self.form {
            Form::Kubeconfig => vec![issued.kubeconfig()],
            Form::Pair => vec![issued.own.certificate.clone(), issued.own.key.0.clone()],
            Form::Pem => vec![issued.pem()],
            Form::Pkcs12 => vec![issued.pkcs12(&self.passphrase).map_err(unpackable)?],
        };
        let serving = issued.serving.iter();
        let serving = serving.flat_map(|pair| [pair.certificate.clone(), pair.key.0.clone()]);
        let contents: Vec<_> = own.into_iter().chain(serving).collect();
        if self.base.is_none() {
            contents.iter().for_each(|text| context.printer.data(text));
            return write_along();
        }
        let mut files = Vec::new();
        for (path, contents) in self.paths().into_iter().zip(&contents) {
            let is_public = path.extension().is_some_and(|ending| ending == "crt");
            let access = if is_public { Access::Everybody } else { Access::Owner };
            files.push(NewFile { path, contents, access });
        }
        let if_exists = IfExists::replace_if(self.overwrite);
        match along {
            Some(along) => files::write_with(&files, if_exists, along)?,
            None => files::write_all(&files, if_exists)?,
        }
        for NewFile { path, .. } in &files {
            context.printer.talk(&format!("wrote `{}`", path.display()));
        }
        if !self.passphrase.is_ascii() {
            context.printer.warning("the passphrase is not ASCII, so Java cannot open the file");
        }
        Ok(())
    }

    /// Refuses what could not be merged, before anything is signed: an entry of the same name that
    /// is somebody else's.
    pub(super) fn check_merge(
        &self,
        client: impl FnOnce() -> Result<ClientConfig, CommandError>,
    ) -> Result<(), CommandError> {
        match &self.merge_into {
            Some(path) => kubeconfigs::check_merge(path, client()?, self.replace()),
            None => Ok(()),
        }
    }

    fn replace(&self) -> Replace {
        if self.overwrite { Replace::Anything } else { Replace::Never }
    }

    fn merge(
        &self,
        path: &Path,
        issued: &Issued,
        context: &mut Context,
    ) -> Result<(), CommandError> {
        let (client, replace) = (issued.client_config(), self.replace());
        let (name, written) =
            kubeconfigs::merge_into(path, client, replace, SetCurrent::IfFirst, context.now)?;
        context.printer.talk(&format!("added the context `{name}` to `{}`", path.display()));
        if let Written::Replaced { backup } = written {
            context.printer.talk(&format!("kept the old file as `{}`", backup.display()));
        }
        context.printer.talk(&format!("next: kubectl --context {name} auth can-i --list"));
        Ok(())
    }

    fn check(&self) -> Result<(), CommandError> {
        if let Some(path) = &self.merge_into {
            return files::check_in_place(path);
        }
        let paths = self.paths();
        let paths = paths.iter().map(PathBuf::as_path);
        files::check_targets(paths, IfExists::replace_if(self.overwrite))
    }

    /// The files, the identity's own first; a node's serving pair has its plain name.
    fn paths(&self) -> Vec<PathBuf> {
        let (Some(base), None) = (&self.base, &self.merge_into) else { return Vec::new() };
        let named = |middle: &str, endings: &[&str]| -> Vec<PathBuf> {
            let ended = |ending| {
                let mut name = base.as_os_str().to_owned();
                name.push(format!("{middle}.{ending}"));
                PathBuf::from(name)
            };
            endings.iter().map(ended).collect()
        };
        let own = match self.form {
            Form::Kubeconfig => named("", &["conf"]),
            Form::Pair if self.is_node => named("-client", &["crt", "key"]),
            Form::Pair => named("", &["crt", "key"]),
            Form::Pem => named("", &["pem"]),
            Form::Pkcs12 => named("", &["p12"]),
        };
        let serving = if self.is_node { named("", &["crt", "key"]) } else { Vec::new() };
        [own, serving].concat()
    }
}

/// The name without one of our endings, so that `-o jane.conf` is `-o jane`.
fn without_ending(path: PathBuf) -> PathBuf {
    let ours = ["conf", "crt", "key", "p12", "pem"];
    match path.extension() {
        Some(ending) if ours.iter().any(|ours| ending == *ours) => path.with_extension(""),
        _ => path,
    }
}

/// The first line of the file.
fn passphrase(form: Form, path: Option<&Path>) -> Result<Zeroizing<String>, CommandError> {
    let path = match (form, path) {
        (Form::Pkcs12, Some(path)) => path,
        (Form::Pkcs12, None) => {
            let error = CommandError::usage("a PKCS#12 file needs a passphrase");
            return Err(
                error.hint("write it to a file, and name the file with `--passphrase-file`")
            );
        }
        (_, Some(_)) => {
            return Err(CommandError::usage("`--passphrase-file` is only for `--as pkcs12`"));
        }
        (_, None) => return Ok(Zeroizing::default()),
    };
    files::read_passphrase(path)
}
