//! What renews regularly: a systemd service with its timer, or a CronJob. Writes no file.

use clap::ValueEnum;
use kubepki_cluster::KubernetesVersion;

use super::Args;
use crate::{context::Context, error::CommandError, exit_code};

/// What runs the renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// A service and its timer, one after the other, each below its path
    Systemd,
    /// The service alone
    SystemdService,
    /// The timer alone
    SystemdTimer,
    /// A CronJob of Kubernetes
    Cron,
}

pub(super) fn print(kind: Kind, args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let root = context.absolute_root();
    let Some(root) = root.to_str().filter(|root| !root.chars().any(char::is_control)) else {
        return Err(CommandError::usage("the path of the root is no text")
            .hint("name another with `--dir`"));
    };
    let text = match kind {
        Kind::Systemd => {
            let folder = "# /etc/systemd/system/kubepki-renew";
            let (service, timer) = (service(root, args, context)?, timer());
            format!("{folder}.service\n{service}\n{folder}.timer\n{timer}")
        }
        Kind::SystemdService => service(root, args, context)?,
        Kind::SystemdTimer => timer(),
        Kind::Cron => cron_job(root, args)?,
    };
    context.printer.data(&text);
    Ok(exit_code::DONE)
}

/// The words of the renewal that is asked for, without the program.
fn words(root: &str, args: &Args, spec: Option<&str>) -> Vec<String> {
    let mut words = vec!["renew".to_owned()];
    words.extend(args.names.iter().cloned());
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    option("--dir", root);
    if let Some(spec) = spec {
        option("--file", spec);
    }
    for host in &args.host {
        option("--host", host);
    }
    if let Some(within) = args.within {
        option("--within", &within.to_string());
    }
    if let Some(version) = args.kubernetes_version {
        option("--kubernetes-version", &version.to_string());
    }
    if let Some(hook) = &args.hook {
        option("--hook", hook);
    }
    for (name, is_set) in [
        ("--all", args.all),
        ("--reuse-key", args.reuse_key),
        ("--danger-system-masters", args.shared.allows_system_masters()),
    ] {
        if is_set {
            words.push(name.to_owned());
        }
    }
    words
}

fn service(root: &str, args: &Args, context: &Context) -> Result<String, CommandError> {
    let program = context.environment.program.as_deref().and_then(|program| program.to_str());
    let program = program.unwrap_or("/usr/local/bin/kubepki");
    let spec = match &context.global.file {
        None => None,
        Some(file) => {
            let base = context.environment.current_dir.clone().unwrap_or_default();
            let file = base.join(file);
            let text = file.to_str().filter(|_| context.global.file != Some("-".into()));
            let text = text.ok_or_else(|| {
                CommandError::usage("a timer cannot read the spec from there")
                    .hint("name the spec's file with `--file`")
            })?;
            Some(text.to_owned())
        }
    };
    let mut line = vec![program.to_owned()];
    line.extend(words(root, args, spec.as_deref()));
    let line: Vec<_> = line.iter().map(|word| quote(word)).collect();
    // A hook does what its author likes; without one, nothing but the root is written.
    let fence = match args.hook {
        Some(_) => String::new(),
        None => format!(
            "NoNewPrivileges=true\nPrivateTmp=true\nProtectSystem=strict\nReadWritePaths={}\n",
            quote(root)
        ),
    };
    Ok(format!(
        "[Unit]
Description=Renew the certificates that are due in {description}

[Service]
Type=oneshot
ExecStart={line}
UMask=0077
{fence}",
        description = root.replace('%', "%%"),
        line = line.join(" "),
    ))
}

/// Once a day, also after the machine was off, and not on all machines at once.
fn timer() -> String {
    "[Unit]
Description=Renew the certificates that are due, once a day

[Timer]
OnCalendar=daily
RandomizedDelaySec=1h
Persistent=true

[Install]
WantedBy=timers.target
"
    .to_owned()
}

/// A word as systemd reads it back: systemd.service(5), "Command lines".
fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=,+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in word.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '%' | '$' => quoted.extend([character, character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Runs where the root is: on a control-plane host, as root, with the root mounted from the host.
fn cron_job(root: &str, args: &Args) -> Result<String, CommandError> {
    let failed = |error: serde_json::Error| {
        CommandError::failed("cannot print the manifest").caused_by(&error)
    };
    let folder = serde_json::to_string(root).map_err(failed)?;
    let words = words("/pki", args, None);
    let words = serde_json::to_string(&words).map_err(failed)?;
    // batch/v1 has CronJobs since 1.21, and batch/v1beta1 until 1.24.
    let first = KubernetesVersion::one(21);
    let is_old = args.kubernetes_version.is_some_and(|version| version < first);
    let version = if is_old { "batch/v1beta1" } else { "batch/v1" };
    Ok(format!(
        "# Put your own image with kubepki in it in place of `kubepki:{release}`.
apiVersion: {version}
kind: CronJob
metadata:
  name: kubepki-renew
  namespace: kube-system
spec:
  schedule: \"17 3 * * *\"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 43200
  jobTemplate:
    spec:
      backoffLimit: 1
      template:
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          nodeSelector:
            node-role.kubernetes.io/control-plane: \"\"
          tolerations:
          - key: node-role.kubernetes.io/control-plane
            operator: Exists
            effect: NoSchedule
          containers:
          - name: kubepki
            image: kubepki:{release}
            command: [kubepki]
            args: {words}
            securityContext:
              runAsUser: 0
              allowPrivilegeEscalation: false
              readOnlyRootFilesystem: true
            volumeMounts:
            - name: pki
              mountPath: /pki
          volumes:
          - name: pki
            hostPath:
              path: {folder}
              type: Directory
",
        release = env!("CARGO_PKG_VERSION"),
    ))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_word_survives_systemd() {
        for (word, expected) in [
            ("/etc/kubernetes", "/etc/kubernetes"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            ("50%", "\"50%%\""),
            ("echo $HOME \"x\" \\", "\"echo $$HOME \\\"x\\\" \\\\\""),
            ("a\nb", "\"a\\nb\""),
        ] {
            assert_eq!(quote(word), expected);
        }
    }
}
