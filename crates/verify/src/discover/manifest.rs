//! Static pods: the components in a manifest that the kubelet runs. Reads no file.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{Component, ComponentKind, Flag, Flags, Mount, Origin, Source, words, yaml};

/// The components of a manifest; none when it is of another pod.
///
/// # Errors
///
/// In words, when the text is no YAML or is not shaped like a pod.
pub(super) fn components(path: &Path, text: &[u8]) -> Result<Vec<Component>, String> {
    let pod: Pod = yaml::parse(text)?;
    match pod.kind.as_deref() {
        Some("Pod") => {}
        Some(_) => return Ok(Vec::new()),
        None => return Err("it has no `kind`, so the kubelet does not run it".to_owned()),
    }
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    for container in &pod.spec.containers {
        let environment = environment(container);
        let words = container.command.iter().chain(&container.args);
        let argv: Vec<_> = words.map(|word| expanded(word, &environment)).collect();
        if let Some((kind, arguments)) = program(&argv) {
            found.push(component(kind, &arguments, container, &pod.spec, path, &text));
        }
    }
    Ok(found)
}

/// The component that a command line starts, and the words behind its name: directly, through a
/// shell's `-c`, or as a word behind another program, such as `hyperkube` or `tini`.
pub(super) fn program(argv: &[String]) -> Option<(ComponentKind, Vec<String>)> {
    if let [shell, option, script, ..] = argv
        && matches!(shell.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash"))
        && option.starts_with('-')
        && option.ends_with('c')
    {
        return program(&words::split(script));
    }
    // What is behind a flag of the program in front may be that flag's value, as in `docker run
    // --name kubelet`, so it counts only where no other word is a component.
    let is_value = |at: usize| {
        let before = at.checked_sub(1).map(|before| argv[before].as_str());
        before.is_some_and(|it| it.starts_with('-') && it != "--" && !it.contains('='))
    };
    let words = argv.iter().enumerate();
    let mut found = words.filter_map(|(at, word)| {
        let kind = ComponentKind::of_program(word).filter(|_| !word.starts_with('-'))?;
        Some((at, kind))
    });
    let first = found.next()?;
    let (at, kind) = match is_value(first.0) {
        true => found.find(|(at, _)| !is_value(*at)).unwrap_or(first),
        false => first,
    };
    Some((kind, argv[at + 1..].to_vec()))
}

/// The variables of a container as far as the manifest says them: those with a `valueFrom` are
/// known to the kubelet alone.
fn environment(container: &Container) -> BTreeMap<&str, String> {
    let mut environment = BTreeMap::new();
    for variable in &container.env {
        let value = match (&variable.value, &variable.value_from) {
            (_, Some(_)) => None,
            (value, None) => Some(expanded(value.as_deref().unwrap_or_default(), &environment)),
        };
        match value {
            Some(value) => environment.insert(variable.name.as_str(), value),
            None => environment.remove(variable.name.as_str()),
        };
    }
    environment
}

/// A word with `$(NAME)` replaced as the kubelet does it: what has no value stays as it is, and
/// `$$` is a plain `$`.
fn expanded(word: &str, environment: &BTreeMap<&str, String>) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            text.push('$');
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|it| it.split_once(')'))
            && let Some(value) = environment.get(name)
        {
            text.push_str(value);
            rest = after;
        } else {
            text.push('$');
        }
    }
    text + rest
}

fn component(
    kind: ComponentKind,
    arguments: &[String],
    container: &Container,
    spec: &Spec,
    path: &Path,
    text: &str,
) -> Component {
    let source = |needle: &str| {
        // With a variable in place, a word's value is not in the text.
        let line = match line_of(text, needle) {
            0 => line_of(text, needle.split_inclusive('=').next().unwrap_or(needle)),
            line => line,
        };
        Source { path: path.to_path_buf(), line }
    };
    let mut flags = Flags::parse(arguments, source);
    if kind == ComponentKind::Etcd {
        let environment = environment(container);
        let variables = container.env.iter().filter_map(|variable| {
            let at = source(&variable.name);
            let unknown = || format!("$({})", variable.name);
            let value = environment.get(variable.name.as_str()).cloned().unwrap_or_else(unknown);
            etcd_variable(&variable.name, &value, at)
        });
        variables.for_each(|flag| flags.push_default(flag));
    }
    let user = container.security_context.run_as_user.or(spec.security_context.run_as_user);
    let image = container.image.as_deref().unwrap_or_default();
    Component {
        kind,
        source: source(kind.name()),
        flags,
        origin: Origin::StaticPod { mounts: mounts(container, spec) },
        user: user.map(|user| user.to_string()),
        version: version(image),
        missing: Vec::new(),
    }
}

/// A variable of etcd's environment as the flag that it stands for.
pub(super) fn etcd_variable(name: &str, value: &str, source: Source) -> Option<Flag> {
    let name = name.strip_prefix("ETCD_")?.to_ascii_lowercase().replace('_', "-");
    Some(Flag { name, value: value.to_owned(), source, written: None })
}

fn mounts(container: &Container, spec: &Spec) -> Vec<Mount> {
    let mounted = container.volume_mounts.iter().filter_map(|mount| {
        let volume = spec.volumes.iter().find(|volume| volume.name == mount.name)?;
        let mut outside = volume.host_path.as_ref()?.path.clone();
        if let Some(sub_path) = mount.sub_path.as_ref().filter(|path| path.as_os_str() != "") {
            outside.push(sub_path);
        }
        Some(Mount { inside: mount.mount_path.clone(), outside })
    });
    mounted.collect()
}

/// The tag of an image that begins like a version: `v1.30.2`.
fn version(image: &str) -> Option<String> {
    let image = image.split('@').next()?;
    let (_, tag) = image.rsplit('/').next()?.rsplit_once(':')?;
    let digits = tag.strip_prefix('v').unwrap_or(tag);
    digits.starts_with(|c: char| c.is_ascii_digit()).then(|| tag.to_owned())
}

/// The first line with this text outside of comments; 0 when there is none.
fn line_of(text: &str, needle: &str) -> usize {
    let mut lines = text.lines().enumerate();
    let found =
        lines.find(|(_, line)| !line.trim_start().starts_with('#') && line.contains(needle));
    found.map_or(0, |(at, _)| at + 1)
}

#[derive(Deserialize)]
struct Pod {
    kind: Option<String>,
    #[serde(default)]
    spec: Spec,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    containers: Vec<Container>,
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    volumes: Vec<Volume>,
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    security_context: SecurityContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    image: Option<String>,
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    command: Vec<String>,
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    args: Vec<String>,
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    env: Vec<Variable>,
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    volume_mounts: Vec<VolumeMount>,
    #[serde(default, deserialize_with = "yaml::null_is_default")]
    security_context: SecurityContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Variable {
    name: String,
    value: Option<String>,
    value_from: Option<serde_yaml::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VolumeMount {
    name: String,
    mount_path: PathBuf,
    sub_path: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Volume {
    name: String,
    host_path: Option<HostPath>,
}

#[derive(Deserialize)]
struct HostPath {
    path: PathBuf,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityContext {
    run_as_user: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "\
# runs kube-apiserver
kind: Pod
spec:
  securityContext: {runAsUser: 1000}
  containers:
  - image: registry.example:5000/kube-apiserver:v1.30.2@sha256:00
    command:
    - kube-apiserver
    - --client-ca-file=/pki/ca.crt
    args: [--tls-cert-file, /pki/sub/a.crt]
    volumeMounts:
    - {name: pki, mountPath: /pki}
    - {name: sub, mountPath: /pki/sub, subPath: deep}
    - {name: other, mountPath: /other}
  volumes:
  - {name: pki, hostPath: {path: /etc/kubernetes/pki}}
  - {name: sub, hostPath: {path: /srv}}
  - {name: other, emptyDir: {}}
";

    #[test]
    fn a_pod_says_what_it_runs_with_which_files() {
        let found = components(Path::new("/m.yaml"), MANIFEST.as_bytes()).unwrap();
        let [component] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(component.kind, ComponentKind::KubeApiserver);
        assert_eq!(component.version.as_deref(), Some("v1.30.2"));
        assert_eq!(component.user.as_deref(), Some("1000"));
        assert_eq!(component.source.to_string(), "/m.yaml:6");
        assert_eq!(component.source_of("client-ca-file").line, 9);
        let outside = |path: &str| component.outside(Path::new(path));
        assert_eq!(outside("/pki/ca.crt").unwrap().to_str(), Some("/etc/kubernetes/pki/ca.crt"));
        assert_eq!(outside("/pki/sub/a.crt").unwrap().to_str(), Some("/srv/deep/a.crt"));
        assert_eq!(outside("/other/a.crt"), None);
        assert_eq!(outside("/pkix/a.crt"), None);
    }

    #[test]
    fn a_program_is_found_behind_a_shell_and_wrappers() {
        let found = |argv: &[&str]| {
            let argv: Vec<_> = argv.iter().map(|word| (*word).to_owned()).collect();
            program(&argv).map(|(kind, words)| format!("{kind} {}", words.join(" ")))
        };
        let expected = Some("etcd --cert-file=/a b".to_owned());
        assert_eq!(found(&["/usr/local/bin/etcd", "--cert-file=/a b"]), expected);
        assert_eq!(found(&["/bin/sh", "-ec", "exec etcd '--cert-file=/a b'"]), expected);
        assert_eq!(found(&["tini", "--", "etcd", "--cert-file=/a b"]), expected);
        let docker =
            ["docker", "run", "--name", "kubelet", "hyperkube:v1", "etcd", "--cert-file=/a b"];
        assert_eq!(found(&docker), expected);
        assert_eq!(found(&["env", "-i", "etcd", "--cert-file=/a b"]), expected);
        assert_eq!(found(&["/bin/sh", "-c"]), None);
        assert_eq!(found(&["etcdctl", "--endpoints=etcd:2379"]), None);
    }

    #[test]
    fn variables_are_put_in_place_as_the_kubelet_does_it() {
        let text = "\
kind: Pod
spec:
  containers:
  - command: [etcd, --cert-file=$(PKI)/a.crt, --name=$(NODE), --key-file=$$(PKI)/b]
    env:
    - {name: ROOT, value: /etc}
    - {name: PKI, value: $(ROOT)/pki}
    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    - {name: ETCD_DATA_DIR, valueFrom: {}}
";
        let found = components(Path::new("/m"), text.as_bytes()).unwrap();
        let flags = &found[0].flags;
        assert_eq!(flags.known("cert-file"), Some("/etc/pki/a.crt"));
        assert_eq!(flags.last("cert-file").unwrap().source.line, 4);
        assert_eq!(flags.value("key-file"), Some("$(PKI)/b"));
        assert!(flags.is_unknown("name") && flags.is_unknown("data-dir"));
    }

    #[test]
    fn other_pods_and_broken_ones_are_told_apart() {
        let read = |text: &str| components(Path::new("/m"), text.as_bytes()).map(|it| it.len());
        assert_eq!(read("kind: Pod\nspec: {containers: [{name: a, image: nginx}]}"), Ok(0));
        assert_eq!(read("kind: Pod\nspec: {containers: null}"), Ok(0));
        assert_eq!(read("kind: Deployment\nspec: {}"), Ok(0));
        assert!(read("spec: {containers: []}").is_err());
        assert!(read("kind: Pod\nspec: [").is_err());
        assert!(read("kind: Pod\nspec: {containers: 1}").is_err());
        assert!(read("\u{0}").is_err());
    }
}
