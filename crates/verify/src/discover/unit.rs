//! systemd units: the component that a service starts, with its environment. Reads no file: whoever
//! does hands in the files that a unit asks for.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    Component, ComponentKind, Flags, Missing, Origin, Source, manifest, specifiers::Specifiers,
    words,
};

/// A unit file or a drop-in of one.
pub(super) struct UnitFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A file of variables that a unit asks for; without a text where it could not be read.
pub(super) type EnvironmentFile = (PathBuf, Option<String>);

/// The component that a unit starts, if it is one: of the unit's own file and its drop-ins, in the
/// order in which they count. `read` gives the environment files that a path, perhaps with
/// wildcards, leads to.
pub(super) fn component(
    files: &[UnitFile],
    specifiers: &Specifiers,
    read: &mut dyn FnMut(&Path) -> Vec<EnvironmentFile>,
) -> Option<Component> {
    let mut service = Service::default();
    for file in files {
        service.read(file, specifiers);
    }
    let (line, source) = service.start.clone()?;
    // Most units are nobody's business, and their environment files are not either.
    let names = line.split([' ', '\t', '"', '\'', '/']);
    names.into_iter().find(|name| ComponentKind::of_program(name).is_some())?;
    let mut environment = service.environment;
    let (mut missing, mut is_partial) = (Vec::new(), false);
    for (path, is_optional, at) in &service.environment_files {
        let found = read(path);
        if found.is_empty() && !is_optional {
            missing.push(Missing { path: path.clone(), source: at.clone() });
        }
        is_partial |= found.iter().any(|(_, text)| text.is_none());
        for (path, text) in found {
            environment.extend(variables(&text.unwrap_or_default(), &path));
        }
    }
    let (kind, arguments) = manifest::program(&argv(&line, &environment, specifiers))?;
    // A flag stands where its text does: in the unit, or in the variable that brings it.
    let place = |word: &str| {
        let name = word.split('=').next().unwrap_or(word);
        let in_variable = environment.values().find(|variable| variable.value.contains(name));
        let variable = in_variable.filter(|_| !line.contains(name));
        variable.map_or_else(|| at_word(files, &source, name), |variable| variable.source.clone())
    };
    let mut flags = Flags::parse(&arguments, place);
    if kind == ComponentKind::Etcd {
        for (name, variable) in &environment {
            let flag = manifest::etcd_variable(name, &variable.value, variable.source.clone());
            flag.into_iter().for_each(|flag| flags.push_default(flag));
        }
    }
    if is_partial || !missing.is_empty() {
        flags.mark_partial();
    }
    let (origin, user) = (Origin::Unit, service.user);
    Some(Component { kind, source, flags, origin, user, version: None, missing })
}

/// What counts of a service.
#[derive(Default)]
struct Service {
    start: Option<(String, Source)>,
    user: Option<String>,
    environment: Environment,
    environment_files: Vec<(PathBuf, bool, Source)>,
}

type Environment = BTreeMap<String, Variable>;

struct Variable {
    value: String,
    source: Source,
}

impl Service {
    fn read(&mut self, file: &UnitFile, specifiers: &Specifiers) {
        for (key, value, line) in assignments(&file.text) {
            let source = Source { path: file.path.clone(), line };
            match key.as_str() {
                // An empty one takes back those before it.
                "ExecStart" if value.is_empty() => self.start = None,
                "ExecStart" => {
                    self.start.get_or_insert((value, source));
                }
                "User" => {
                    self.user = Some(specifiers.expand(&value)).filter(|user| !user.is_empty());
                }
                "Environment" if value.is_empty() => self.environment.clear(),
                "Environment" => {
                    for word in words::split(&value) {
                        if let Some((name, value)) = word.split_once('=') {
                            let source = source.clone();
                            let variable = Variable { value: specifiers.expand(value), source };
                            self.environment.insert(name.to_owned(), variable);
                        }
                    }
                }
                "EnvironmentFile" if value.is_empty() => self.environment_files.clear(),
                "EnvironmentFile" => {
                    let path = value.strip_prefix('-').unwrap_or(&value);
                    let is_optional = path != value;
                    let path = specifiers.expand(path).into();
                    self.environment_files.push((path, is_optional, source));
                }
                _ => {}
            }
        }
    }
}

/// The assignments of the `[Service]` section, with the line on which each begins.
fn assignments(text: &str) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    let mut is_service = false;
    let mut pending: Option<(String, usize)> = None;
    for (at, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        // A comment between continued lines does not end them.
        if trimmed.starts_with(['#', ';']) || (trimmed.is_empty() && pending.is_none()) {
            continue;
        }
        let (mut whole, first) = match pending.take() {
            Some((begun, first)) => (format!("{begun} {trimmed}"), first),
            None => (trimmed.to_owned(), at + 1),
        };
        if whole.ends_with('\\') {
            whole.pop();
            pending = Some((whole, first));
        } else {
            take(&whole, first, &mut is_service, &mut found);
        }
    }
    if let Some((whole, first)) = pending {
        take(&whole, first, &mut is_service, &mut found);
    }
    found
}

fn take(line: &str, at: usize, is_service: &mut bool, found: &mut Vec<(String, String, usize)>) {
    if let Some(section) = line.strip_prefix('[') {
        *is_service = section.trim_end_matches(']') == "Service";
    } else if let Some((key, value)) = line.split_once('=').filter(|_| *is_service) {
        found.push((key.trim().to_owned(), value.trim().to_owned(), at));
    }
}

/// The words that systemd starts, with specifiers and variables in place.
fn argv(line: &str, environment: &Environment, specifiers: &Specifiers) -> Vec<String> {
    let prefix = line.len() - line.trim_start_matches(['@', '-', ':', '+', '!']).len();
    let (prefix, line) = line.split_at(prefix);
    let is_literal = prefix.contains(':');
    let mut argv = Vec::new();
    for word in words::split(line) {
        if word == ";" {
            break;
        }
        let word = specifiers.expand(&word);
        match word.strip_prefix('$').filter(|name| is_name(name) && !is_literal) {
            // A variable that is a word of its own becomes as many words as it has.
            Some(name) => {
                let value = environment.get(name).map(|variable| variable.value.as_str());
                argv.extend(words::split(value.unwrap_or_default()));
            }
            None if is_literal => argv.push(word),
            None => argv.push(substituted(&word, environment)),
        }
    }
    if prefix.contains('@') && argv.len() > 1 {
        argv.remove(1);
    }
    argv
}

/// A word with `${NAME}` and `$$` replaced.
fn substituted(word: &str, environment: &Environment) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            text.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('{').and_then(|it| it.split_once('}'))
            && is_name(name)
        {
            text.push_str(environment.get(name).map_or("", |variable| &variable.value));
            rest = after;
        } else {
            text.push('$');
        }
    }
    text + rest
}

fn is_name(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(is_word)
}

/// The variables of an environment file.
fn variables(text: &str, path: &Path) -> Environment {
    let mut found = Environment::new();
    let mut pending: Option<(String, usize)> = None;
    for (at, line) in text.lines().enumerate() {
        let (begun, first) = pending.take().unwrap_or((String::new(), at + 1));
        let whole = begun + line.trim();
        if whole.is_empty() || whole.starts_with(['#', ';']) {
            continue;
        }
        if let Some(open) = whole.strip_suffix('\\') {
            pending = Some((open.to_owned(), first));
            continue;
        }
        if let Some((name, value)) = whole.split_once('=').filter(|(name, _)| is_name(name.trim()))
        {
            let source = Source { path: path.to_path_buf(), line: first };
            // Outside of quotes, white space is a part of the value.
            let value = match value.trim() {
                quoted if quoted.starts_with(['"', '\'']) => words::split(quoted).join(" "),
                plain => plain.to_owned(),
            };
            found.insert(name.trim().to_owned(), Variable { value, source });
        }
    }
    found
}

/// The line of a word in the file of `source`, from there on.
fn at_word(files: &[UnitFile], source: &Source, word: &str) -> Source {
    let file = files.iter().find(|file| file.path == source.path);
    let mut lines = file.into_iter().flat_map(|file| file.text.lines()).enumerate();
    let found = lines.find(|(at, line)| at + 1 >= source.line && line.contains(word));
    let line = found.map_or(source.line, |(at, _)| at + 1);
    Source { path: source.path.clone(), line }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[(&str, &str)], environment: &[(&str, &str)]) -> Option<Component> {
        let file =
            |(path, text): &(&str, &str)| UnitFile { path: path.into(), text: (*text).to_owned() };
        let files: Vec<_> = texts.iter().map(file).collect();
        let specifiers = Specifiers::new("etcd@m1.service", Some("cp-0"));
        component(&files, &specifiers, &mut |path| {
            let found = environment.iter().find(|(name, _)| Path::new(name) == path);
            let found = found.map(|(_, text)| (path.to_path_buf(), Some((*text).to_owned())));
            found.into_iter().collect()
        })
    }

    fn flags(component: &Component) -> Vec<String> {
        let text = |flag: &super::super::Flag| format!("{}={}", flag.name, flag.value);
        component.flags.iter().map(text).collect()
    }

    #[test]
    fn lines_go_on_and_comments_between_them_do_not_count() {
        let unit = "[Unit]\nExecStart=/no\n[Service]\nUser=etcd\nExecStart=/usr/bin/etcd \\\n  \
                    --cert-file=/a.crt \\\n# not --x=1\n  --key-file \"/b c.key\"\nRestart=always\n";
        let found = read(&[("/etcd.service", unit)], &[]).unwrap();
        assert_eq!(flags(&found), ["cert-file=/a.crt", "key-file=/b c.key"]);
        assert_eq!(found.user.as_deref(), Some("etcd"));
        assert_eq!(found.source.line, 5);
        assert_eq!(found.source_of("key-file").line, 8);
    }

    /// As Debian's package of kubeadm does it.
    #[test]
    fn drop_ins_and_variables_bring_flags() {
        let unit = "[Service]\nExecStart=/usr/bin/kubelet\n";
        let drop_in = "[Service]\n\
            Environment=\"KUBECONFIGS=--bootstrap-kubeconfig=/b --kubeconfig=/k\"\n\
            Environment='CONFIG=--config=/c'\n\
            EnvironmentFile=-/flags.env\nEnvironmentFile=-/gone\n\
            ExecStart=\nExecStart=/usr/bin/kubelet $KUBECONFIGS $CONFIG $ARGS --x=${CONFIG}$$\n";
        let env = "# made by hand\nARGS=\"--node-ip=10.0.0.1 --v=2\"\n";
        let files = [("/kubelet.service", unit), ("/10.conf", drop_in)];
        let found = read(&files, &[("/flags.env", env)]).unwrap();
        assert_eq!(
            flags(&found),
            [
                "bootstrap-kubeconfig=/b",
                "kubeconfig=/k",
                "config=/c",
                "node-ip=10.0.0.1",
                "v=2",
                "x=--config=/c$"
            ]
        );
        assert_eq!(found.source_of("node-ip").to_string(), "/flags.env:2");
        assert_eq!(found.source_of("kubeconfig").to_string(), "/10.conf:2");
    }

    #[test]
    fn etcd_reads_its_environment() {
        let unit = "[Service]\nEnvironment=ETCD_CERT_FILE=/env.crt ETCD_KEY_FILE=/env.key\n\
                    ExecStart=-/usr/bin/etcd --key-file=/flag.key\n";
        let found = read(&[("/e", unit)], &[]).unwrap();
        assert_eq!(found.flags.value("cert-file"), Some("/env.crt"));
        assert_eq!(found.flags.value("key-file"), Some("/flag.key"));
    }

    #[test]
    fn specifiers_are_put_in_place() {
        let unit = "[Service]\nUser=%p\nEnvironmentFile=/%i.env\nEnvironment=\"A=--name=%H\"\n\
                    ExecStart=/usr/bin/etcd --cert-file=/%i/a.crt --x=%%i%v $A\n";
        let found = read(&[("/e", unit)], &[("/m1.env", "ETCD_KEY_FILE=/%i")]).unwrap();
        assert_eq!(flags(&found), ["cert-file=/m1/a.crt", "x=%i%v", "name=cp-0", "key-file=/%i"]);
        assert_eq!(found.user.as_deref(), Some("etcd"));
        assert!(found.flags.is_unknown("key-file") && !found.flags.is_partial());
    }

    #[test]
    fn an_environment_file_that_is_not_there_keeps_the_unit_from_starting() {
        let unit = "[Service]\nEnvironmentFile=/gone\nEnvironmentFile=-/gone/too\n\
                    ExecStart=/usr/bin/etcd\n";
        let found = read(&[("/e", unit)], &[]).unwrap();
        let [missing] = found.missing.as_slice() else { panic!("{found:?}") };
        assert_eq!((missing.path.to_str(), missing.source.line), (Some("/gone"), 2));
        assert!(found.flags.is_partial());
    }

    #[test]
    fn other_units_are_passed_over_and_odd_ones_read() {
        let one = |start: &str| read(&[("/u", &format!("[Service]\nExecStart={start}\n"))], &[]);
        assert!(one("/usr/sbin/nginx --conf=/etcd.conf").is_none());
        assert!(one("").is_none());
        assert!(read(&[("/u", "")], &[]).is_none());
        assert!(read(&[("/u", "[Service]\nUser=x\\")], &[]).is_none());
        let odd = one(r"@/usr/bin/kubelet kubelet --config=/a\q%z \").unwrap();
        assert_eq!(flags(&odd), [r"config=/a\q%z"]);
        let literal = one(":/usr/bin/kubelet --config=$HOME").unwrap();
        assert_eq!(flags(&literal), ["config=$HOME"]);
        let several = one("/usr/bin/kubelet --a=1 ; /bin/true --b=2").unwrap();
        assert_eq!(flags(&several), ["a=1"]);
    }
}
