//! What a check looks for, why, and how to fix what it finds.

use kubepki_report::{Fields, Line, Page, Style, View};
use kubepki_verify::{Check, checks};
use serde::Serialize;

use super::VerifyFormat;
use crate::{commands::Format, context::Context, error::CommandError};

/// Prints one check, `all` of them, or a `list` of their names.
pub(super) fn print(
    name: &str,
    output: VerifyFormat,
    context: &mut Context,
) -> Result<(), CommandError> {
    let chosen: Vec<_> = match name {
        "all" | "list" => checks::checks().collect(),
        name => vec![checks::named(name).ok_or_else(|| unknown(name))?],
    };
    let explained = Explained {
        checks: chosen.into_iter().map(ExplainedCheck::of).collect(),
        names_only: name == "list",
    };
    match output {
        VerifyFormat::Json => Format::Json.show(&explained, context),
        VerifyFormat::Text => Format::Text.show(&explained, context),
        VerifyFormat::Junit | VerifyFormat::Sarif => {
            Err(CommandError::usage("`--explain` has no such format")
                .hint("use `-o text` or `-o json`"))
        }
    }
}

#[derive(Serialize)]
struct Explained {
    checks: Vec<ExplainedCheck>,
    #[serde(skip)]
    names_only: bool,
}

#[derive(Serialize)]
struct ExplainedCheck {
    name: &'static str,
    number: u8,
    severity: &'static str,
    title: &'static str,
    why: &'static str,
    mend: &'static str,
    source: &'static str,
    cis: Option<&'static str>,
}

impl ExplainedCheck {
    const fn of(check: &'static Check) -> Self {
        let Check { name, number, severity, title, why, mend, source, cis } = *check;
        Self { name, number, severity: severity.name(), title, why, mend, source, cis }
    }

    fn lines(&self) -> Vec<Line> {
        let benchmark = self.cis.map(|number| format!("CIS Kubernetes benchmark {number}"));
        let mut fields = Fields::new(2, 2);
        fields.row("", self.title);
        for (name, text) in [("why:", self.why), ("fix:", self.mend), ("from:", self.source)] {
            fields.at(8).row(name, text);
        }
        fields.at(8).row("cis:", benchmark.as_deref().unwrap_or_default());
        let heading = format!("{} {}", self.severity, self.name);
        let heading = Line::new().styled(Style::Bold, &heading);
        std::iter::once(heading).chain(fields.into_lines()).collect()
    }
}

impl View for Explained {
    const KIND: Option<&'static str> = None;

    fn lines(&self, _: Page) -> Vec<Line> {
        if self.names_only {
            let width = self.checks.iter().map(|it| it.name.len()).max().unwrap_or_default();
            let mut fields = Fields::new(0, width + 11);
            for ExplainedCheck { name, severity, title, .. } in &self.checks {
                fields.row(&format!("{name:width$}  {severity}"), title);
            }
            return fields.into_lines();
        }
        let mut lines = Vec::new();
        for check in &self.checks {
            if !lines.is_empty() {
                lines.push(Line::new());
            }
            lines.extend(check.lines());
        }
        lines
    }
}

/// The error of an unknown name, with the checks that have a word of it.
fn unknown(name: &str) -> CommandError {
    let shown: String = name.chars().take(60).flat_map(char::escape_debug).collect();
    let error = CommandError::usage(format!("there is no check named `{shown}`"));
    let words: Vec<_> = name.split('-').filter(|word| word.len() > 2).collect();
    let near = checks::checks().filter(|check| words.iter().any(|word| check.name.contains(word)));
    let near: Vec<_> = near.take(5).map(|check| format!("`{}`", check.name)).collect();
    let error = match near.is_empty() {
        true => error,
        false => error.hint(format!("similar checks: {}", near.join(", "))),
    };
    error.hint("`kubepki verify --explain list` lists all checks")
}
