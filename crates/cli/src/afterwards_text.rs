//! What has to happen after a change, as text for people: hosts with the same work stand together.

use std::{cmp::Ordering, collections::BTreeMap};

use kubepki_cluster::{
    Afterwards, Component, Effect, HostWork, KubernetesVersion, StorePath,
    afterwards::{Reader, UNKNOWN},
};

use crate::{context::Context, plan_text::wrap};

/// Says what has to happen now; nothing where nothing has to.
pub(crate) fn print(afterwards: &Afterwards, context: &mut Context) {
    if afterwards.is_empty() {
        return;
    }
    let dir = context.global.dir.display().to_string();
    let place = if dir == "." { String::new() } else { format!(", in {dir}") };
    context.printer.talk(&format!("\nnow{place}:"));
    let verbose = context.global.verbose;
    let mut lines = Vec::new();
    for works in groups(&afterwards.hosts) {
        lines.extend(of_hosts(&works, verbose));
    }
    if !afterwards.users.is_empty() {
        lines.push("  users".to_owned());
        lines.extend(files("give", &afterwards.users, ": each to its owner", verbose));
    }
    if !afterwards.manifests.is_empty() {
        lines.push("  cluster".to_owned());
        let each = afterwards.manifests.iter();
        lines.extend(each.map(|path| format!("    apply    kubectl apply -f {path}")));
    }
    for line in lines {
        context.printer.talk(&line);
    }
}

/// Hosts of which the same files changed, in the order of the first of each.
fn groups(hosts: &[HostWork]) -> Vec<Vec<&HostWork>> {
    let mut groups: Vec<(Vec<_>, Vec<&HostWork>)> = Vec::new();
    let mut known: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for work in hosts {
        let mut key: Vec<_> = work.files.iter().map(|file| file.entry.as_str()).collect();
        key.sort_unstable();
        // Hosts of other roles read other files.
        key.extend(work.restart.iter().chain(&work.reloads).map(|component| component.name()));
        let position = *known.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[position].1.push(work);
    }
    groups.into_iter().map(|(_, works)| works).collect()
}

fn of_hosts(works: &[&HostWork], verbose: bool) -> Vec<String> {
    let Some(first) = works.first() else { return Vec::new() };
    let name = |work: &&HostWork| match work.host.as_str() {
        UNKNOWN => "a host that the spec does not name".to_owned(),
        host => host.to_owned(),
    };
    let names: Vec<_> = works.iter().map(name).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let shown = shorten(&names, verbose);
    let mut lines = wrapped("  ", &listed(&shown).collect::<Vec<_>>());
    match (&first.copy, works.len()) {
        (None, _) => {}
        (Some(copy), 1) => lines.push(format!("    copy     {copy}")),
        (Some(_), _) => {
            lines.push("    copy     kubepki host push <host> --ssh root@<host>".to_owned());
        }
    }
    let readers = readers(first);
    for (component, (effect, entries)) in &readers {
        let (word, note) = match effect {
            Effect::NextRun => continue,
            Effect::Reloads { since: None } => ("reloads", String::new()),
            Effect::Reloads { since: Some(since) } => {
                ("reloads", format!("(since {since}; restart an older one)"))
            }
            _ => ("restart", String::new()),
        };
        let mut words = vec![format!("{component}:")];
        words.extend(listed(entries));
        words.extend(note.split_whitespace().map(str::to_owned));
        lines.extend(wrapped(&format!("    {word:<8} "), &words));
    }
    lines.extend(first.restart_commands.iter().map(|command| format!("      {command}")));
    if verbose {
        for file in works.iter().flat_map(|work| &work.files) {
            lines.push(format!("    changed  {}", file.path));
        }
    }
    lines
}

type Known = BTreeMap<Component, (Effect, Vec<String>)>;

/// Each component with the strongest effect and the entries it is for: where a restart is
/// necessary, those that make it so.
fn readers(work: &HostWork) -> Known {
    let mut known = Known::new();
    for file in &work.files {
        for Reader { component, effect } in &file.readers {
            let (strongest, entries) =
                known.entry(*component).or_insert_with(|| (*effect, Vec::new()));
            match rank(*effect).0.cmp(&rank(*strongest).0) {
                Ordering::Less => continue,
                Ordering::Equal => {}
                Ordering::Greater => entries.clear(),
            }
            if rank(*effect) > rank(*strongest) {
                *strongest = *effect;
            }
            if !entries.contains(&file.entry) {
                entries.push(file.entry.clone());
            }
        }
    }
    known
}

fn rank(effect: Effect) -> (u8, Option<KubernetesVersion>) {
    match effect {
        Effect::NextRun => (0, None),
        Effect::Reloads { since } => (1, since),
        _ => (2, None),
    }
}

/// The names with commas between them, as words to be wrapped.
fn listed(names: &[String]) -> impl Iterator<Item = String> {
    let last = names.len().saturating_sub(1);
    let comma = move |position| if position < last { "," } else { "" };
    names.iter().enumerate().map(move |(position, name)| format!("{name}{}", comma(position)))
}

fn files(word: &str, files: &[StorePath], end: &str, verbose: bool) -> Vec<String> {
    let names: Vec<_> = files.iter().map(StorePath::as_str).collect();
    let mut words: Vec<_> = listed(&shorten(&names, verbose)).collect();
    if let Some(last) = words.last_mut() {
        last.push_str(end);
    }
    wrapped(&format!("    {word:<8} "), &words)
}

fn wrapped(prefix: &str, words: &[String]) -> Vec<String> {
    wrap(prefix, &words.iter().map(String::as_str).collect::<Vec<_>>(), "")
}

/// The first of many names, and how many more there are.
fn shorten(names: &[&str], verbose: bool) -> Vec<String> {
    const SHOWN: usize = 8;
    let all = verbose || names.len() <= SHOWN + 1;
    let shown = if all { names } else { &names[..SHOWN] };
    let mut shown: Vec<_> = shown.iter().map(|name| (*name).to_owned()).collect();
    if !all {
        shown.push(format!("and {} more, which `-v` names", names.len() - SHOWN));
    }
    shown
}
