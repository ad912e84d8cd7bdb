//! The one place that prints: data on stdout, talk on stderr. Meaning is never by colour alone.

use std::io::{self, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};

use crate::error::CommandError;

/// Prints what the verbs say. `NO_COLOR` and pipes turn colour off.
pub(crate) struct Printer {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    quiet: bool,
    /// The first error of writing to stdout.
    failed: Option<io::Error>,
}

/// The columns where there is no terminal.
const USUAL: usize = 80;
/// Below this a table has no sense.
const NARROWEST: usize = 60;
/// The eye does not find the way back to the next line from farther.
const WIDEST: usize = 160;

const BOLD: Style = Style::new().bold();
const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

impl Printer {
    pub(crate) fn new(quiet: bool) -> Self {
        let out = Box::new(io::BufWriter::new(AutoStream::auto(io::stdout())));
        Self { out, err: Box::new(AutoStream::auto(io::stderr())), quiet, failed: None }
    }

    /// A printer for the error of the other one.
    pub(crate) fn stderr_only() -> Self {
        let err = Box::new(AutoStream::auto(io::stderr()));
        Self { out: Box::new(io::sink()), err, quiet: true, failed: None }
    }

    /// Prints data, as it is.
    pub(crate) fn data(&mut self, text: &str) {
        self.data_bytes(text.as_bytes());
    }

    /// Prints data that need not be text.
    pub(crate) fn data_bytes(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.out.write_all(bytes).err();
        }
    }

    /// How many columns a line of data may have: those of the terminal, else 80.
    pub(crate) fn columns(&self) -> usize {
        let size = rustix::termios::tcgetwinsize(io::stdout());
        // A terminal without a size, such as a serial line, says 0.
        let columns = size.map_or(0, |size| usize::from(size.ws_col));
        if columns == 0 { USUAL } else { columns.clamp(NARROWEST, WIDEST) }
    }

    /// Whether somebody still reads the data.
    pub(crate) const fn is_open(&self) -> bool {
        self.failed.is_none()
    }

    /// Prints a line of data as a heading.
    pub(crate) fn heading(&mut self, text: &str) {
        self.data(&format!("{BOLD}{text}{BOLD:#}\n"));
    }

    /// Prints a line of talk, unless there is to be none.
    pub(crate) fn talk(&mut self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Prints a line of talk that nobody may miss: a part of an error.
    pub(crate) fn line(&mut self, text: &str) {
        self.say(text);
    }

    pub(crate) fn warning(&mut self, text: &str) {
        self.say(&format!("{WARNING}warning:{WARNING:#} {text}"));
    }

    pub(crate) fn error(&mut self, error: &CommandError) {
        self.say(&format!("{ERROR}error:{ERROR:#} {error}"));
        for hint in error.hints() {
            self.hint(hint);
        }
    }

    pub(crate) fn hint(&mut self, text: &str) {
        self.say(&format!("{HINT}hint:{HINT:#} {text}"));
    }

    /// Writes out what is still held back.
    pub(crate) fn finish(&mut self) -> Result<(), CommandError> {
        self.flush();
        match self.failed.take() {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(CommandError::failed("cannot write to stdout").caused_by(&error))
            }
            _ => Ok(()),
        }
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
    }

    fn say(&mut self, text: &str) {
        // What stdout still holds back comes first, so that the order on a terminal is right.
        self.flush();
        // There is nowhere left to report that stderr is gone.
        let _ = writeln!(self.err, "{text}");
    }
}
