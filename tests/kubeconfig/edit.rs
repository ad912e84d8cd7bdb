//! `use-context`, `rename-context` and `set-namespace`: what kubectl makes of the same file, and
//! nothing lost that kubectl would lose.

use super::{RICH, kubectl, kubepki, meaning};
use crate::environment::Environment;

/// Two files, and where each of two names lives: in the first, in the second, in both.
const FIRST: &str = "\
clusters: [{name: c, cluster: {server: 'https://one'}}]
contexts:
- {name: first, context: {cluster: c, user: u}}
- {name: both, context: {cluster: c, user: u}, x-kept: 1}
";
const SECOND: &str = "\
current-context: second
users: [{name: u, user: {token: t}}]
contexts:
- {name: second, context: {cluster: c, user: u, namespace: old}}
- {name: both, context: {cluster: c, user: v}}
";

#[test]
fn each_change_means_what_kubectl_makes_of_it() {
    for (ours, kubectls) in [
        (&["use-context", "two"][..], &["use-context", "two"][..]),
        (&["rename-context", "one", "x/y: z"], &["rename-context", "one", "x/y: z"]),
        (&["rename-context", "two", "yes"], &["rename-context", "two", "yes"]),
        (
            &["set-namespace", "kube-system"],
            &["set-context", "--current", "--namespace=kube-system"],
        ),
        (&["set-namespace", "a", "--context", "two"], &["set-context", "two", "--namespace=a"]),
    ] {
        same(&[("config", RICH)], ours, kubectls);
    }
}

#[test]
fn in_a_list_of_files_the_same_one_counts() {
    for (ours, kubectls) in [
        (&["use-context", "first"][..], &["use-context", "first"][..]),
        (&["use-context", "both"], &["use-context", "both"]),
        (&["rename-context", "second", "new"], &["rename-context", "second", "new"]),
        (&["rename-context", "first", "new"], &["rename-context", "first", "new"]),
        (&["rename-context", "both", "new"], &["rename-context", "both", "new"]),
        (&["set-namespace", "web"], &["set-context", "--current", "--namespace=web"]),
        (&["set-namespace", "web", "--context=both"], &["set-context", "both", "--namespace=web"]),
    ] {
        same(&[("a", FIRST), ("b", SECOND)], ours, kubectls);
    }
}

#[test]
fn what_kubectl_refuses_is_refused_and_changes_nothing() {
    let environment = Environment::new();
    environment.write("config", RICH);
    let before = environment.snapshot();
    for (ours, kubectls) in [
        (&["use-context", "gone"][..], &["use-context", "gone"][..]),
        (&["rename-context", "gone", "new"], &["rename-context", "gone", "new"]),
        (&["rename-context", "one", "two"], &["rename-context", "one", "two"]),
        (&["rename-context", "one", "one"], &["rename-context", "one", "one"]),
    ] {
        let args: Vec<_> = ["config"].iter().chain(kubectls).copied().collect();
        let _ = kubectl(&environment, "config", &args).expect_failure();
        let refused = kubepki(&environment, "config", ours);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.starts_with("error: there is "), "{refused:?}");
        assert_eq!(environment.snapshot(), before);
    }
    // kubectl makes a context of any name here.
    let refused = kubepki(&environment, "config", &["set-namespace", "web", "--context", "gone"]);
    assert_eq!(refused.code, Some(2));
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn what_kubectl_would_drop_stays() {
    let environment = Environment::new();
    environment.write("config", RICH);
    kubepki(&environment, "config", &["set-namespace", "api"]).expect_success();
    kubepki(&environment, "config", &["use-context", "two"]).expect_success();
    kubepki(&environment, "config", &["rename-context", "one", "three"]).expect_success();
    let expected = RICH
        .replace("current-context: one", "current-context: two")
        .replace("namespace: web", "namespace: api")
        .replace("name: one", "name: three");
    assert_eq!(environment.read("config"), expected);
    let view = kubepki(&environment, "config", &["view", "--raw"]).expect_success();
    for kept in [
        "x-top:\n- 0123\n- yes\n- \"yes\"\n",
        "x-note: kept",
        "x-team: blue",
        "x-colour: red",
        "apiKey: s3cret",
    ] {
        assert!(view.contains(kept), "{kept}");
    }
}

/// Both programs change copies of the same files, and kubectl finds the same in them.
#[track_caller]
fn same(files: &[(&str, &str)], ours: &[&str], kubectls: &[&str]) {
    let (left, right) = (Environment::new(), Environment::new());
    for (name, text) in files {
        left.write(name, text);
        right.write(name, text);
    }
    let names: Vec<_> = files.iter().map(|file| file.0).collect();
    let list = names.join(":");
    let before = meaning(&left, &list);
    kubepki(&left, &list, ours).expect_success();
    let args: Vec<_> = ["config"].iter().chain(kubectls).copied().collect();
    let _ = kubectl(&right, &list, &args).expect_success();
    let (left, right) = (meaning(&left, &list), meaning(&right, &list));
    assert_eq!(left, right, "{ours:?}");
    assert_ne!(left, before, "{ours:?} changes nothing");
}

/// Whatever changes a kubeconfig keeps what people wrote into it.
#[test]
fn every_verb_keeps_the_comments() {
    let text = "\
# ask ops first
apiVersion: v1
kind: Config
current-context: a # for today
contexts:
# the old one
- {name: a, context: {cluster: c, user: u}}
- context:
    # moved in May
    cluster: c
    user: u # by path
  name: b
clusters: [{name: c, cluster: {server: 'https://x'}}] # one
users:
- name: u
  user:
    client-key: ./key # never this one
# the end
";
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment.write("key", "x");
    environment.write("other", "users: [{name: v, user: {token: t}}]\n");
    for verb in [
        &["kubeconfig", "use-context", "b", "--kubeconfig", "config"][..],
        &["kubeconfig", "set-namespace", "web", "--kubeconfig", "config"],
        &["kubeconfig", "rename-context", "a", "z", "--kubeconfig", "config"],
        &["kubeconfig", "rename-context", "b", "z", "--kubeconfig", "config"],
        &["kubeconfig", "flatten", "--kubeconfig", "config"],
        &["kubeconfig", "merge", "config", "other", "-o", "config"],
        &["kubeconfig", "merge", "other", "config", "-o", "config"],
        &["issue", "user", "jo", "--merge-into", "config"],
    ] {
        environment.write("config", text);
        environment.kubepki(verb).expect_success();
        let after = environment.read("config");
        assert_ne!(after, text, "{verb:?}");
        for line in text.lines().filter_map(|line| line.split_once('#')) {
            let comment = format!("#{}\n", line.1);
            assert!(after.contains(&comment), "{verb:?} lost {comment}{after}");
        }
    }
}

/// The context is in one file and `current-context` in another: no moment and no error may leave the
/// two apart.
#[test]
fn a_context_is_renamed_in_both_files_or_in_neither() {
    let (first, second) =
        (FIRST, format!("# which\ncurrent-context: first # now\n{}", &SECOND[24..]));
    let environment = Environment::new();
    environment.write("a", first);
    environment.write("b", &second);
    let rename = ["rename-context", "first", "new"];
    // Somebody else writes the second file: nothing has changed in the first.
    environment.write("b.lock", "");
    let before = environment.snapshot();
    let refused = kubepki(&environment, "a:b", &rename);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(environment.snapshot(), before);
    std::fs::remove_file(environment.path("b.lock")).unwrap();
    kubepki(&environment, "a:b", &rename).expect_success();
    assert_eq!(environment.read("a"), first.replace("name: first", "name: new"));
    assert_eq!(environment.read("b"), second.replace("first # now", "new # now"));
    // Two files, and the backup of each.
    assert_eq!(environment.snapshot().len(), 4, "{:?}", environment.snapshot());
}
