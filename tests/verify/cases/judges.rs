//! The judges and what they say. Decides nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
};

use kubepki_testkit::programs::{self, Output};
use serde_json::Value;

use crate::environment::{Environment, repository};

/// The others, in the order of the page's columns.
pub(super) const JUDGES: [&str; 4] = ["go", "openssl", "gnutls", "pyca"];

/// A case: its folder has chain.pem and trust.pem.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) family: String,
    pub(super) title: String,
    name: Option<String>,
    purpose: String,
    at: String,
}

/// What kubepki says of a case.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) code: Option<i32>,
    /// The names of the checks that found something.
    pub(super) checks: BTreeSet<String>,
}

/// What every judge says of every case; an empty text where it accepts.
pub(super) struct Verdicts {
    others: BTreeMap<&'static str, BTreeMap<String, String>>,
    /// What Go says for any use and without a name.
    go_unasked: BTreeMap<String, String>,
    ours: BTreeMap<String, Ours>,
    served: BTreeMap<String, Ours>,
    unasked: BTreeMap<String, Ours>,
}

impl Ours {
    fn of(output: &Output) -> Self {
        let document: Value = serde_json::from_str(&output.stdout).unwrap_or_default();
        let findings = document["findings"].as_array().into_iter().flatten();
        let checks = findings.map(|finding| finding["check"].as_str().unwrap().to_owned());
        Self { code: output.code, checks: checks.collect() }
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.code == Some(0)
    }
}

/// Makes every case in a folder.
pub(super) fn make(folder: &Path) -> Vec<Case> {
    python("generate.py", folder);
    let text = std::fs::read_to_string(folder.join("cases.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let text = |case: &Value, field: &str| case[field].as_str().unwrap().to_owned();
    let case = |case: &Value| Case {
        id: text(case, "id"),
        family: text(case, "family"),
        title: text(case, "title"),
        name: case["name"].as_str().map(str::to_owned),
        purpose: text(case, "purpose"),
        at: text(case, "at"),
    };
    cases.iter().map(case).collect()
}

impl Verdicts {
    /// Asks them all.
    pub(super) fn of(cases: &[Case], folder: &Path) -> Self {
        let mut others: BTreeMap<_, _> = ask_python(folder);
        let [go, go_unasked] = ask_go(folder);
        others.insert("go", go);
        let question = |case: &Case| {
            let mut args = vec!["--trust".to_owned(), file(folder, case, "trust.pem")];
            args.extend(["--for".to_owned(), case.purpose.clone()]);
            // One name begins with a hyphen.
            args.extend(case.name.iter().map(|name| format!("--name={name}")));
            args
        };
        let chain = |case: &Case| file(folder, case, "chain.pem");
        let ours = ask_kubepki(cases, |case| Some([question(case), vec![chain(case)]].concat()));
        let servers = Servers::start(folder);
        let served = ask_kubepki(cases, |case| {
            Some([question(case), vec!["--endpoint".to_owned(), servers.address(case)?]].concat())
        });
        let unasked =
            ask_kubepki(cases, |case| Some(vec![file(folder, case, "trust.pem"), chain(case)]));
        Self { others, go_unasked, ours, served, unasked }
    }

    /// What kubepki says of a case's two files where nothing is asked of them, and what Go says for any
    /// use.
    pub(super) fn unasked(&self, case: &Case) -> (&Ours, &str) {
        (&self.unasked[&case.id], &self.go_unasked[&case.id])
    }

    /// What kubepki says of a case where a server sends the chain; none for what no server can use.
    pub(super) fn served(&self, case: &Case) -> Option<&Ours> {
        self.served.get(&case.id)
    }

    pub(super) fn ours(&self, case: &Case) -> &Ours {
        &self.ours[&case.id]
    }

    /// What a judge says against a case; none where it accepts it.
    pub(super) fn against(&self, judge: &str, case: &Case) -> Option<&str> {
        Some(self.others[judge][&case.id].as_str()).filter(|text| !text.is_empty())
    }

    /// Who refuses a case, and why.
    pub(super) fn refusing(&self, case: &Case) -> BTreeMap<&'static str, &str> {
        let said = JUDGES.iter().filter_map(|judge| Some((*judge, self.against(judge, case)?)));
        said.collect()
    }
}

/// The judges with their versions, as far as these change what they say.
pub(super) fn versions() -> String {
    let mut pyca = Command::new(programs::pkilint_python());
    pyca.args(["-c", "import cryptography; print(cryptography.__version__)"]);
    let mut go = go();
    go.arg("version");
    let said = [
        ("Go", programs::finish(go, b"")),
        ("OpenSSL", programs::run("openssl", ["version"])),
        ("GnuTLS", programs::run("certtool", ["--version"])),
        ("pyca's cryptography", programs::finish(pyca, b"")),
    ];
    let of = |(name, said): (&str, Output)| format!("{name} {}", version(&said.expect_success()));
    said.map(of).join(", ")
}

/// `1.19` of `go version go1.19.8 linux/amd64`.
fn version(said: &str) -> String {
    let is_version =
        |word: &&str| word.contains('.') && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let mut words = said.split_whitespace().map(|word| word.trim_start_matches("go"));
    let version = words.find(is_version).unwrap_or_else(|| panic!("no version in {said:?}"));
    version.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// Asks about the cases for which there are arguments, two at a time.
fn ask_kubepki(
    cases: &[Case],
    arguments: impl Fn(&Case) -> Option<Vec<String>> + Sync,
) -> BTreeMap<String, Ours> {
    let ask = |case: &Case| {
        let arguments = arguments(case)?;
        let mut args = vec!["verify", "-o", "json", "--at", &case.at];
        args.extend(arguments.iter().map(String::as_str));
        Some((case.id.clone(), Ours::of(&Environment::new().kubepki(&args))))
    };
    let ask = |cases: &[Case]| cases.iter().filter_map(ask).collect::<Vec<_>>();
    thread::scope(|scope| {
        let halves = cases.chunks(cases.len().div_ceil(2));
        let halves: Vec<_> = halves.map(|half| scope.spawn(move || ask(half))).collect();
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    })
}

/// A server for each case that has a key.
struct Servers {
    process: Child,
    addresses: BTreeMap<String, String>,
}

impl Servers {
    fn start(folder: &Path) -> Self {
        let mut command = build_go(folder, "serve");
        command.arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, addresses: serde_json::from_str(&line).unwrap() }
    }

    fn address(&self, case: &Case) -> Option<String> {
        self.addresses.get(&case.id).filter(|_| case.purpose != "client").cloned()
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn file(folder: &Path, case: &Case, name: &str) -> String {
    folder.join(&case.id).join(name).display().to_string()
}

/// What Go says of each, as asked and for any use.
fn ask_go(folder: &Path) -> [BTreeMap<String, String>; 2] {
    let mut command = build_go(folder, "judge");
    command.arg(folder);
    let said = programs::finish(command, b"").expect_success();
    let mut said: BTreeMap<String, _> = serde_json::from_str(&said).unwrap();
    ["asked", "unasked"].map(|which| said.remove(which).unwrap())
}

/// A program of this folder, built into the folder of the cases.
fn build_go(folder: &Path, name: &str) -> Command {
    let program = folder.join(format!("{name}.program"));
    let mut build = go();
    build.args(["build", "-o"]).arg(&program).arg(here(&format!("{name}.go")));
    programs::finish(build, b"").expect_success();
    Command::new(program)
}

fn ask_python(folder: &Path) -> BTreeMap<&'static str, BTreeMap<String, String>> {
    let said = python("judge.py", folder);
    let mut said: BTreeMap<String, _> = serde_json::from_str(&said).unwrap();
    let others = JUDGES.iter().filter_map(|judge| Some((*judge, said.remove(*judge)?)));
    others.collect()
}

/// Go beside pkilint, for one file of its own library alone: no module, and nothing from the network.
fn go() -> Command {
    let mut command = Command::new(programs::pkilint_python().with_file_name("go"));
    let settings =
        [("CGO_ENABLED", "0"), ("GO111MODULE", "off"), ("GOFLAGS", ""), ("GOTOOLCHAIN", "local")];
    command.envs(settings);
    command
}

/// What a script of this folder prints about a folder of cases. It leaves nothing here.
fn python(script: &str, folder: &Path) -> String {
    let mut command = Command::new(programs::pkilint_python());
    command.args(["-B", "-W", "ignore"]).arg(here(script)).arg(folder);
    programs::finish(command, b"").expect_success()
}

fn here(name: &str) -> PathBuf {
    repository().join("tests/verify/cases").join(name)
}
