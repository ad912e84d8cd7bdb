//! `kubepki manual`: the manual page and the reference in docs/cli.md, made from the command line
//! itself. For packagers and for the documentation.

use clap::{Command, CommandFactory, ValueEnum};

use crate::{cli::Cli, context::Context, error::CommandError, exit_code};

/// Print the manual
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The format
    #[arg(value_enum, default_value_t)]
    format: ManualFormat,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ManualFormat {
    /// The manual page, for `man -l -`
    #[default]
    Man,
    /// The reference, as in docs/cli.md
    Markdown,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let mut command = Cli::command();
    command.build();
    let text = match args.format {
        ManualFormat::Man => man(&command)?,
        ManualFormat::Markdown => markdown(&mut command),
    };
    context.printer.data(text.as_bytes());
    Ok(exit_code::DONE)
}

fn man(command: &Command) -> Result<String, CommandError> {
    let mut page = Vec::new();
    let unwritable = |error: std::io::Error| {
        CommandError::failed("cannot make the manual page").caused_by(&error)
    };
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(unwritable)?;
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        let man = clap_mangen::Man::new(verb.clone());
        man.render_synopsis_section(&mut page).map_err(unwritable)?;
        man.render_description_section(&mut page).map_err(unwritable)?;
        man.render_options_section(&mut page).map_err(unwritable)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

fn markdown(command: &mut Command) -> String {
    let mut text =
        "# The command line\n\nMade by `kubepki manual markdown`; a test keeps it true.\n"
            .to_owned();
    section("kubepki", command, &mut text);
    text
}

/// A verb, and the verbs that it has.
fn section(title: &str, command: &mut Command, text: &mut String) {
    let help = command.clone().term_width(80).render_long_help().to_string();
    let help: Vec<_> = help.lines().map(str::trim_end).collect();
    *text += &format!("\n## {title}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    for verb in command.get_subcommands_mut().filter(|verb| !verb.is_hide_set()) {
        section(&format!("{title} {}", verb.get_name()), verb, text);
    }
}
