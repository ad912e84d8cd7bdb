//! What a verb gets from outside, read once: the clock, the options, the streams.

use jiff::Timestamp;

use crate::{cli::Global, printer::Printer};

/// The world of one run.
pub(crate) struct Context {
    /// The moment at which the run began.
    pub(crate) now: Timestamp,
    /// The options of every verb.
    pub(crate) global: Global,
    /// Where everything is printed.
    pub(crate) printer: Printer,
}

impl Context {
    /// Reads the clock, and closes the process's memory to other processes and to core dumps.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn read(global: Global) -> Self {
        // Best effort: where it is not allowed, keys are still wiped when they are dropped.
        let _ =
            rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
        let printer = Printer::new(global.quiet);
        Self { now: Timestamp::now(), global, printer }
    }
}
