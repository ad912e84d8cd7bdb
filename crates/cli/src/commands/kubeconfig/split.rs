//! `kubepki kubeconfig split`: a kubeconfig for each context.

use std::path::PathBuf;

use super::Location;
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, NewFile, named_folder},
    kubeconfigs,
};

/// Write a kubeconfig for each context, with only what that context needs
///
/// The name of a file is `CONTEXT.kubeconfig`. Characters that do not fit a file name are written as in
/// a URL: `a/b` becomes `a%2Fb.kubeconfig`. It replaces no file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  kubepki kubeconfig split --out-dir contexts")]
pub(super) struct Args {
    #[command(flatten)]
    location: Location,
    /// The folder to write to, created if it does not exist
    #[arg(short, long, value_name = "DIR", value_parser = named_folder)]
    out_dir: PathBuf,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let current_dir = context.environment.current_dir.as_deref();
    let in_it = args.out_dir.join("_");
    let folder = kubeconfigs::absolute_folder_of(&in_it, current_dir);
    let config = kubeconfigs::merged(args.location.chain(context)?.read()?, Some(&folder))?;
    let mut texts = Vec::new();
    for entry in &config.contexts {
        let path = args.out_dir.join(file_name(&entry.name)?);
        let text = config.to_yaml_of(&entry.name).map_err(|error| kubeconfigs::refused(&error))?;
        texts.push((path, text));
    }
    let mut writes = Vec::new();
    for (path, text) in &texts {
        let (path, contents) = (path.clone(), text.as_bytes());
        writes.push(NewFile { path, contents, access: Access::Owner });
    }
    let refuse = IfExists::Refuse("nothing was written; name an empty folder with `--out-dir`");
    files::write_below(&args.out_dir, Access::Owner, &writes, refuse)?;
    for NewFile { path, .. } in &writes {
        context.printer.talk(&format!("wrote `{}`", path.display()));
    }
    Ok(exit_code::DONE)
}

/// A file name that no other context has, and that is none of a folder's own or an option.
fn file_name(context: &str) -> Result<String, CommandError> {
    let mut name = String::new();
    for (at, byte) in context.bytes().enumerate() {
        let is_plain = byte.is_ascii_alphanumeric()
            || b"_@:+,=".contains(&byte)
            || (at > 0 && b"-.".contains(&byte));
        match is_plain {
            true => name.push(char::from(byte)),
            false => name.push_str(&format!("%{byte:02X}")),
        }
    }
    name.push_str(".kubeconfig");
    if context.is_empty() || name.len() > 255 {
        let shown: String = context.chars().take(60).collect();
        return Err(CommandError::usage(format!(
            "the name of context `{shown}` does not fit a file name"
        ))
        .because("it is empty or too long")
        .hint("rename it with `kubepki kubeconfig rename-context`"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_context_has_a_file_name_of_its_own() {
        for (context, name) in [
            ("jane@prod", "jane@prod.kubeconfig"),
            ("..", "%2E..kubeconfig"),
            ("a/../b", "a%2F..%2Fb.kubeconfig"),
            ("-rf", "%2Drf.kubeconfig"),
            ("a%2Fb", "a%252Fb.kubeconfig"),
            ("a\0b", "a%00b.kubeconfig"),
            ("é", "%C3%A9.kubeconfig"),
        ] {
            assert_eq!(file_name(context).unwrap(), name);
        }
        assert!(file_name("").is_err() && file_name(&"a".repeat(300)).is_err());
    }
}
