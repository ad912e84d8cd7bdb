//! `kubepki kubeconfig` beside the real kubectl: what both make of the same files.

mod check;
mod edit;
mod flips;
mod generate;
mod hostile;
mod merge;
mod view;
mod write;

use std::{ffi::OsStr, path::Path};

use kubepki_testkit::programs::{self, Output};
use serde_json::Value;

use crate::environment::Environment;

/// Runs kubectl in the environment's folder, with this `$KUBECONFIG`.
fn kubectl(environment: &Environment, kubeconfig: impl AsRef<OsStr>, args: &[&str]) -> Output {
    let mut command = programs::command("kubectl");
    command.args(args).current_dir(environment.root());
    command.env("HOME", environment.root()).env("KUBECONFIG", kubeconfig);
    programs::finish(command, b"")
}

/// What kubectl finds in the files, with their secrets.
#[track_caller]
fn meaning(environment: &Environment, kubeconfig: impl AsRef<OsStr>) -> Value {
    let args = ["config", "view", "--raw", "-o", "json"];
    let text = kubectl(environment, kubeconfig, &args).expect_success();
    serde_json::from_str(&text).expect("JSON from kubectl")
}

/// What kubectl finds in the files and in those that they name.
fn whole_meaning(
    environment: &Environment,
    kubeconfig: impl AsRef<OsStr>,
) -> Result<Value, String> {
    let args = ["config", "view", "--raw", "--flatten", "-o", "json"];
    let text = kubectl(environment, kubeconfig, &args).into_result()?;
    Ok(serde_json::from_str(&text).expect("JSON from kubectl"))
}

/// Runs `kubepki kubeconfig` with this `$KUBECONFIG`.
fn kubepki(environment: &Environment, kubeconfig: impl AsRef<OsStr>, args: &[&str]) -> Output {
    let args: Vec<_> = ["kubeconfig"].iter().chain(args).copied().collect();
    let mut command = environment.command(&args);
    command.env("HOME", environment.root()).env("KUBECONFIG", kubeconfig);
    programs::finish(command, b"")
}

/// The backups of a file in the environment's folder, the oldest first.
fn backups(environment: &Environment, file: &str) -> Vec<String> {
    let path = environment.path(file);
    let prefix = format!("{}.bak-", Path::new(file).file_name().unwrap().display());
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(&prefix)).collect();
    names.sort();
    names
}

/// A kubeconfig with everything that is easily lost.
const RICH: &str = "\
# a comment
current-context: one
preferences: {colors: true}
x-top: [0123, yes, 'yes']
clusters:
- name: prod
  x-note: kept
  cluster:
    server: https://prod:6443
    certificate-authority-data: UFJPRA==
    proxy-url: http://user:pr0xy-pw@proxy:3128
    x-team: blue
- name: dev
  cluster: {server: 'https://dev:6443', insecure-skip-tls-verify: yes, tls-server-name: dev.local}
contexts:
- name: one
  context: {cluster: prod, user: jane, namespace: web, x-colour: red}
- name: two
  context: {cluster: dev, user: ci}
users:
- name: jane
  user:
    client-certificate-data: Q0VSVA==
    client-key-data: c2VjcmV0LWtleQ==
- name: ci
  user:
    token: s3cret-token
    username: ci
    password: s3cret-password
    as: root
    as-groups: [a, b]
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: login
      args: [--now]
      env: [{name: KEY, value: s3cret-env}]
      provideClusterInfo: yes
      interactiveMode: Never
    apiKey: s3cret-unknown
";
