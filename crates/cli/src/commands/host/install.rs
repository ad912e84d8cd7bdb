//! `kubepki host install`: a bundle's files to their places on this machine.

use std::path::{Path, PathBuf};

use kubepki_host::{Bundle, InstallError, Installation, Trust, install, is_sealed};
use kubepki_pki::{Event, Machine, MachineError, Operator};
use zeroize::Zeroizing;

use super::{bundle_error, print::Outcome};
use crate::{
    age, commands::Format, context::Context, error::CommandError, exit_code, files, pki,
    printer::Printer,
};

/// Install the files of a bundle on this machine, all or none
///
/// Checks the whole bundle before it writes a byte. Keeps replaced files below
/// /var/lib/kubepki/history. A second run changes nothing. Refuses a bundle for another host or
/// cluster. After the first bundle, it also refuses one that another key signed, an older one, and one
/// that replaces the CA.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host install node-0.tar.gz --dry-run
  kubepki host install node-0.tar.gz
  kubepki host install node-0.tar.gz.age --identity ~/.ssh/id_ed25519
  kubepki host install node-0.tar.gz --trust KEY
  kubepki host install node-0.tar.gz --root /mnt/image")]
pub(super) struct Args {
    /// The bundle; `-` is stdin
    #[arg(value_name = "FILE")]
    bundle: PathBuf,
    /// The folder that is the machine's `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// The name of this host in the spec [default: the host name; with `--root`, the bundle's host]
    #[arg(long, value_name = "NAME")]
    host: Option<String>,
    /// The private key to decrypt the bundle: of `age-keygen`, or ssh-ed25519
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Trust this key, as `kubepki host key` prints it [default: the key of the first bundle]
    #[arg(long, value_name = "KEY", value_parser = fingerprint)]
    trust: Option<String>,
    /// Allow a bundle that is older than the installed files
    #[arg(long)]
    allow_older: bool,
    /// Allow a bundle that replaces all trusted CAs of a file
    #[arg(long)]
    allow_new_ca: bool,
    /// Print what would change and stop
    #[arg(long, visible_alias = "diff")]
    dry_run: bool,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let bundle = open(args)?;
    let manifest = bundle.manifest();
    let machine = Operator::of_process().host;
    match &args.host {
        Some(host) if *host == manifest.host => {}
        None if args.root != Path::new("/") => {}
        None if install::is_machine_of(&manifest.host, &machine) => {}
        other => {
            let machine = other.clone().unwrap_or(machine);
            let error = InstallError::OtherHost { bundle: manifest.host.clone(), machine };
            return Err(failed(args, &error));
        }
    }
    let trust = Trust {
        signer: args.trust.clone(),
        older: args.allow_older,
        new_authorities: args.allow_new_ca,
    };
    let quiet = context.global.quiet;
    let machine = Machine::open(&args.root).telling(move |event| match event {
        Event::Recovered(recovered) => {
            pki::recovery(*recovered, "installation", &mut Printer::new(quiet));
        }
        event => pki::tell(event, &mut Printer::new(quiet)),
    });
    let planned = match args.dry_run {
        true => machine.plan_install(&bundle, &trust),
        false => machine.install(&bundle, &trust, context.now),
    };
    let planned = planned.map_err(|error| match error {
        MachineError::Install(error) => failed(args, &error),
        MachineError::Open(error) => pki::store("cannot open the machine's files", &error),
    })?;
    mention(&planned, &bundle, context);
    outcome(&bundle, &planned, args.dry_run).print(args.output, context)?;
    Ok(exit_code::DONE)
}

/// Says what somebody should compare with the root.
fn mention(planned: &Installation<'_>, bundle: &Bundle, context: &mut Context) {
    if planned.is_first {
        let key = bundle.manifest().fingerprint();
        context.printer.talk(&format!(
            "from now on this machine accepts only bundles signed by {key}; `kubepki host key` prints the root's key"
        ));
    }
    for digest in &planned.new_authorities {
        context.printer.warning(&format!("this machine now trusts another CA: SHA-256 {digest}"));
    }
}

/// Reads what `kubepki host key` prints.
fn fingerprint(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    match text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(text),
        false => Err("a key has 64 hexadecimal digits, as `kubepki host key` prints it".to_owned()),
    }
}

fn outcome<'a>(bundle: &'a Bundle, planned: &Installation<'_>, dry: bool) -> Outcome<'a> {
    Outcome {
        manifest: bundle.manifest(),
        changes: planned.files().map(|(path, change)| (path.clone(), change)).collect(),
        left_over: planned.left_over.clone(),
        dry,
    }
}

/// Reads, decrypts and checks the bundle.
fn open(args: &Args) -> Result<Bundle, CommandError> {
    let mut bytes = files::read_archive(&args.bundle)?;
    if let Some(path) = &args.identity {
        if !is_sealed(&bytes) {
            return Err(refused(args)
                .because("the bundle is not encrypted, but `--identity` is set")
                .hint("if you trust its origin, leave out `--identity`"));
        }
        bytes = unseal(args, bytes, path)?;
    }
    Bundle::open(&bytes).map_err(|error| bundle_error(refused(args), &error))
}

fn unseal(
    args: &Args,
    bytes: Zeroizing<Vec<u8>>,
    path: &Path,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    if !files::exists(path) {
        return Err(CommandError::usage(format!("there is no key file `{}`", path.display()))
            .hint("name another file with `--identity`"));
    }
    age::decrypt(bytes, path, refused(args))
}

fn refused(args: &Args) -> CommandError {
    CommandError::usage(format!("cannot install {}; nothing was written", name(args)))
}

fn failed(args: &Args, error: &InstallError) -> CommandError {
    let failed = match error {
        InstallError::Store(store) if !store.is_unchanged() => {
            CommandError::failed(format!("cannot install {}", name(args)))
        }
        InstallError::Store(_) => {
            CommandError::failed(format!("cannot install {}; nothing was written", name(args)))
        }
        _ => refused(args),
    };
    let failed = failed.caused_by(error);
    match error.hint() {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

fn name(args: &Args) -> String {
    match args.bundle.as_path() {
        stdin if stdin == Path::new("-") => "the bundle on stdin".to_owned(),
        path => format!("`{}`", path.display()),
    }
}
