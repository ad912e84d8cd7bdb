//! The way to a cluster: the operator's own kubectl, with every way of authentication it knows.
//! Why not a client library: docs/design/0005-kubectl-is-the-transport.md.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use zeroize::Zeroizing;

use crate::{error::CommandError, trace};

/// Which cluster is spoken to.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Kubectl {
    /// The kubeconfig for the cluster [default: that of kubectl]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context in the kubeconfig
    #[arg(long)]
    context: Option<String>,
    /// How many seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    request_timeout: u32,
}

impl Kubectl {
    /// `GET` of a path of the API.
    pub(crate) fn get(&self, path: &str) -> Result<String, CommandError> {
        self.run(&["get", "--raw", path], "")
    }

    /// `PUT` of a body to a path of the API.
    pub(crate) fn put(&self, path: &str, body: &str) -> Result<String, CommandError> {
        self.run(&["replace", "--raw", path, "-f", "-"], body)
    }

    /// `POST` of a body to a path of the API.
    pub(crate) fn post(&self, path: &str, body: &str) -> Result<String, CommandError> {
        self.run(&["create", "--raw", path, "-f", "-"], body)
    }

    /// Makes or changes the objects of a manifest; kubectl's word for each.
    pub(crate) fn apply(&self, manifest: &str) -> Result<String, CommandError> {
        self.run(&["apply", "-f", "-"], manifest)
    }

    /// The kubeconfig of the context in use, with everything embedded, secrets included.
    pub(crate) fn kubeconfig(&self) -> Result<Zeroizing<String>, CommandError> {
        self.run(&["config", "view", "--raw", "--minify", "--flatten"], "").map(Zeroizing::new)
    }

    fn run(&self, verb: &[&str], input: &str) -> Result<String, CommandError> {
        let mut command = Command::new("kubectl");
        command.args(verb).arg(format!("--request-timeout={}s", self.request_timeout));
        if let Some(kubeconfig) = &self.kubeconfig {
            command.arg("--kubeconfig").arg(kubeconfig);
        }
        if let Some(context) = &self.context {
            command.args(["--context", context]);
        }
        let (output, took) = trace::timed(|| exchange(command, input));
        tracing::debug!(?verb, ?took, "run kubectl");
        let output = output.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => CommandError::failed("cannot connect to the cluster")
                .because("there is no `kubectl` on the PATH")
                .hint("install kubectl (Debian: kubernetes-client)"),
            _ => CommandError::failed("cannot run kubectl").caused_by(&error),
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(refused(&output))
    }
}

/// Runs a program to its end, with `input` on its stdin: never in its arguments, which everybody
/// on the machine can read.
fn exchange(mut command: Command, input: &str) -> io::Result<std::process::Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    thread::scope(|scope| {
        // From a thread of its own: a large input and a large answer would wait for each other.
        scope.spawn(move || {
            // A kubectl that ends before it has read everything says why on stderr.
            stdin.map(|mut pipe| pipe.write_all(input.as_bytes()))
        });
        child.wait_with_output()
    })
}

/// What kubectl said, as an error with a hint for what is often the cause.
fn refused(output: &std::process::Output) -> CommandError {
    let said = String::from_utf8_lossy(&output.stderr);
    let last: Vec<_> = said.trim().lines().rev().take(3).map(shortened).collect();
    let shown = last.into_iter().rev().collect::<Vec<_>>().join(" ");
    let shown = if shown.is_empty() { output.status.to_string() } else { shown };
    let hint = HINTS.iter().find(|(part, _)| said.contains(part)).map_or(OTHERWISE, |(_, h)| h);
    CommandError::failed("the cluster refused the request").because(shown).hint(hint)
}

const CREDENTIAL: &str =
    "the credential has expired, or is for another cluster: run `kubepki kubeconfig check`";
const REACHABLE: &str = "check that this machine can reach the server in the kubeconfig";
const SERVER: &str = "check that the apiserver runs, and the server in the kubeconfig";

/// A part of what kubectl and apiservers say, and what to do then; the first that fits counts.
const HINTS: [(&str, &str); 18] = [
    ("(Forbidden)", "use a kubeconfig whose user may do this, with `--kubeconfig`"),
    ("is forbidden:", "use a kubeconfig whose user may do this, with `--kubeconfig`"),
    ("(Unauthorized)", CREDENTIAL),
    ("must be logged in", CREDENTIAL),
    ("(AlreadyExists)", "choose another name, or delete the object first"),
    ("could not find the requested resource", "use Kubernetes 1.19 or newer"),
    ("no matches for kind", "use Kubernetes 1.19 or newer"),
    ("(NotFound)", "list the requests with `kubepki csr list`"),
    ("(Conflict)", "the object changed at the same time: try again"),
    ("x509:", "the CA in the kubeconfig did not sign the apiserver's certificate"),
    ("refused", SERVER),
    ("no such host", "this machine cannot resolve the name of the server in the kubeconfig"),
    ("gave HTTP response to HTTPS client", SERVER),
    ("imeout", REACHABLE),
    ("Unable to connect", REACHABLE),
    ("does not exist", "list the contexts with `kubepki kubeconfig get-contexts`"),
    ("no such file", "name a kubeconfig with `--kubeconfig` or `$KUBECONFIG`"),
    ("(ServiceUnavailable)", "the apiserver is starting or overloaded: try again"),
];

/// What can be said of everything else.
const OTHERWISE: &str = "`kubectl get csr -v 6` shows the requests and answers";

/// A line of an answer that may be anybody's.
fn shortened(line: &str) -> String {
    const LONGEST: usize = 400;
    line.chars().take(LONGEST).collect()
}
