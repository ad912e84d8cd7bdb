//! The files that flags name: there, mounted, readable by whom they should be, and by nobody else.
//! Opens nothing.

use std::{collections::BTreeSet, path::Path};

use kubepki_inspect::artifact::Artifact;

use super::Findings;
use crate::{
    discover::{Component, FileError, FoundFile, Origin, Role, Use, Wants, public_keys},
    read::Stat,
};

pub(super) fn check(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    twice(findings);
    declarations(findings);
    closed(findings);
    // A file with several flags is one finding for the file, and one for each that misses it.
    let mut seen = BTreeSet::new();
    for used in &machine.uses {
        let component = machine.component_of(used);
        let Some(path) = &used.path else {
            not_mounted(findings, component, used);
            continue;
        };
        let Some(file) = machine.files.get(path) else { continue };
        there(findings, component, used, file);
        // What declares a component has been looked at.
        if seen.insert(path) && !machine.declarations.contains_key(path) {
            modes(findings, component, path, file);
        }
    }
}

/// The manifests, units and configuration files: whoever writes them starts what they like.
fn declarations(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    for (path, stat) in &machine.declarations {
        if stat.mode & 0o022 != 0 {
            findings.add_file("file-writable", path, format!("its mode is {:04o}", stat.mode));
        }
        owner(findings, Some(0), path, stat);
    }
    let folders: BTreeSet<_> = machine.declarations.keys().filter_map(|it| it.parent()).collect();
    for folder in folders {
        // With the sticky bit nobody can replace another's files.
        if let Some(stat) = machine.folders.get(folder)
            && stat.mode & 0o1002 == 0o002
        {
            let what = format!("its mode is {:04o}: everybody may put files into it", stat.mode);
            findings.add_file("file-writable", folder, what);
        }
    }
}

/// What could not be looked into, each file once, whoever uses it.
fn closed(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    for (path, file) in &machine.files {
        let Some(error) = file.closed() else { continue };
        let mut users = String::new();
        let mut before = None;
        for used in machine.uses.iter().filter(|used| used.path.as_ref() == Some(path)) {
            if before.replace(used.component) != Some(used.component) {
                let and = if users.is_empty() { "; it is" } else { ", and" };
                users +=
                    &format!("{and} {}'s `{}`", machine.component_of(used).kind, used.flag_text());
            } else {
                users += &format!(", `{}`", used.flag_text());
            }
        }
        let what = format!("{error}{users}");
        findings.add_file("file-unreadable", path, what);
    }
}

fn twice(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    for (index, component) in machine.components.iter().enumerate() {
        let mut before = machine.components[..index].iter();
        // Instances of a unit are told apart by their flags.
        let before = before.find(|it| it.kind == component.kind && it.source != component.source);
        if let Some(before) = before {
            let what = format!("{} is declared in `{}` too", component.kind, before.source);
            let path = &component.source.path;
            findings.add_file("component-twice", path, what);
        }
    }
}

fn not_mounted(findings: &mut Findings<'_>, component: &Component, used: &Use) {
    let what = format!(
        "{}'s `{}` names `{}`, which no mount shows to its container",
        component.kind,
        used.flag_text(),
        used.named.display()
    );
    findings.add_of("file-not-mounted", used, what);
}

fn there(findings: &mut Findings<'_>, component: &Component, used: &Use, file: &FoundFile) {
    let subject =
        format!("{}'s `{}` (`{}`)", component.kind, used.flag_text(), used.named.display());
    match &file.contents {
        // kubeadm removes it once the node has joined, and keeps the flag.
        Err(FileError::Missing) if used.role == Role::BootstrapKubeconfig => {}
        Err(FileError::Missing) => {
            findings.add_of("file-missing", used, format!("{subject}: there is no such file"));
        }
        // Which is said once of the file.
        Err(FileError::TooLarge(_) | FileError::Unreadable(_)) => {}
        Err(FileError::Unknown) => {}
        Err(error @ (FileError::NoFile(_) | FileError::Unusable(_))) => {
            findings.add_of("file-unusable", used, format!("{subject}: {error}"));
        }
        Ok(artifacts) => {
            if let Some(complaint) = unusable(used.role.wants(), artifacts) {
                findings.add_of("file-unusable", used, format!("{subject} {complaint}"));
            }
        }
    }
    let user = findings.user_of(component);
    if let (Some(user), Some(stat)) = (user.filter(|user| *user != 0), &file.stat)
        && findings.machine.has_owners
        && stat.uid != user
        && stat.mode & 0o004 == 0
        // Of the groups of a user nothing is known here.
        && stat.mode & 0o040 == 0
    {
        let what = format!(
            "{subject} has mode {:04o} and belongs to uid {}, and {} runs as uid {user}",
            stat.mode, stat.uid, component.kind
        );
        findings.add_of("file-closed-to-its-user", used, what);
    }
}

/// Why a file is not what its flag wants; fits after its name.
fn unusable(wants: Wants, artifacts: &[Artifact]) -> Option<String> {
    let has = |is: fn(&Artifact) -> bool| artifacts.iter().any(is);
    let (is_right, wanted) = match wants {
        Wants::Anything => return None,
        Wants::Certificate => (has(|it| matches!(it, Artifact::Certificate(_))), "a certificate"),
        Wants::Kubeconfig => (has(|it| matches!(it, Artifact::Kubeconfig(_))), "a kubeconfig"),
        Wants::PrivateKey => (has(|it| matches!(it, Artifact::PrivateKey(_))), "a private key"),
        Wants::PublicKey => (!public_keys(artifacts).is_empty(), "a public key"),
    };
    let held = artifacts.first().map_or("nothing", Artifact::kind);
    (!is_right).then(|| format!("holds {held}, where {wanted} belongs"))
}

/// Who may write the file. Who may read a secret, and that not everybody may write a certificate,
/// is looked at with every file.
fn modes(findings: &mut Findings<'_>, component: &Component, path: &Path, file: &FoundFile) {
    let Some(stat) = &file.stat else { return };
    let others = if file.artifacts().is_empty() { 0o022 } else { 0o020 };
    let is_told = stat.mode & 0o002 != 0 && others == 0o020;
    if stat.mode & others != 0 && !file.is_secret() && !is_told {
        findings.add_file("file-writable", path, format!("its mode is {:04o}", stat.mode));
    }
    owner(findings, findings.user_of(component), path, stat);
}

/// A file belongs to root or to the user of the component that uses it.
fn owner(findings: &mut Findings<'_>, user: Option<u32>, path: &Path, stat: &Stat) {
    if findings.machine.has_owners && stat.uid != 0 && Some(stat.uid) != user {
        findings.add_file("file-owner", path, format!("it belongs to uid {}", stat.uid));
    }
}

impl Findings<'_> {
    /// The number of the user that a component runs as; none when the machine does not know it.
    fn user_of(&self, component: &Component) -> Option<u32> {
        match (&component.user, &component.origin) {
            (None, Origin::StaticPod { .. } | Origin::Unit) => Some(0),
            (Some(user), _) => user.parse().ok().or_else(|| self.machine.users.get(user).copied()),
        }
    }
}
