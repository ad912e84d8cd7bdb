//! What to do after a change, as text for people: hosts with the same work stand together.

use std::{borrow::Cow, collections::BTreeMap};

use kubepki_cluster::{
    Component, Effect, HostWork, KubernetesVersion, Rollout, StorePath,
    rollout::{Reader, UNKNOWN},
};

use kubepki_report::{COLUMNS, Line, first_of, wrap};

use crate::{context::Context, plan_text::Tense};

/// Says what to do now, or what would be to do; nothing where there is nothing to do.
pub(crate) fn print(afterwards: &Rollout, tense: Tense, context: &mut Context) {
    if afterwards.is_empty() {
        return;
    }
    let dir = context.global.dir.display().to_string();
    let place = if dir == "." { String::new() } else { format!(", in {dir}") };
    let when = match tense {
        Tense::Done => "now",
        Tense::ToDo => "then",
    };
    context.printer.talk("");
    context.printer.talk(&format!("{when}{place}:"));
    let verbose = context.global.verbose;
    let mut lines = Vec::new();
    for works in groups(&afterwards.hosts) {
        lines.extend(of_hosts(&works, verbose));
    }
    if !afterwards.users.is_empty() {
        lines.push("  users".into());
        let names: Vec<_> = afterwards.users.iter().map(StorePath::as_str).collect();
        let text = format!("{}: each to its user", few(&names, MANY, verbose));
        lines.extend(wrap("    give     ", &text, COLUMNS));
    }
    if !afterwards.manifests.is_empty() {
        lines.push("  cluster".into());
        let each = afterwards.manifests.iter();
        lines.extend(each.map(|path| Line::from(format!("    apply    kubectl apply -f {path}"))));
    }
    for line in lines {
        context.printer.talk_line(line);
    }
}

/// Hosts of which the same files changed, in the order of the first of each.
fn groups(hosts: &[HostWork]) -> Vec<Vec<&HostWork>> {
    let mut groups: Vec<(Vec<_>, Vec<&HostWork>)> = Vec::new();
    let mut known: BTreeMap<Vec<Cow<'_, str>>, usize> = BTreeMap::new();
    for work in hosts {
        let mut key: Vec<_> = work.files.iter().map(|file| file.entry.name()).collect();
        key.sort_unstable();
        // Hosts of other roles read other files.
        key.extend(
            work.restart.iter().chain(&work.reloads).map(|component| component.name().into()),
        );
        let position = *known.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[position].1.push(work);
    }
    groups.into_iter().map(|(_, works)| works).collect()
}

fn of_hosts(works: &[&HostWork], verbose: bool) -> Vec<Line> {
    let Some(first) = works.first() else { return Vec::new() };
    let name = |work: &&HostWork| match work.host.as_str() {
        UNKNOWN => "a host that is not in the spec".to_owned(),
        host => host.to_owned(),
    };
    let names: Vec<_> = works.iter().map(name).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut lines = wrap("  ", &few(&names, MANY, verbose), COLUMNS);
    match (&first.copy, works.len()) {
        (None, _) => {}
        (Some(copy), 1) => lines.push(format!("    copy     {copy}").into()),
        (Some(_), _) => {
            lines.push("    copy     kubepki host push <host> --ssh root@<host>".into());
        }
    }
    let files: Vec<_> = works.iter().flat_map(|work| &work.files).collect();
    if verbose {
        let paths = files.iter().map(|file| format!("    changed  {}", file.path));
        lines.extend(paths.map(Line::from));
    } else if first.copy.is_none() {
        // Where no folder holds a host's files, the operator has to know which they are.
        let names = braced(files.iter().map(|file| file.path.as_str()));
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        lines.extend(wrap("    changed  ", &few(&names, 3 * MANY, verbose), COLUMNS));
    }
    for ((component, what), (since, entries)) in &readers(first) {
        let (word, note) = match (what, since) {
            (Response::Restart, _) => ("restart", String::new()),
            (Response::Reloads, None) => ("reloads", String::new()),
            (Response::Reloads, Some(since)) => {
                ("reloads", format!(" (from {since} on; restart older versions)"))
            }
            (Response::NextRun, _) => ("reads", " (on its next run; nothing to do)".to_owned()),
        };
        let text = format!("{component}: {}{note}", entries.join(", "));
        lines.extend(wrap(&format!("    {word:<8} "), &text, COLUMNS));
    }
    let commands = first.restart_commands.iter();
    lines.extend(commands.map(|command| Line::from(format!("      {command}"))));
    lines
}

/// What a component does about some of its files.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Response {
    Restart,
    Reloads,
    NextRun,
}

/// What each component does about which entries, and the first version in which it does so about
/// all of them.
type Responses = BTreeMap<(Component, Response), (Option<KubernetesVersion>, Vec<String>)>;

fn readers(work: &HostWork) -> Responses {
    let mut known = Responses::new();
    for file in &work.files {
        for Reader { component, effect } in &file.readers {
            let (what, from) = match effect {
                Effect::NextRun => (Response::NextRun, None),
                Effect::Reloads { since } => (Response::Reloads, *since),
                _ => (Response::Restart, None),
            };
            let (since, entries) = known.entry((*component, what)).or_default();
            *since = (*since).max(from);
            let entry = file.entry.name();
            if !entries.iter().any(|known| *known == entry) {
                entries.push(entry.into_owned());
            }
        }
    }
    known
}

/// Paths that differ in what is behind the last dot stand together, as a shell writes them:
/// `apiserver.{crt,key}`.
fn braced<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut stems: Vec<(&str, Vec<&str>)> = Vec::new();
    for path in paths {
        let (stem, end) = path.rsplit_once('.').unwrap_or((path, ""));
        match stems.iter_mut().find(|(known, _)| *known == stem) {
            Some((_, ends)) if ends.contains(&end) => {}
            Some((_, ends)) => ends.push(end),
            None => stems.push((stem, vec![end])),
        }
    }
    let text = |(stem, ends): (&str, Vec<&str>)| match &ends[..] {
        [""] => stem.to_owned(),
        [end] => format!("{stem}.{end}"),
        ends => format!("{stem}.{{{}}}", ends.join(",")),
    };
    stems.into_iter().map(text).collect()
}

/// How many names are shown unless all are asked for.
const MANY: usize = 8;

fn few(names: &[&str], most: usize, verbose: bool) -> String {
    first_of(names, if verbose { names.len() } else { most })
}

#[cfg(test)]
mod tests {
    use super::braced;

    #[test]
    fn a_pair_is_one_word() {
        let paths = ["a/x.crt", "a/x.key", "sa", "a/y.conf", "a.b/c", "a/x.crt"];
        assert_eq!(braced(paths.into_iter()), ["a/x.{crt,key}", "sa", "a/y.conf", "a.b/c"]);
    }
}
