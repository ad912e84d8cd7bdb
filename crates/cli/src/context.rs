//! What a verb gets from outside, read once: the clock, the environment, the
//! options, the streams.

use std::{ffi::OsString, path::PathBuf};

use jiff::Timestamp;

use crate::{cli::Global, printer::Printer};

/// The world of one run.
pub(crate) struct Context {
    /// The moment at which the run began.
    pub(crate) now: Timestamp,
    /// What the process was started in.
    pub(crate) environment: Environment,
    /// The options of every verb.
    pub(crate) global: Global,
    /// Where everything is printed.
    pub(crate) printer: Printer,
}

/// What the environment says about where kubeconfigs are.
pub(crate) struct Environment {
    /// `$KUBECONFIG`.
    pub(crate) kubeconfig: Option<OsString>,
    /// `$KUBEPKI_LOG`.
    pub(crate) log: Option<String>,
    /// `$HOME`.
    pub(crate) home: Option<OsString>,
    /// The program itself.
    pub(crate) program: Option<PathBuf>,
    /// The working folder; none when it is gone.
    pub(crate) current_dir: Option<PathBuf>,
}

impl Environment {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    fn read() -> Self {
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG"),
            log: std::env::var_os("KUBEPKI_LOG").map(|log| log.to_string_lossy().into_owned()),
            home: std::env::var_os("HOME"),
            program: std::env::current_exe().ok(),
            current_dir: std::env::current_dir().ok(),
        }
    }
}

impl Context {
    /// Reads the clock and the environment, and closes the process's memory to other processes and to core dumps.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub(crate) fn read(global: Global) -> Self {
        // Best effort: where it is not allowed, keys are still wiped when they are dropped.
        let _ =
            rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
        let printer = Printer::new(global.quiet);
        let environment = Environment::read();
        Self { now: Timestamp::now(), environment, global, printer }
    }

    /// The path of the PKI root from `/`, without a look at the file system.
    pub(crate) fn absolute_root(&self) -> PathBuf {
        let dir = &self.global.dir;
        let root = match &self.environment.current_dir {
            Some(current) => current.join(dir),
            None => dir.clone(),
        };
        root.components().filter(|part| *part != std::path::Component::CurDir).collect()
    }
}
