//! The one place that prints: data on stdout as it is, text on stdout and stderr without hidden
//! characters. Meaning is never by colour alone.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice, stream::RawStream};
use kubepki_report::{COLUMNS, Line, Page, Style};

use crate::error::CommandError;

/// Prints what the verbs say. `NO_COLOR` and pipes turn colour off.
pub(crate) struct Printer {
    out: Stream,
    err: Stream,
    quiet: bool,
    /// The first error of writing to stdout.
    failed: Option<io::Error>,
}

/// Where bytes go, and whether text in them may have colour.
struct Stream {
    to: Box<dyn Write + Send>,
    has_colour: bool,
}

/// Narrower tables cannot be read.
const NARROWEST: usize = 60;
/// In longer lines the eye loses the beginning of the next one.
const WIDEST: usize = 160;

impl Printer {
    pub(crate) fn new(quiet: bool) -> Self {
        let has_colour = has_colour(&io::stdout());
        let out = Stream { to: Box::new(io::BufWriter::new(io::stdout())), has_colour };
        Self { out, err: Stream::stderr(), quiet, failed: None }
    }

    /// A printer for the error of the other one.
    pub(crate) fn stderr_only() -> Self {
        let out = Stream { to: Box::new(io::sink()), has_colour: false };
        Self { out, err: Stream::stderr(), quiet: true, failed: None }
    }

    /// Prints the bytes of a file or a document, as they are.
    pub(crate) fn data(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.out.to.write_all(bytes).err();
        }
    }

    /// Prints a line for people.
    pub(crate) fn print(&mut self, line: impl Into<Line>) {
        let text = self.out.rendered(&line.into());
        self.data(text.as_bytes());
    }

    /// Prints lines for people.
    pub(crate) fn lines(&mut self, lines: impl IntoIterator<Item = Line>) {
        lines.into_iter().for_each(|line| self.print(line));
    }

    /// Prints a line for people as a heading.
    pub(crate) fn heading(&mut self, text: &str) {
        self.print(Line::new().styled(Style::Bold, text));
    }

    /// How many columns a line may have: those of the terminal, else 80.
    fn columns(&self) -> usize {
        let size = rustix::termios::tcgetwinsize(io::stdout());
        // A terminal without a size, such as a serial line, says 0.
        let columns = size.map_or(0, |size| usize::from(size.ws_col));
        if columns == 0 { COLUMNS } else { columns.clamp(NARROWEST, WIDEST) }
    }

    /// What text is printed on.
    pub(crate) fn page(&self, verbose: bool) -> Page {
        Page { columns: self.columns(), verbose }
    }

    /// Whether somebody still reads what is printed.
    pub(crate) const fn is_open(&self) -> bool {
        self.failed.is_none()
    }

    /// Prints a line of talk, unless there is to be none.
    pub(crate) fn talk(&mut self, text: &str) {
        self.talk_line(text.into());
    }

    /// The same for a line that is made already.
    pub(crate) fn talk_line(&mut self, line: Line) {
        if !self.quiet {
            self.say(&line);
        }
    }

    /// Prints lines of talk, unless there is to be none.
    pub(crate) fn talk_lines(&mut self, lines: impl IntoIterator<Item = Line>) {
        lines.into_iter().for_each(|line| self.talk_line(line));
    }

    /// Prints a line of talk that nobody may miss: a part of an error.
    pub(crate) fn line(&mut self, text: &str) {
        self.say(&text.into());
    }

    /// Prints a line on stderr.
    pub(crate) fn say(&mut self, line: &Line) {
        // What stdout still holds back comes first, so that the order on a terminal is right.
        self.flush();
        let text = self.err.rendered(line);
        // There is nowhere left to report that stderr is gone.
        let _ = self.err.to.write_all(text.as_bytes());
    }

    pub(crate) fn warning(&mut self, text: &str) {
        self.say(&Line::new().styled(Style::Due, "warning:").then(" ").then(text));
    }

    pub(crate) fn error(&mut self, error: &CommandError) {
        let mut lines = error.lines();
        if let Some(first) = lines.next() {
            self.say(&Line::new().styled(Style::Bad, "error:").then(" ").join(first));
        }
        lines.for_each(|line| self.say(&line));
        error.hints().iter().for_each(|hint| self.hint(hint));
    }

    pub(crate) fn hint(&mut self, text: &str) {
        self.say(&Line::new().styled(Style::Hint, "hint:").then(" ").then(text));
    }

    /// Writes out what is still held back; why stdout could not be written, if so. A reader that
    /// has seen enough, such as `head`, is no failure.
    pub(crate) fn finish(&mut self) -> Option<io::Error> {
        self.flush();
        self.failed.take().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }

    fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.out.to.flush().err();
        }
    }
}

impl Stream {
    fn stderr() -> Self {
        Self { has_colour: has_colour(&io::stderr()), to: Box::new(io::stderr()) }
    }

    fn rendered(&self, line: &Line) -> String {
        let mut text = if self.has_colour { line.coloured() } else { line.plain() };
        text.push('\n');
        text
    }
}

fn has_colour(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}
