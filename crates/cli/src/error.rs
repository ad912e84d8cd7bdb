//! The one error of the command: what failed, why, what to do about it, and the exit code.

use std::{error::Error, fmt};

use kubepki_report::{Line, is_hidden};

use crate::exit_code;

/// Whose fault it is, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The work failed.
    Failed,
    /// Wrong usage or bad input.
    Usage,
}

/// What a verb fails with.
#[derive(Debug)]
pub(crate) struct CommandError {
    fault: Fault,
    /// A lowercase sentence that begins with what could not be done.
    message: Box<str>,
    /// The place in a text, drawn below the message.
    pub(crate) snippet: Option<Box<Snippet>>,
    causes: Vec<String>,
    hints: Vec<String>,
}

/// A place in a text file.
#[derive(Debug)]
pub(crate) struct Snippet {
    pub(crate) file: String,
    /// Counted from 1.
    pub(crate) line: usize,
    /// Counted from 1, in characters.
    pub(crate) column: usize,
    /// The line itself.
    pub(crate) text: String,
}

impl CommandError {
    /// The work failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Fault::Failed, message.into())
    }

    /// Wrong usage or bad input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Fault::Usage, message.into())
    }

    fn new(fault: Fault, message: String) -> Self {
        Self {
            fault,
            message: message.into(),
            snippet: None,
            causes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Adds an error and everything behind it as causes.
    pub(crate) fn caused_by(mut self, error: &(dyn Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// Adds one cause in words.
    pub(crate) fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    pub(crate) const fn fault(&self) -> Fault {
        self.fault
    }

    pub(crate) const fn exit_code(&self) -> u8 {
        match self.fault {
            Fault::Failed => exit_code::FAILED,
            Fault::Usage => exit_code::USAGE,
        }
    }

    /// Message, place and causes, without the hints.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line> {
        let place = self.snippet.iter().flat_map(|snippet| snippet.lines());
        let causes = self.causes.iter().map(|cause| format!("  caused by: {cause}").into());
        std::iter::once(Line::from(&*self.message)).chain(place).chain(causes)
    }

    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// Prints message and causes on one line.
impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.causes.iter().try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl Snippet {
    fn lines(&self) -> [Line; 4] {
        const WIDTH: usize = 60;
        let Self { file, line, column, text } = self;
        let gutter = " ".repeat(line.to_string().len());
        // A long line is cut so that the place stays in view. What is hidden would move the caret.
        let start = column.saturating_sub(WIDTH);
        let seen = |c| if is_hidden(c) { ' ' } else { c };
        let shown: String = text.chars().skip(start).map(seen).collect();
        let before: String = shown.chars().take(column.saturating_sub(start + 1)).collect();
        let shown: String = shown.chars().take(WIDTH + 20).collect();
        let caret = " ".repeat(Line::from(before).width());
        [
            format!("{gutter}--> {file}:{line}:{column}"),
            format!("{gutter} |"),
            format!("{line} | {shown}").trim_end().to_owned(),
            format!("{gutter} | {caret}^"),
        ]
        .map(Line::from)
    }
}
