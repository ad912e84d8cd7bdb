//! Finds and runs the foreign programs. Never installs one: a missing program is a panic that
//! names `tests/setup`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The environment variables that would send a program to a cluster, an etcd or a proxy of the
/// person who runs the tests.
const MISLEADING: [&str; 11] = [
    "ALL_PROXY",
    "ETCDCTL_ENDPOINTS",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "KUBECONFIG",
    "KUBERNETES_SERVICE_HOST",
    "OPENSSL_CONF",
    "all_proxy",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Finds a program of any kind, as `openssl`, `certtool`, `strace`, `kubectl` or
/// `kube-apiserver`: the Kubernetes programs in [`kube_assets`], the others on the `PATH`.
///
/// # Panics
///
/// When the program is not there.
pub fn find(program: &str) -> PathBuf {
    if program.starts_with("kube") || program.starts_with("etcd") {
        let folder = kube_assets();
        let path = folder.join(program);
        assert!(path.exists(), "`{}` has no `{program}`: run tests/setup", folder.display());
        return path;
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
        .unwrap_or_else(|| missing(program))
}

/// Starts the description of a run of `program`, found by [`find`], in an environment without
/// what could send it elsewhere (`KUBECONFIG`, proxies, etcd's end points).
///
/// # Panics
///
/// When the program is not there.
pub fn command(program: &str) -> Command {
    let mut command = Command::new(find(program));
    for variable in MISLEADING {
        command.env_remove(variable);
    }
    command
}

/// Runs a program to its end and keeps what it said.
///
/// # Panics
///
/// When the program is not there or cannot be started.
pub fn run<A: Into<OsString>>(program: &str, arguments: impl IntoIterator<Item = A>) -> Output {
    let mut command = command(program);
    command.args(arguments.into_iter().map(Into::into));
    finish(command, b"")
}

/// Runs a described program to its end, with `input` on its standard input.
///
/// # Panics
///
/// When the program cannot be started.
pub fn finish(mut command: Command, input: &[u8]) -> Output {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let shown = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot start {shown}: {e}"));
    let mut stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // From a thread of its own: a large input and a large output would wait for each other.
        scope.spawn(move || {
            // A program that ends without reading its input is judged by its exit code.
            stdin.take().map(|mut pipe| pipe.write_all(input))
        });
        child.wait_with_output()
    });
    let output = output.unwrap_or_else(|e| panic!("cannot wait for {shown}: {e}"));
    Output {
        command: shown,
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The folder of etcd's and Kubernetes' programs: `KUBEPKI_KUBE_ASSETS`, else
/// `KUBEBUILDER_ASSETS`, else the cache that `tests/kube-assets` fills.
///
/// # Panics
///
/// When none of the three is a folder with a `kube-apiserver`.
pub fn kube_assets() -> PathBuf {
    let named = ["KUBEPKI_KUBE_ASSETS", "KUBEBUILDER_ASSETS"].iter().find_map(env::var_os);
    let folder = named.map_or_else(|| cache().join("kube-assets/bin"), PathBuf::from);
    if folder.join("kube-apiserver").exists() { folder } else { missing("kube-apiserver") }
}

/// The Python that has pkilint: the virtual environment `KUBEPKI_PKILINT`, else the one that
/// `tests/setup` makes.
///
/// # Panics
///
/// When neither is there.
pub fn pkilint_python() -> PathBuf {
    let named = env::var_os("KUBEPKI_PKILINT").map(PathBuf::from);
    let python = named.unwrap_or_else(|| cache().join("kubepki-tests/pkilint")).join("bin/python");
    if python.exists() { python } else { missing("pkilint") }
}

/// What a program that ran to its end left behind.
#[derive(Clone, Debug)]
#[must_use]
pub struct Output {
    /// The program and its arguments, for messages.
    pub command: String,
    /// The exit code; none where a signal ended the program.
    pub code: Option<i32>,
    /// Everything written to standard output.
    pub stdout: String,
    /// Everything written to standard error.
    pub stderr: String,
}

impl Output {
    /// Tells whether the exit code was 0.
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }

    /// Turns the output into what the program printed, or into what it complained of.
    pub fn into_result(self) -> Result<String, String> {
        if self.succeeded() { Ok(self.stdout) } else { Err(self.stdout + &self.stderr) }
    }

    /// Returns the standard output of a program that must succeed.
    ///
    /// # Panics
    ///
    /// When the exit code is not 0; the message holds all the program said.
    #[track_caller]
    pub fn expect_success(self) -> String {
        assert!(self.succeeded(), "should succeed, but did not: {self:#?}");
        self.stdout
    }

    /// Returns the standard error of a program that must fail by an exit code of its own.
    ///
    /// # Panics
    ///
    /// When it succeeded or was ended by a signal.
    #[track_caller]
    pub fn expect_failure(self) -> String {
        assert!(self.code.is_some_and(|code| code != 0), "should fail, but did not: {self:#?}");
        self.stderr
    }
}

fn cache() -> PathBuf {
    env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .unwrap_or_else(|| Path::new(&env::var_os("HOME").unwrap_or_default()).join(".cache"))
}

fn missing(program: &str) -> ! {
    panic!("`{program}` is not installed: run tests/setup")
}
