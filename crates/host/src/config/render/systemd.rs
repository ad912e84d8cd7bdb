//! A systemd unit for a program. Enables nothing.

use std::fmt::Write;

use kubepki_cluster::Component;

use super::{ComponentConfiguration, ConfigurationFile};

/// Where the tutorial and most hand-built clusters keep the programs.
const PROGRAMS: &str = "/usr/local/bin";

pub(super) fn file(component: &ComponentConfiguration) -> ConfigurationFile {
    let name = component.component.name();
    let mut text = String::new();
    // Writing to a string never fails.
    let _ = write(&mut text, component);
    ConfigurationFile { path: format!("/etc/systemd/system/{name}.service"), text }
}

fn write(f: &mut String, configuration: &ComponentConfiguration) -> std::fmt::Result {
    let component = configuration.component;
    let (documentation, after) = match component {
        Component::Etcd => ("https://etcd.io/docs", ""),
        Component::KubeApiserver => ("https://kubernetes.io/docs", " etcd.service"),
        Component::Kubelet => ("https://kubernetes.io/docs", " containerd.service"),
        _ => ("https://kubernetes.io/docs", ""),
    };
    writeln!(f, "[Unit]\nDescription={component}\nDocumentation={documentation}")?;
    writeln!(f, "Wants=network-online.target\nAfter=network-online.target{after}\n")?;
    write!(f, "[Service]\nExecStart={PROGRAMS}/{component}")?;
    for argument in &configuration.arguments {
        write!(f, " \\\n  {}", word(&argument.text()))?;
    }
    writeln!(f, "\nRestart=always\nRestartSec=5\n\n[Install]\nWantedBy=multi-user.target")
}

/// One word of `ExecStart=` (systemd.service(5), "Command lines"; systemd.unit(5), "Specifiers").
fn word(text: &str) -> String {
    let text = text.replace('\\', r"\\").replace('%', "%%").replace('$', "$$");
    let needs_quotes = text.contains([' ', '\'', '"', ';']);
    if needs_quotes { format!("\"{}\"", text.replace('"', "\\\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_mean_to_systemd_what_they_say() {
        for (text, written) in [
            ("--a=b,*", "--a=b,*"),
            ("--a=100%", "--a=100%%"),
            ("--a=$HOME", "--a=$$HOME"),
            ("--a=b c", "\"--a=b c\""),
            (r#"--a=say "\""#, r#""--a=say \"\\\"""#),
        ] {
            assert_eq!(word(text), written);
        }
    }
}
