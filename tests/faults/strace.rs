//! Runs the command under strace: to see its system calls, and to make one of them go wrong.

use std::{fs, path::Path, process::Command};

use kubepki_testkit::programs::{self, Output};

use super::root::{Root, fast};

/// A system call that a traced run made.
#[derive(Clone)]
pub(crate) struct Call {
    /// The thread that made it, counted in the order in which they first made one.
    pub(crate) thread: usize,
    pub(crate) name: String,
    /// The how-manieth of this name in its thread, from 1: what strace's `when=` counts.
    pub(crate) n: usize,
    /// The call as strace writes it, with the paths of descriptors. Of one that another thread
    /// interrupted, what strace knew then: no result, and no arguments that are results.
    pub(crate) text: String,
}

impl Call {
    /// Whether its first argument, or its path where that is relative to no descriptor, is the
    /// root or below it. Everything else is the loader, the C library, and the output.
    pub(crate) fn is_below(&self, root: &Path) -> bool {
        let root = root.to_str().unwrap();
        let arguments = self.text.split_once('(').map_or("", |(_, arguments)| arguments);
        if arguments.starts_with("AT_FDCWD") {
            let path = arguments.split('"').nth(1).unwrap_or_default();
            return !path.starts_with('/') || path.starts_with(root);
        }
        let first = arguments.split([',', ')']).next().unwrap_or_default();
        first.contains(&format!("<{root}"))
    }
}

/// Runs the command to its end, which has to be a good one; every call of every thread.
pub(crate) fn trace(root: &Root, args: &[&str]) -> Vec<Call> {
    let (output, calls) = traced(root, args);
    output.expect_success();
    calls
}

/// Runs the command to its end, whatever that is; every call of every thread.
pub(crate) fn traced(root: &Root, args: &[&str]) -> (Output, Vec<Call>) {
    let log = tempfile::NamedTempFile::new_in(fast()).unwrap();
    let output = programs::finish(under_strace(root, &["-y"], log.path(), args), b"");
    (output, calls(&fs::read_to_string(log.path()).unwrap()))
}

/// Runs the command with rules such as `renameat:signal=SIGKILL:when=3`.
///
/// `--seccomp-bpf` makes it four times as quick, but strace 6.1 then forgets to send signals
/// without a word, so it is for errors alone.
pub(crate) fn inject(root: &Root, args: &[&str], rules: &[String]) -> Output {
    let rules: Vec<_> = rules.iter().map(|rule| format!("inject={rule}")).collect();
    let names: Vec<_> =
        rules.iter().map(|rule| rule["inject=".len()..].split(':').next()).collect();
    let traced = format!("trace={}", names.into_iter().flatten().collect::<Vec<_>>().join(","));
    let mut options = vec!["-e", &traced];
    for rule in &rules {
        options.extend(["-e", rule]);
    }
    if !rules.iter().any(|rule| rule.contains("signal=")) {
        options.push("--seccomp-bpf");
    }
    programs::finish(under_strace(root, &options, Path::new("/dev/null"), args), b"")
}

/// The command below strace, not yet started.
pub(crate) fn under_strace(root: &Root, options: &[&str], log: &Path, args: &[&str]) -> Command {
    let mut command = programs::command("strace");
    root.settle(&mut command);
    command.args(["-f", "-qq", "-o"]).arg(log).args(options);
    command.arg(env!("CARGO_BIN_EXE_kubepki")).args(args);
    command
}

/// Reads a log: `7401  openat(3</root>, ".kubepki", ...) = 4`, a thread's number in front.
pub(crate) fn calls(log: &str) -> Vec<Call> {
    let mut threads: Vec<&str> = Vec::new();
    let mut calls: Vec<Call> = Vec::new();
    for line in log.lines() {
        let Some((thread, text)) = line.split_once(' ') else { continue };
        // A call that was interrupted by another thread's has its end on a line of its own.
        let text = text.trim_start().replace(" <unfinished ...>", ")");
        let Some((name, _)) = text.split_once('(').filter(|_| !text.starts_with(['<', '+', '-']))
        else {
            continue;
        };
        let thread = threads.iter().position(|known| *known == thread).unwrap_or_else(|| {
            threads.push(thread);
            threads.len() - 1
        });
        let n = 1 + calls.iter().filter(|c| c.thread == thread && c.name == name).count();
        calls.push(Call { thread, name: name.to_owned(), n, text });
    }
    calls
}

/// What strace writes depends on when threads run; what the sweeps make of it must not.
#[test]
fn an_interrupted_call_reads_like_another() {
    let whole = "\
11 fsync(9</r/.kubepki>) = 0
12 write(3</r/a>, \"x\", 1) = 1
11 fsync(9</r/.kubepki>) = 0
";
    let interrupted = "\
11 fsync(9</r/.kubepki> <unfinished ...>
12 write(3</r/a>, \"x\", 1 <unfinished ...>
11 <... fsync resumed>) = 0
12 <... write resumed>) = 1
11 fsync(9</r/.kubepki>) = 0
";
    let read = |log| {
        let calls = calls(log).into_iter();
        let text = |text: String| text.split(" = ").next().unwrap().to_owned();
        calls.map(|call| (call.thread, call.name, call.n, text(call.text))).collect::<Vec<_>>()
    };
    assert_eq!(read(whole).len(), 3);
    assert_eq!(read(interrupted), read(whole));
}
