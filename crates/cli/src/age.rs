//! The way to encrypted bundles: the operator's own age, with the keys and plugins it knows. Clear
//! text goes through pipes only, and no key through arguments. Why no library:
//! docs/design/0003-dependencies.md.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use zeroize::Zeroizing;

use crate::{error::CommandError, ssh::last_lines};

/// How long it may take; somebody may have to type a passphrase.
const DEADLINE: Duration = Duration::from_secs(120);

/// How often it is asked whether it has ended.
const STEP: Duration = Duration::from_millis(2);

/// The most bytes that are read of what it says: its messages have one line or two.
const COMPLAINT: u64 = 16 * 1024;

/// Encrypts to every recipient.
pub(crate) fn encrypt(
    clear: Zeroizing<Vec<u8>>,
    recipients: &[String],
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let mut arguments: Vec<OsString> = vec!["--encrypt".into()];
    for recipient in recipients {
        arguments.extend(["--recipient".into(), recipient.trim().into()]);
    }
    // Its header has about 200 bytes for each recipient, and 16 bytes follow each 64 KiB.
    let limit = clear.len() + clear.len() / 1024 + 1024 * (recipients.len() + 1);
    let failed = || CommandError::usage("cannot encrypt the bundle");
    run(Command::new("age"), &arguments, clear, limit, DEADLINE).map_err(|problem| {
        problem.explain(failed(), "use `age1...`, or the line of an `id_ed25519.pub` in quotes")
    })
}

/// Decrypts with the key in a file.
pub(crate) fn decrypt(
    sealed: Zeroizing<Vec<u8>>,
    identity: &Path,
    refused: CommandError,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    // A name that begins with `-` is a file too.
    let path = if identity.is_relative() { Path::new(".").join(identity) } else { identity.into() };
    let arguments = ["--decrypt".into(), "--identity".into(), path.into_os_string()];
    // The clear text is always the shorter one.
    let limit = sealed.len();
    run(Command::new("age"), &arguments, sealed, limit, DEADLINE).map_err(|problem| {
        problem.explain(
            refused,
            "name the private key of the recipient with `--identity`, and copy the whole bundle",
        )
    })
}

/// Why there is no result.
#[derive(Debug)]
enum Problem {
    Missing,
    Io(io::Error),
    Late,
    Refused(String),
    TooLarge,
}

impl Problem {
    fn explain(self, error: CommandError, hint: &str) -> CommandError {
        match self {
            Self::Missing => error
                .because("there is no `age` on the PATH")
                .hint("install it (Debian: age), or use ssh instead: `kubepki host push`"),
            Self::Io(cause) => error.because("cannot run age").caused_by(&cause),
            Self::Late => error
                .because(format!("age did not finish within {} seconds", DEADLINE.as_secs()))
                .hint("try it with `age` alone"),
            Self::Refused(said) => error.because(said).hint(hint),
            Self::TooLarge => error
                .because("the output of age is larger than any bundle")
                .hint("make the bundle again with `kubepki host bundle`"),
        }
    }
}

fn run(
    mut command: Command,
    arguments: &[OsString],
    input: Zeroizing<Vec<u8>>,
    limit: usize,
    deadline: Duration,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing,
        _ => Problem::Io(error),
    })?;
    // Threads of their own, which nobody waits for where it does not end: a large input and a large
    // output would wait for each other.
    if let Some(mut pipe) = child.stdin.take() {
        // What ends before it has read everything says why.
        thread::spawn(move || pipe.write_all(&input));
    }
    // One allocation: a growing one would leave copies of keys behind.
    let result = read(child.stdout.take(), limit as u64 + 1, limit + 2);
    let said = read(child.stderr.take(), COMPLAINT, 0);
    let ended = wait(&mut child, deadline, &result);
    let Some((status, result)) = ended else {
        // It is gone either way when this process ends.
        let _ = child.kill().and_then(|()| child.wait());
        return Err(Problem::Late);
    };
    let result = result.map_err(Problem::Io)?;
    if result.len() > limit {
        return Err(Problem::TooLarge);
    }
    if !status.success() {
        let said = said.recv_timeout(Duration::from_secs(1)).ok().and_then(Result::ok);
        let said = said.unwrap_or_default();
        // Its last line is always where to report errors.
        let lines = said.split_inclusive(|byte| *byte == b'\n');
        let told: Vec<u8> =
            lines.filter(|line| !line.starts_with(b"age: report ")).flatten().copied().collect();
        return Err(Problem::Refused(last_lines(&told)));
    }
    Ok(result)
}

type Bytes = io::Result<Zeroizing<Vec<u8>>>;

/// Reads to the end, or to `limit`, behind the caller's back.
fn read(
    pipe: Option<impl Read + Send + 'static>,
    limit: u64,
    room: usize,
) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        let read = pipe.map_or(Ok(0), |pipe| pipe.take(limit).read_to_end(&mut bytes));
        // Nobody may be there any more.
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}

/// Waits for all it writes, and then for its end; `None` where either takes too long.
fn wait(
    child: &mut Child,
    deadline: Duration,
    result: &mpsc::Receiver<Bytes>,
) -> Option<(ExitStatus, Bytes)> {
    let bytes = result.recv_timeout(deadline).ok()?;
    // Nothing is left to do for it but to end.
    let mut left = deadline;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some((status, bytes)),
            Ok(None) if !left.is_zero() => thread::sleep(STEP),
            _ => return None,
        }
        left = left.saturating_sub(STEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, input: &[u8], deadline: u64) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run(command, &[], input.to_vec().into(), 1 << 20, Duration::from_millis(deadline))
    }

    #[test]
    fn data_comes_back_as_it_is_and_nothing_hangs() {
        let input: Vec<u8> = (0..1_048_576_u32).map(|n| (n % 251) as u8).collect();
        assert_eq!(shell("cat", &input, 60_000).unwrap().as_slice(), input);
        assert!(matches!(shell("cat /dev/zero", &input, 60_000), Err(Problem::TooLarge)));
        // It, or a child of it, that keeps the pipes open.
        for script in ["sleep 60", "sleep 60 & exit 0", "exec 1>&-; sleep 60"] {
            assert!(matches!(shell(script, &input, 300), Err(Problem::Late)), "{script}");
        }
        let Err(Problem::Refused(said)) =
            shell("echo 'age: error: x' >&2; echo 'age: report it' >&2; exit 1", b"", 60_000)
        else {
            panic!("it did not fail")
        };
        assert_eq!(said, "age: error: x");
        let missing = run(Command::new("no-such-age"), &[], Zeroizing::default(), 1, DEADLINE);
        assert!(matches!(missing, Err(Problem::Missing)));
    }
}
