//! What renews regularly: a systemd service with its timer, or a CronJob. Writes no file.

use std::path::Path;

use clap::ValueEnum;
use kubepki_cluster::{KubernetesVersion, spec::Layout};
use kubepki_pki::SpecFile;
use kubepki_report::{is_hidden, yaml_string};

use super::{Args, HOOK_TIMEOUT};
use crate::{commands::permissions, context::Context, error::CommandError, exit_code, pki::WAIT};

/// What runs the renewal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TimerKind {
    /// A service and its timer, each with its path
    Systemd,
    /// Only the service
    SystemdService,
    /// Only the timer
    SystemdTimer,
    /// A Kubernetes CronJob
    Cron,
}

pub(super) fn print(
    kind: TimerKind,
    args: &Args,
    read: &SpecFile,
    context: &mut Context,
) -> Result<u8, CommandError> {
    let root = context.absolute_root();
    let Some(root) = root.to_str().filter(|root| !root.contains(is_hidden)) else {
        return Err(CommandError::usage("the path of the root has invisible characters")
            .hint("name another folder with `--dir`"));
    };
    let text = match kind {
        TimerKind::Systemd => {
            let folder = "# /etc/systemd/system/kubepki-renew";
            let (service, timer) = (service(root, args, read, context)?, timer());
            format!("{folder}.service\n{service}\n{folder}.timer\n{timer}")
        }
        TimerKind::SystemdService => service(root, args, read, context)?,
        TimerKind::SystemdTimer => timer(),
        TimerKind::Cron => cron_job(root, args, read, context)?,
    };
    context.printer.data(text.as_bytes());
    if args.hook.is_none() && kind != TimerKind::SystemdTimer {
        let text = "nothing uses the renewed files yet: add `--hook`, as the comment says";
        context.printer.talk(text);
    }
    Ok(exit_code::DONE)
}

/// What is still to be done where no hook does it, as comments.
fn still_needed(args: &Args, read: &SpecFile) -> &'static str {
    match (&args.hook, read.spec.layout) {
        (Some(_), _) => "",
        (None, Layout::Hosts) => {
            "\
# This renews the files in the root only. Copy them to their hosts with --hook,
# and restart there the programs in $KUBEPKI_RESTART. To copy them:
#   kubepki host push --dir \"$KUBEPKI_DIR\" --ssh root@\"$KUBEPKI_HOST\" \"$KUBEPKI_HOST\"
"
        }
        (None, Layout::Kubeadm) => {
            "\
# Some programs use the old files until they are restarted. Restart the programs
# in $KUBEPKI_RESTART with --hook.
"
        }
        _ => {
            "\
# This renews the files in the root only. With --hook, copy $KUBEPKI_FILES to
# $KUBEPKI_HOST, and restart there the programs in $KUBEPKI_RESTART.
"
        }
    }
}

/// The words of the renewal that is asked for, without the program.
fn words(root: &str, args: &Args, spec: Option<&str>, context: &Context) -> Vec<String> {
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
        let limit = args.hook_timeout.to_string();
        if limit != HOOK_TIMEOUT {
            option("--hook-timeout", &limit);
        }
    }
    if args.lock_timeout != WAIT.as_secs() {
        option("--lock-timeout", &args.lock_timeout.to_string());
    }
    for (name, is_set) in [
        ("--all", args.all),
        ("--reuse-key", args.reuse_key),
        ("--quiet", context.global.quiet),
        ("--verbose", context.global.verbose),
    ] {
        if is_set {
            words.push(name.to_owned());
        }
    }
    words.extend(permissions::given(args.shared.allow()).map(str::to_owned));
    words
}

/// The path of the spec from the top, where one was named.
fn named_spec(context: &Context) -> Result<Option<String>, CommandError> {
    let Some(file) = &context.global.file else { return Ok(None) };
    let base = context.environment.current_dir.clone().unwrap_or_default();
    let file = base.join(file);
    let text = file.to_str().filter(|_| context.global.file != Some("-".into()));
    let text = text.ok_or_else(|| {
        CommandError::usage("a timer cannot read the spec from stdin")
            .hint("name the spec's file with `--file`")
    })?;
    Ok(Some(text.to_owned()))
}

fn service(
    root: &str,
    args: &Args,
    read: &SpecFile,
    context: &Context,
) -> Result<String, CommandError> {
    let program = context.environment.program.as_deref().and_then(|program| program.to_str());
    let program = program.unwrap_or("/usr/local/bin/kubepki");
    let spec = named_spec(context)?;
    let mut line = vec![program.to_owned()];
    line.extend(words(root, args, spec.as_deref(), context));
    let line: Vec<_> = line.iter().map(|word| quote(word)).collect();
    // A hook does what its author likes; without one, nothing but the root is written.
    let fence = match args.hook {
        Some(_) => String::new(),
        None => format!(
            "NoNewPrivileges=true\nPrivateTmp=true\nProtectSystem=strict\nReadWritePaths={}\n",
            quote(root)
        ),
    };
    // A oneshot service may run for ever otherwise; each host has a hook's time.
    let hosts = i64::try_from(read.spec.hosts.len().max(1)).unwrap_or(i64::MAX);
    let hooks = args.hook_timeout.duration().as_secs().saturating_mul(hosts);
    let longest = 600_i64.saturating_add(if args.hook.is_some() { hooks } else { 0 });
    Ok(format!(
        "[Unit]
Description=Renew the certificates that are due in {description}

[Service]
Type=oneshot
{still_needed}ExecStart={line}
TimeoutStartSec={longest}
UMask=0077
{fence}",
        still_needed = still_needed(args, read),
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
            _ if is_hidden(character) => quoted.push_str(&match u32::from(character) {
                code @ 0..0x80 => format!("\\x{code:02x}"),
                code @ 0x80..0x1_0000 => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// Runs where the root is: on a control-plane host, as root, with the root mounted from the host.
fn cron_job(
    root: &str,
    args: &Args,
    read: &SpecFile,
    context: &Context,
) -> Result<String, CommandError> {
    let folder = yaml_string(root);
    let spec = named_spec(context)?.map(|file| {
        let below = Path::new(&file).strip_prefix(root).ok().and_then(Path::to_str);
        below.map(|below| format!("/pki/{below}")).ok_or_else(|| {
            CommandError::usage(format!("`{file}` is not in the root, so the pod cannot read it"))
                .hint("move the spec into the root")
        })
    });
    let words = words("/pki", args, spec.transpose()?.as_deref(), context);
    let words: Vec<_> = words.iter().map(|word| yaml_string(word)).collect();
    let words = format!("[{}]", words.join(","));
    let is_before = |minor| {
        args.kubernetes_version
            .or(read.spec.kubernetes_version)
            .is_some_and(|version| version < KubernetesVersion::one(minor))
    };
    // batch/v1 has CronJobs since 1.21, and batch/v1beta1 until 1.24.
    let api = if is_before(21) { "batch/v1beta1" } else { "batch/v1" };
    // kubeadm has labelled its nodes so since 1.20 (CHANGELOG-1.20).
    let role = if is_before(20) { "master" } else { "control-plane" };
    Ok(format!(
        "# Replace `kubepki:{release}` by your own image with kubepki.
{still_needed}apiVersion: {api}
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
            node-role.kubernetes.io/{role}: \"\"
          tolerations:
          - key: node-role.kubernetes.io/control-plane
            operator: Exists
            effect: NoSchedule
          - key: node-role.kubernetes.io/master
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
        still_needed = still_needed(args, read),
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
