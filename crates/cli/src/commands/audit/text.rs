//! The audit for people: each file with what it holds and who uses it, then the findings. Lines
//! are at most 80 columns, but for a path that has more.

use kubepki_verify::{
    audit::{AuditedFile, Held, UsedBy},
    check::Finding,
    discover::Component,
};

use super::{
    Report,
    rows::{self, days_left},
};
use crate::{context::Context, kubeconfigs::visible};

const WIDTH: usize = 80;

/// Prints it, headings in bold.
pub(super) fn print(report: &Report, context: &mut Context) {
    for (is_heading, line) in lines(report) {
        if is_heading {
            context.printer.heading(&line);
        } else {
            context.printer.data(&(line + "\n"));
        }
    }
}

/// The same as a text.
pub(super) fn plain(report: &Report) -> String {
    lines(report).into_iter().map(|(_, line)| line + "\n").collect()
}

fn lines(report: &Report) -> Vec<(bool, String)> {
    let mut lines = Lines(Vec::new());
    lines.heading(&format!("COMPONENTS of {}", visible(&report.host)));
    for component in &report.audit.components {
        lines.line(&line_of(component));
    }
    if !report.audit.files.is_empty() {
        lines.line("");
        lines.heading("FILES, each with who uses it");
    }
    for file in &report.audit.files {
        lines.file(file, report);
    }
    if !report.audit.findings.is_empty() {
        lines.line("");
        lines.heading("FINDINGS, the worst first");
        for finding in &report.audit.findings {
            lines.finding(finding);
        }
    }
    lines.0
}

fn line_of(component: &Component) -> String {
    let version = component.version.as_deref().unwrap_or("");
    let name = component.kind.name();
    let line = format!("{name:23}  {:8}  {}", visible(version), component.source);
    visible(&line)
}

struct Lines(Vec<(bool, String)>);

impl Lines {
    fn heading(&mut self, text: &str) {
        self.0.push((true, text.to_owned()));
    }

    fn line(&mut self, text: &str) {
        self.0.push((false, text.trim_end().to_owned()));
    }

    /// A text of words, below `first` and then below `rest`.
    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        let mut line = first.to_owned();
        let mut is_empty = true;
        for word in text.split(' ') {
            let room = WIDTH.saturating_sub(line.chars().count() + usize::from(!is_empty));
            if !is_empty && word.chars().count() > room {
                self.line(&line);
                line = rest.to_owned();
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        self.line(&line);
    }

    fn file(&mut self, file: &AuditedFile, report: &Report) {
        let path = visible(&file.path.display().to_string());
        let owner = file.owner.as_deref().map(visible);
        match (&file.stat, owner) {
            (Some(stat), Some(owner)) => {
                self.line(&format!("{path:60}  {:04o}  {owner}", stat.mode));
            }
            _ => self.line(&path),
        }
        if let Some(error) = &file.error {
            self.wrapped("    ", "      ", &visible(error));
        }
        for held in &file.holds {
            self.wrapped("    ", "      ", &visible(&described(held, report)));
        }
        for used in by_component(&file.uses) {
            self.wrapped("    <- ", "       ", &visible(&used));
        }
        for check in &file.findings {
            self.line(&format!("    !! {}: {}", check.severity, check.name));
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let check = finding.check;
        let cis = check.cis.map(|cis| format!(" (CIS {cis})")).unwrap_or_default();
        self.line(&format!("{}: {}{cis}", check.severity, check.name));
        self.line(&format!("    at    {}", finding.place));
        self.wrapped("    what  ", "          ", &visible(&finding.what));
        self.wrapped("    why   ", "          ", check.why);
        self.wrapped("    mend  ", "          ", check.mend);
    }
}

/// What a file holds, with what counts of a certificate.
fn described(held: &Held, report: &Report) -> String {
    let Some(certificate) = held.certificate.as_deref() else { return rows::holds(held) };
    let subject = certificate.subject();
    let not_after = certificate.validity().not_after();
    let left = match days_left(not_after, report.at) {
        days if days < 0 => format!("EXPIRED {} ago", days_of(-days)),
        days => format!("{} left", days_of(days)),
    };
    let issuer = match held.issuer() {
        _ if held.is_self_signed() => "self-signed".to_owned(),
        Some(issuer) => format!("issued by {issuer}"),
        None => "issued by nobody".to_owned(),
    };
    let names = match certificate.subject_alt_names().len() {
        0 => String::new(),
        1 => ", 1 SAN".to_owned(),
        count => format!(", {count} SANs"),
    };
    let end = not_after.strftime("%F");
    format!("{} {subject}, {issuer}{names}, until {end}: {left}", rows::holds(held))
}

fn days_of(days: i64) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// A line for each component, with its flags.
fn by_component(uses: &[UsedBy]) -> Vec<String> {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for used in uses {
        let name = used.component.to_string();
        match lines.iter_mut().find(|(component, _)| *component == name) {
            Some((_, flags)) if flags.contains(&used.flag.as_str()) => {}
            Some((_, flags)) => flags.push(&used.flag),
            None => lines.push((name, vec![&used.flag])),
        }
    }
    let text =
        |(component, flags): (String, Vec<&str>)| format!("{component} {}", flags.join(", "));
    lines.into_iter().map(text).collect()
}
