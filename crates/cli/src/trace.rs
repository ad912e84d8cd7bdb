//! `-v`, `-vv` and `KUBEPKI_LOG`: what is decided, read and asked, on stderr. An event carries paths,
//! endpoints, sizes and durations, and never a secret: docs/design/0017-tracing.md.

use std::{
    fmt::{self, Write},
    time::{Duration, Instant},
};

use kubepki_report::{Line, Style};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::filter::{LevelFilter, Targets};

use crate::{error::CommandError, printer::Printer};

/// Writes from now on what was asked for: `filter` is `$KUBEPKI_LOG`, and wins over `-v` and `-vv`.
pub(crate) fn start(verbosity: u8, filter: Option<&str>) -> Result<(), CommandError> {
    let targets = match (filter.filter(|text| !text.is_empty()), verbosity) {
        (Some(text), _) => text.parse::<Targets>().map_err(|error| {
            CommandError::usage("cannot read `$KUBEPKI_LOG`").caused_by(&error).hint(
                "write a level, such as `debug`, or `crate=level`, such as `kubepki_store=debug`",
            )
        })?,
        (None, 0) => return Ok(()),
        (None, 1) => Targets::new().with_default(LevelFilter::INFO),
        (None, _) => Targets::new().with_default(LevelFilter::DEBUG),
    };
    // Only one is ever started.
    let _ = tracing::subscriber::set_global_default(Log { targets });
    Ok(())
}

/// Does something, and says how long that took.
#[expect(clippy::disallowed_methods, reason = "a duration for the log, on which nothing depends")]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

/// Writes events as lines on stderr. There are no spans.
struct Log {
    targets: Targets,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.targets.would_enable(metadata.target(), metadata.level())
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = EventText(String::new());
        event.record(&mut text);
        let level = match *event.metadata().level() {
            Level::ERROR => "error:",
            Level::WARN => "warning:",
            Level::INFO => "info:",
            Level::DEBUG => "debug:",
            Level::TRACE => "trace:",
        };
        Printer::stderr_only().say(&Line::new().styled(Style::Hint, level).then(&text.0));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message, and each field as `name=value`.
struct EventText(String);

impl Visit for EventText {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text does not fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
