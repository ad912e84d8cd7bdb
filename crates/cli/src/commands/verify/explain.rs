//! What a check looks for, why, and how to mend what it finds.

use kubepki_report::wrap;
use kubepki_verify::{Check, checks};
use serde_json::{Value, json};

use super::{Output, text::WIDTH};
use crate::{commands::Format, context::Context, error::CommandError};

/// Prints one check, `all` of them, or a `list` of their names.
pub(super) fn print(name: &str, output: Output, context: &mut Context) -> Result<(), CommandError> {
    let wanted: Vec<_> = match name {
        "all" | "list" => checks::checks().collect(),
        name => vec![checks::named(name).ok_or_else(|| unknown(name))?],
    };
    match output {
        Output::Json => {
            return Format::Json.print(
                &json!({ "checks": wanted.into_iter().map(value).collect::<Vec<_>>() }),
                context,
            );
        }
        Output::Text => {}
        Output::Junit | Output::Sarif => {
            return Err(CommandError::usage("`--explain` prints text or JSON"));
        }
    }
    if name == "list" {
        let width = wanted.iter().map(|check| check.name.len()).max().unwrap_or_default();
        for check in wanted {
            let line = format!("{:width$}  {:7}  ", check.name, check.severity.name());
            let lines = wrap(&line, check.title, WIDTH);
            lines.into_iter().for_each(|line| context.printer.print(line));
        }
        return Ok(());
    }
    for (index, check) in wanted.into_iter().enumerate() {
        if index > 0 {
            context.printer.print("");
        }
        one(check, context);
    }
    Ok(())
}

fn one(check: &Check, context: &mut Context) {
    context.printer.heading(&format!("{} {}", check.severity, check.name));
    let benchmark = check.cis.map(|number| format!("CIS Kubernetes benchmark {number}"));
    let rows = [
        ("  ", Some(check.title.to_owned())),
        ("  why:  ", Some(check.why.to_owned())),
        ("  mend: ", Some(check.mend.to_owned())),
        ("  from: ", Some(check.source.to_owned())),
        ("  cis:  ", benchmark),
    ];
    for (prefix, text) in rows {
        if let Some(text) = text {
            let lines = wrap(prefix, &text, WIDTH);
            lines.into_iter().for_each(|line| context.printer.print(line));
        }
    }
}

fn value(check: &Check) -> Value {
    json!({
        "name": check.name, "number": check.number, "severity": check.severity.name(),
        "title": check.title, "why": check.why, "mend": check.mend,
        "source": check.source, "cis": check.cis,
    })
}

/// Names the checks that have a word of the wanted name.
fn unknown(name: &str) -> CommandError {
    let shown: String = name.chars().take(60).flat_map(char::escape_debug).collect();
    let error = CommandError::usage(format!("there is no check named `{shown}`"));
    let words: Vec<_> = name.split('-').filter(|word| word.len() > 2).collect();
    let near = checks::checks().filter(|check| words.iter().any(|word| check.name.contains(word)));
    let near: Vec<_> = near.take(5).map(|check| format!("`{}`", check.name)).collect();
    let error = match near.is_empty() {
        true => error,
        false => error.hint(format!("there are {}", near.join(", "))),
    };
    error.hint("`kubepki verify --explain list` names all checks")
}
