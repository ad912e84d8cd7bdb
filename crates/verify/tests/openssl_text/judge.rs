//! What openssl prints, and the certificates that it makes.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use kubepki_testkit::programs;
use tempfile::TempDir;

/// A folder with a key, in which openssl makes things.
pub(crate) struct Workshop {
    folder: TempDir,
}

/// A configuration of openssl with a subject and sections that extensions point to.
const SECTIONS: &str = "\
[req]
distinguished_name = subject
prompt = no
utf8 = yes
[subject]
CN = x
[names]
C = US
O = Örg, \"Inc\" + #1
CN = a/b
[point]
fullname = URI:http://a/b, dirName:names
CRLissuer = dirName:names
reasons = keyCompromise, CACompromise, AACompromise
[bare]
relativename = relative
[relative]
CN = relative
[policy]
policyIdentifier = 1.3.5.8
CPS.1 = http://cps/1
CPS.2 = http://cps/2
userNotice.1 = @notice
userNotice.2 = @words
userNotice.3 = @reference
[notice]
explicitText = UTF8:Explicit é
organization = Org
noticeNumbers = 1, 2, 70000
[words]
explicitText = Only text
[reference]
organization = Org
noticeNumbers = 7
";

impl Workshop {
    pub(crate) fn new() -> Self {
        let workshop = Self { folder: tempfile::tempdir().unwrap() };
        workshop.run(&[
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-out",
            "key.pem",
        ]);
        workshop
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Runs openssl in the folder; it has to succeed.
    pub(crate) fn run(&self, arguments: &[&str]) {
        let mut command = programs::command("openssl");
        command.args(arguments).current_dir(self.folder.path());
        programs::finish(command, b"").expect_success();
    }

    /// A self-signed certificate with these extensions, as DER.
    pub(crate) fn certificate(&self, extensions: &str, further: &[&str]) -> Vec<u8> {
        self.write("openssl.cnf", &format!("{SECTIONS}[extensions]\n{extensions}\n"));
        let mut arguments = vec!["req", "-new", "-x509", "-config", "openssl.cnf"];
        arguments.extend(["-extensions", "extensions", "-outform", "DER", "-out", "out.der"]);
        if !further.contains(&"-key") {
            arguments.extend(["-key", "key.pem"]);
        }
        arguments.extend(further);
        self.run(&arguments);
        fs::read(self.path("out.der")).unwrap()
    }
}

/// What `openssl <verb> -text` says of DER; `None` when it refuses it.
pub(crate) fn text(verb: &str, der: &[u8]) -> Option<Vec<u8>> {
    let mut command: Command = programs::command("openssl");
    command.args([verb, "-inform", "DER", "-noout", "-text"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    // It may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(der);
    let output = child.wait_with_output().unwrap();
    output.status.success().then_some(output.stdout)
}

/// Both texts must be the same.
#[track_caller]
pub(crate) fn same(ours: &[u8], theirs: &[u8], what: &str) {
    if let Some(difference) = difference(ours, theirs) {
        panic!("{what}, {difference}");
    }
}

/// The first lines that differ.
pub(crate) fn difference(ours: &[u8], theirs: &[u8]) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let (ours, theirs) = (String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs));
    let differs = ours.lines().zip(theirs.lines()).position(|(a, b)| a != b);
    let line = differs.unwrap_or_else(|| ours.lines().count().min(theirs.lines().count()));
    let show = |text: &str| text.lines().skip(line).take(3).collect::<Vec<_>>().join("\n");
    Some(format!("line {line}\nours:\n{}\nopenssl's:\n{}", show(&ours), show(&theirs)))
}

#[track_caller]
pub(crate) fn same_certificate(der: &[u8], what: &str) {
    let theirs = text("x509", der).unwrap_or_else(|| panic!("openssl refuses {what}"));
    let ours = kubepki_verify::text::certificate(der).unwrap_or_else(|e| panic!("{what}: {e}"));
    same(&ours, &theirs, what);
}
