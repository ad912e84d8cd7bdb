//! What becomes of the command when nobody takes what it says.

use std::{
    fs::File,
    io::Read,
    process::{Command, Stdio},
};

use super::{root::Root, whole::is_whole};

#[test]
fn a_full_stdout_is_an_error() {
    let root = Root::new();
    let run = into_full(root.command(&["plan"]));
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.starts_with("error: cannot write to stdout\n"), "{}", run.stderr);
    assert_eq!(run.stderr.matches("error:").count(), 1, "{}", run.stderr);

    // The files are in place before anything is said of them.
    let run = into_full(root.command(&["apply"]));
    assert_eq!(run.code, Some(4));
    assert!(
        run.stderr.contains("error: the work is done, but cannot write the result"),
        "{}",
        run.stderr
    );
    is_whole(&root, &Root::applied().tree()).unwrap();
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let root = Root::new();
    for verb in ["plan", "apply"] {
        // `head -0` in a shell would race; here the other end is closed before the first byte.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = root.command(&[verb]);
        command.stdout(writer).stdin(Stdio::null()).stderr(Stdio::piped());
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{verb}: {stderr}");
        assert!(!stderr.contains("error") && !stderr.contains("panic"), "{verb}: {stderr}");
    }
    is_whole(&root, &Root::applied().tree()).unwrap();
}

#[test]
fn a_closed_stderr_changes_nothing_of_the_work() {
    for target in ["/dev/full", "closed"] {
        let root = Root::new();
        let redirect = if target == "closed" { "2>&-" } else { "2>/dev/full" };
        let mut shell = Command::new("sh");
        root.settle(&mut shell);
        shell.args(["-c", &format!("exec \"$0\" apply >/dev/null {redirect}")]);
        let status = shell.arg(env!("CARGO_BIN_EXE_kubepki")).status().unwrap();
        assert_eq!(status.code(), Some(0), "{target}");
        is_whole(&root, &Root::applied().tree()).unwrap();
    }
}

struct Said {
    code: Option<i32>,
    stderr: String,
}

fn into_full(mut command: Command) -> Said {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut child =
        command.stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    Said { code: child.wait().unwrap().code(), stderr }
}
