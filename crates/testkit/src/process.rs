//! Programs that run beside a test, and waiting for them. Never leaves one behind and never
//! sleeps for a fixed time where a state can be polled.

use std::fs::{self, File};
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How much of a log a message shows, in bytes.
const TAIL: usize = 4_000;
/// The pause between two probes of a state.
const PAUSE: Duration = Duration::from_millis(50);

/// A running program: killed and waited for when the value goes, also in a panic, and killed by
/// the kernel when the test program itself is.
#[derive(Debug)]
pub struct Process {
    name: String,
    log: PathBuf,
    child: Mutex<Child>,
}

impl Process {
    /// Starts `command` with both its outputs appended to the file `log`.
    ///
    /// # Panics
    ///
    /// When the log cannot be opened or the program cannot be started.
    pub fn start(name: &str, command: &Command, log: PathBuf) -> Self {
        let open = || File::options().create(true).append(true).open(&log);
        let (out, err) = open()
            .and_then(|out| Ok((out, open()?)))
            .unwrap_or_else(|e| panic!("cannot write `{}`: {e}", log.display()));
        let mut command = bound_to_us(command);
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = spawn(command).unwrap_or_else(|e| panic!("cannot start {name}: {e}"));
        Self { name: name.to_owned(), log, child: Mutex::new(child) }
    }

    /// Waits until `probe` answers, as long as the program runs.
    ///
    /// # Panics
    ///
    /// When the program ends or `deadline` passes first. The message holds the probe's last
    /// complaint and the end of the log.
    #[track_caller]
    pub fn wait_until<T>(
        &self,
        deadline: Duration,
        what: &str,
        mut probe: impl FnMut() -> Result<T, String>,
    ) -> T {
        let answer = poll(deadline, || match self.exit_status() {
            Some(status) => Ok(Err(format!("it ended with {status}"))),
            None => probe().map(Ok),
        });
        match answer {
            Ok(Ok(value)) => value,
            Ok(Err(reason)) | Err(reason) => {
                panic!("{}: not {what}: {reason}\n{}", self.name, self.log_tail())
            }
        }
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).id()
    }

    /// Tells how the program ended; none while it runs.
    pub fn exit_status(&self) -> Option<std::process::ExitStatus> {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.try_wait().unwrap_or_else(|e| panic!("cannot ask for {}: {e}", self.name))
    }

    /// Everything the program has written so far.
    pub fn log(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The last lines the program has written, under a heading.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let start = (log.len().saturating_sub(TAIL)..).find(|at| log.is_char_boundary(*at));
        format!("--- end of {} ---\n{}", self.log.display(), &log[start.unwrap_or(0)..])
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Both fail only for a program that has ended and been waited for, which is the aim.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Waits until `probe` answers.
///
/// # Panics
///
/// When `deadline` passes first; the message holds the probe's last complaint.
#[track_caller]
pub fn wait_until<T>(
    deadline: Duration,
    what: &str,
    probe: impl FnMut() -> Result<T, String>,
) -> T {
    poll(deadline, probe).unwrap_or_else(|reason| panic!("not {what}: {reason}"))
}

/// Asks `probe` again and again until it answers or `deadline` passes, and at least once.
///
/// # Errors
///
/// The probe's last complaint.
pub fn poll<T>(
    deadline: Duration,
    mut probe: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let start = Instant::now();
    loop {
        match probe() {
            Err(reason) if start.elapsed() >= deadline => {
                return Err(format!("{reason} (after {:.1} s)", start.elapsed().as_secs_f32()));
            }
            Err(_) => thread::sleep(PAUSE),
            answer => return answer,
        }
    }
}

/// Wraps a command so that the kernel kills the program when the thread that started it ends.
fn bound_to_us(command: &Command) -> Command {
    let mut bound = crate::programs::command("setpriv");
    bound.args(["--pdeathsig", "KILL", "--"]).arg(command.get_program()).args(command.get_args());
    for (variable, value) in command.get_envs() {
        match value {
            Some(value) => bound.env(variable, value),
            None => bound.env_remove(variable),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    bound
}

/// Starts a command from the one thread that lives as long as this test program does: a test's
/// own thread ends with the test, and what it started may be shared with others.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, Sender<io::Result<Child>>);
    static STARTER: LazyLock<Sender<Order>> = LazyLock::new(|| {
        let (orders, received) = channel::<Order>();
        thread::spawn(move || {
            for (mut command, answer) in received {
                // The asker waits for the answer below, so the send finds it there.
                let _ = answer.send(command.spawn());
            }
        });
        orders
    });
    let (answer, started) = channel();
    STARTER.send((command, answer)).map_err(io::Error::other)?;
    started.recv().map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::path::Path;

    const SOON: Duration = Duration::from_secs(10);

    fn shell(folder: &Path, script: &str) -> Process {
        let mut command = crate::programs::command("sh");
        command.args(["-c", script]);
        Process::start("sh", &command, folder.join("log"))
    }

    #[test]
    fn a_process_is_gone_after_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let process = shell(folder.path(), "echo $$; exec sleep 1000");
        let id = process.wait_until(SOON, "writing its id", || {
            let log = process.log();
            if log.ends_with('\n') { Ok(log.trim().to_owned()) } else { Err(log) }
        });
        let entry = PathBuf::from("/proc").join(id);
        assert!(entry.exists());
        drop(process);
        assert!(!entry.exists());
    }

    #[test]
    fn waiting_for_a_process_that_ends_shows_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let process = shell(folder.path(), "echo no such flag >&2; exit 3");
        let waiting = || process.wait_until(SOON, "ready", || Err::<(), _>("silent".to_owned()));
        let panic = catch_unwind(AssertUnwindSafe(waiting)).unwrap_err();
        let message = panic.downcast::<String>().unwrap();
        assert!(
            message.contains("exit status: 3") && message.contains("no such flag"),
            "{message}"
        );
    }

    #[test]
    fn a_poll_ends_at_its_deadline_with_the_last_reason() {
        let mut rounds = 0;
        let reason = poll(Duration::from_millis(120), || {
            rounds += 1;
            Err::<(), _>(format!("round {rounds}"))
        });
        assert!(rounds > 1 && reason.unwrap_err().starts_with(&format!("round {rounds}")));
    }
}
