//! Configuration files in place of flags: KubeletConfiguration and its kin, and etcd's. Reads no
//! file.

use std::path::Path;

use serde_yaml::Value;

use super::{
    ComponentKind::{self, Etcd, KubeProxy, KubeScheduler, Kubelet},
    Flag, Flags, Source, yaml,
};

/// The flag that names the configuration file of a component.
pub(super) const fn flag_of(kind: ComponentKind) -> Option<&'static str> {
    match kind {
        Etcd => Some("config-file"),
        KubeProxy | KubeScheduler | Kubelet => Some("config"),
        _ => None,
    }
}

/// Fields of configuration files, by component, with the flag that each stands for.
const FIELDS: &[(ComponentKind, &str, &str)] = &[
    (Etcd, "advertise-client-urls", "advertise-client-urls"),
    (Etcd, "client-transport-security.auto-tls", "auto-tls"),
    (Etcd, "client-transport-security.cert-file", "cert-file"),
    (Etcd, "client-transport-security.client-cert-auth", "client-cert-auth"),
    (Etcd, "client-transport-security.key-file", "key-file"),
    (Etcd, "client-transport-security.trusted-ca-file", "trusted-ca-file"),
    (Etcd, "initial-cluster", "initial-cluster"),
    (Etcd, "listen-client-urls", "listen-client-urls"),
    (Etcd, "listen-peer-urls", "listen-peer-urls"),
    (Etcd, "peer-transport-security.auto-tls", "peer-auto-tls"),
    (Etcd, "peer-transport-security.cert-file", "peer-cert-file"),
    (Etcd, "peer-transport-security.client-cert-auth", "peer-client-cert-auth"),
    (Etcd, "peer-transport-security.key-file", "peer-key-file"),
    (Etcd, "peer-transport-security.trusted-ca-file", "peer-trusted-ca-file"),
    (KubeProxy, "clientConnection.kubeconfig", "kubeconfig"),
    (KubeScheduler, "clientConnection.kubeconfig", "kubeconfig"),
    (Kubelet, "authentication.anonymous.enabled", "anonymous-auth"),
    (Kubelet, "authentication.x509.clientCAFile", "client-ca-file"),
    (Kubelet, "authorization.mode", "authorization-mode"),
    (Kubelet, "clusterDomain", "cluster-domain"),
    (Kubelet, "rotateCertificates", "rotate-certificates"),
    (Kubelet, "serverTLSBootstrap", "rotate-server-certificates"),
    (Kubelet, "staticPodPath", "pod-manifest-path"),
    (Kubelet, "tlsCertFile", "tls-cert-file"),
    (Kubelet, "tlsPrivateKeyFile", "tls-private-key-file"),
];

/// Fields that hold the path of a file, which is relative to the configuration file's folder.
const PATHS: &[&str] =
    &["client-ca-file", "kubeconfig", "pod-manifest-path", "tls-cert-file", "tls-private-key-file"];

/// Adds what a configuration file sets to the flags of its component.
///
/// # Errors
///
/// In words, when the text is no YAML.
pub(super) fn read(
    kind: ComponentKind,
    flags: &mut Flags,
    path: &Path,
    text: &[u8],
) -> Result<(), String> {
    let document: Value = yaml::parse(text)?;
    if kind == Etcd {
        flags.clear_except("config-file");
    }
    let text = String::from_utf8_lossy(text);
    for (_, field, name) in FIELDS.iter().filter(|(of, ..)| *of == kind) {
        let Some(mut value) = at(&document, field).and_then(scalar) else { continue };
        if kind == Kubelet && PATHS.contains(name) && !value.is_empty() {
            let folder = path.parent().unwrap_or(Path::new("/"));
            value = folder.join(value).to_string_lossy().into_owned();
        }
        let source = Source { path: path.to_path_buf(), line: line_of(&text, field) };
        let flag = Flag { name: (*name).to_owned(), value, source, written: Some(field) };
        flags.push_default(flag);
    }
    Ok(())
}

fn at<'a>(document: &'a Value, field: &str) -> Option<&'a Value> {
    field.split('.').try_fold(document, |value, key| value.get(key))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(switch) => Some(switch.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// The line of a field's last key, behind those of the keys above it; 0 when one is not there.
fn line_of(text: &str, field: &str) -> usize {
    let mut lines = text.lines().enumerate();
    let mut line = 0;
    for key in field.split('.') {
        let found = lines.find(|(_, line)| {
            let line = line.trim_start().trim_start_matches(['"', '\'']);
            line.strip_prefix(key).is_some_and(|rest| rest.starts_with([':', '"', '\'', ' ']))
        });
        let Some((at, _)) = found else { return 0 };
        line = at + 1;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelets_file_sets_what_its_flags_do_not() {
        let text = "\
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  x509:
    clientCAFile: pki/ca.crt
tlsCertFile: /kubelet.crt
rotateCertificates: true
";
        let words = ["--tls-cert-file=/flag.crt".to_owned()];
        let unit = |_: &str| Source { path: "/unit".into(), line: 1 };
        let mut flags = Flags::parse(&words, unit);
        let path = Path::new("/var/lib/kubelet/config.yaml");
        read(Kubelet, &mut flags, path, text.as_bytes()).unwrap();
        assert_eq!(flags.value("tls-cert-file"), Some("/flag.crt"));
        assert_eq!(flags.value("client-ca-file"), Some("/var/lib/kubelet/pki/ca.crt"));
        assert_eq!(flags.value("anonymous-auth"), Some("false"));
        assert!(flags.is_on("rotate-certificates"));
        let ca = flags.last("client-ca-file").unwrap();
        assert_eq!(ca.written, Some("authentication.x509.clientCAFile"));
        assert_eq!(ca.source.line, 5);
    }

    #[test]
    fn etcds_file_takes_the_place_of_its_flags() {
        let text = "client-transport-security:\n  cert-file: /file.crt\n  client-cert-auth: true\n";
        let words = ["--key-file=/flag.key", "--config-file=/e.yaml"].map(str::to_owned);
        let mut flags = Flags::parse(&words, |_| Source { path: "/unit".into(), line: 1 });
        read(Etcd, &mut flags, Path::new("/e.yaml"), text.as_bytes()).unwrap();
        assert_eq!(flags.value("key-file"), None);
        assert_eq!(flags.value("cert-file"), Some("/file.crt"));
        assert!(flags.is_on("client-cert-auth"));
        assert!(read(Etcd, &mut flags, Path::new("/e"), b"{").is_err());
    }
}
