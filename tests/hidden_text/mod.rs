//! Other people's text in every place that is read, by every verb in every format: nothing that is
//! printed or written holds a character that is not seen, and no text of theirs begins a line.

mod arguments;
mod bundle;
mod cluster;
mod files;
mod root;
mod spec;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use kubepki_testkit::programs;

use crate::environment::Environment;

/// Control characters of both sets, directions, joiners, fillers, marks of bytes, tags, selectors,
/// separators, private ones and spaces that are none. Not the product's own list.
const HIDDEN: &[char] = &[
    '\u{1b}',
    '\u{9b}',
    '\r',
    '\u{7}',
    '\u{8}',
    '\u{7f}',
    '\u{202e}',
    '\u{2066}',
    '\u{200d}',
    '\u{200b}',
    '\u{feff}',
    '\u{2028}',
    '\u{2029}',
    '\u{e0041}',
    '\u{ad}',
    '\u{3164}',
    '\u{115f}',
    '\u{34f}',
    '\u{fe0f}',
    '\u{180e}',
    '\u{e000}',
    '\u{a0}',
    '\u{61c}',
];

/// A name that holds every one of them, and a line that would look like ours.
fn hostile(word: &str) -> String {
    let hidden: String = HIDDEN.iter().collect();
    format!("{word}{hidden}\nerror: FORGED")
}

/// The same without what a line cannot hold.
fn on_one_line(word: &str) -> String {
    hostile(word).replace(['\r', '\n', '\u{2028}', '\u{2029}'], "")
}

/// What went wrong in a number of runs.
#[derive(Default)]
struct Found {
    runs: usize,
    wrong: Vec<String>,
}

impl Found {
    /// Runs a verb, and looks at all that it says and at what it has written.
    fn run(&mut self, environment: &Environment, args: &[&str]) {
        let path = std::env::var("PATH").unwrap();
        let mut command = environment.command(args);
        command.env("PATH", format!("{}:{path}", environment.path("bin").display()));
        self.judge(command, args);
    }

    fn judge(&mut self, mut command: Command, args: &[&str]) {
        let output = command.stdin(Stdio::null()).output().unwrap();
        self.runs += 1;
        for (stream, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            self.look(&format!("{args:?}: {stream}"), &String::from_utf8_lossy(bytes));
        }
        let code = output.status.code();
        let said = String::from_utf8_lossy(&output.stderr);
        if !matches!(code, Some(0..=4)) || said.contains("panicked") {
            self.wrong.push(format!("{args:?}: ended with {code:?}: {said}"));
        }
    }

    /// Looks at a text for people or programs.
    fn look(&mut self, place: &str, text: &str) {
        if let Some(found) = text.chars().find(|it| HIDDEN.contains(it)) {
            let line = text.lines().find(|line| line.contains(found)).unwrap_or_default();
            self.wrong.push(format!("{place}: U+{:04X} in {line:?}", u32::from(found)));
        }
        if let Some(line) = text.lines().find(|line| line.trim_start().starts_with("error: FORGED"))
        {
            self.wrong.push(format!("{place}: a line of its own: {line:?}"));
        }
    }

    /// Fails when anything was wrong, or too little was tried.
    #[track_caller]
    fn finish(self, least: usize) {
        let Self { runs, wrong } = self;
        assert!(wrong.is_empty(), "{} of {runs} runs:\n{}", wrong.len(), wrong.join("\n"));
        assert!(runs >= least, "only {runs} runs");
    }
}

/// Puts a program onto the path of the runs: a script.
fn program(environment: &Environment, name: &str, script: &str) {
    environment.write(&format!("bin/{name}"), script);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(environment.path(&format!("bin/{name}")), mode).unwrap();
}

/// A self-signed certificate with hostile text in its subject and names, and its key.
fn certificate(folder: &Path, file: &str, word: &str, is_ca: bool) {
    let subject = format!("/O={}/OU=\u{1b}]0;x\u{7}/CN={}", on_one_line("group"), hostile(word));
    // IA5String has no more than ASCII.
    let names = "subjectAltName=DNS:a\u{1b}[2Jb,URI:x:\u{7}\u{7f},email:a\u{8}b@c.example";
    let is_ca = if is_ca { "TRUE" } else { "FALSE" };
    let mut command = programs::command("openssl");
    command.args(["req", "-x509", "-utf8", "-newkey", "ec", "-pkeyopt"]).current_dir(folder);
    command.args(["ec_paramgen_curve:P-256", "-nodes", "-days", "20", "-subj", &subject]);
    command.args(["-addext", names, "-addext", &format!("basicConstraints=critical,CA:{is_ca}")]);
    command.args(["-keyout", &format!("{file}.key"), "-out", &format!("{file}.crt")]);
    programs::finish(command, b"").expect_success();
}

/// A kubeconfig with hostile text in every name, and in a field that nobody knows.
fn kubeconfig() -> String {
    let quoted = |word: &str| {
        let text: String =
            hostile(word).chars().map(|it| format!("\\U{:08X}", u32::from(it))).collect();
        format!("\"{text}\"")
    };
    let [cluster, user, context, namespace, field, path, server] =
        ["cluster", "user", "context", "namespace", "field", "path", "server"].map(quoted);
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {context}\n{field}: {field}\n\
         clusters:\n- name: {cluster}\n  cluster:\n    server: {server}\n\
         \x20   certificate-authority: {path}\n    {field}: 1\u{202e}\u{200d}\n\
         contexts:\n- name: {context}\n  context:\n    cluster: {cluster}\n    user: {user}\n\
         \x20   namespace: {namespace}\n\
         users:\n- name: {user}\n  user:\n    client-certificate: {path}\n    client-key: {path}\n\
         \x20   token: {field}\n    username: {user}\n    exec:\n      command: {path}\n\
         \x20     apiVersion: client.authentication.k8s.io/v1\n      interactiveMode: Never\n"
    )
}
