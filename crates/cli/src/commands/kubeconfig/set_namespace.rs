//! `kubepki kubeconfig set-namespace`: choose a context's namespace.

use super::{Location, holder_of, report};
use crate::{context::Context, error::CommandError, exit_code, kubeconfigs};

/// Set the default namespace of a context
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki kubeconfig set-namespace web
  kubepki kubeconfig set-namespace web --context jane@prod")]
pub(super) struct Args {
    /// The namespace
    #[arg(value_parser = namespace)]
    namespace: String,
    /// The context [default: the current one]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    #[command(flatten)]
    location: Location,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let chain = args.location.chain(context)?;
    let name = match &args.context {
        Some(name) => name.clone(),
        None => kubeconfigs::merged(chain.read()?, None)?.current_context,
    };
    if name.is_empty() {
        return Err(kubeconfigs::refused(&kubepki_kubeconfig::Error::NoCurrentContext)
            .hint("name one with `--context`"));
    }
    let holder = holder_of(&chain, &name)?;
    let ((), written) = kubeconfigs::update(&holder, false, context.now, |config, _| {
        config.set_namespace(&name, &args.namespace).map_err(|error| kubeconfigs::refused(&error))
    })?;
    let done = format!("context `{name}` uses namespace `{}`", args.namespace);
    report(&done, &written, context);
    Ok(exit_code::DONE)
}

/// A namespace is a DNS label (RFC 1123), so that a slip is found here and not at the apiserver.
pub(super) fn namespace(text: &str) -> Result<String, String> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = text.len() <= 63
        && !text.is_empty()
        && text.bytes().all(is_inner)
        && !text.starts_with('-')
        && !text.ends_with('-');
    let rule = "use at most 63 of a-z, 0-9 and `-`; `-` only inside";
    if is_label { Ok(text.to_owned()) } else { Err(rule.to_owned()) }
}
