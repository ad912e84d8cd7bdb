//! Installing on a machine that has no kubepki: the command that runs there, and what it answers.
//! Starts no process, and puts no contents into a command.

use kubepki_cluster::StorePath;

use crate::{Change, Manifest, manifest};

/// What runs on the other side: `push/install.sh` is the only program of ours that is no Rust.
const SCRIPT: &str = include_str!("push/install.sh");

/// Where and how a bundle is installed on the other side.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// The folder that stands for `/`; an absolute path.
    pub root: &'a str,
    /// Whether to become root by `sudo`, which must not ask for a password.
    pub sudo: bool,
    /// Whether the bundle may be older than what is installed there.
    pub older: bool,
}

/// What the other side did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// What becomes of each file, in the order of the manifest.
    pub changes: Vec<(StorePath, Change)>,
    /// Files of the last bundle that this one does not have, and that are still there.
    pub left_over: Vec<StorePath>,
    /// Whether an earlier push was interrupted there: completed now, or to be completed.
    pub recovered: bool,
}

impl Target<'_> {
    /// The command that installs the bundle on its stdin, for any shell of POSIX.
    pub fn install(&self, manifest: &Manifest) -> String {
        self.command(manifest, "")
    }

    /// The command that says what [`Target::install`] would change, and changes nothing. Only modes
    /// and digests are looked at, and only what becomes of each file is answered.
    pub fn look(&self, manifest: &Manifest) -> String {
        self.command(manifest, "1")
    }

    fn command(&self, manifest: &Manifest, dry: &str) -> String {
        let lines: Vec<_> = manifest
            .files
            .iter()
            .map(|file| format!("{} {} {}", manifest::octal(file.mode), file.sha256, file.path))
            .collect();
        let mut script = String::new();
        for (name, value) in [
            ("root", self.root.trim_end_matches('/')),
            ("dry", dry),
            ("cluster", &manifest.cluster),
            ("host", &manifest.host),
            ("serial", &manifest.serial.to_string()),
            ("older", if self.older { "1" } else { "" }),
            ("authorities", &manifest.authorities.join(" ")),
            ("files", &lines.join("\n")),
        ] {
            script += &format!("{name}={}\n", quote(value));
        }
        script += SCRIPT;
        let sudo = if self.sudo { "sudo -n " } else { "" };
        format!("{sudo}sh -c {}", quote(&script))
    }
}

impl Answer {
    /// Reads the answer; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut answer = Self::default();
        for line in text.lines() {
            let (what, path) = line.split_once(' ')?;
            let change = match what {
                "create" => Change::Create,
                "keep" => Change::Keep,
                "narrow" => Change::Narrow,
                "replace" => Change::Replace,
                "left" => {
                    answer.left_over.push(StorePath::new(path).ok()?);
                    continue;
                }
                "recovered" | "interrupted" => {
                    answer.recovered = true;
                    continue;
                }
                _ => return None,
            };
            answer.changes.push((StorePath::new(path).ok()?, change));
        }
        Some(answer)
    }
}

/// A text as one word of a POSIX shell.
fn quote(text: &str) -> String {
    let word = shlex::Quoter::new().allow_nul(true).quote(text);
    // A NUL is all that it refuses, and that is allowed: no path, name or script of ours has one.
    word.map_or_else(|_| String::new(), std::borrow::Cow::into_owned)
}
