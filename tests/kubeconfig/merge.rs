//! `merge`, and everything that reads several files: kubectl's precedence.

use super::{backups, generate::Generator, kubectl, kubepki, meaning, whole_meaning};
use crate::environment::Environment;

const PAIRS: u64 = 40;

#[test]
fn what_is_merged_means_what_kubectl_takes_the_list_for() {
    let mut refused = 0;
    for seed in 0..PAIRS {
        let environment = Environment::new();
        let mut generator = Generator::new(seed);
        for folder in ["x", "y"] {
            for file in Generator::FILES {
                environment.write(&format!("{folder}/{file}"), &format!("{file} of {folder}\n"));
            }
            let config = generator.kubeconfig();
            let text = generator.text(&config);
            environment.write(&format!("{folder}/config"), &text);
        }
        let shown = || environment.read("x/config") + "\n====\n" + &environment.read("y/config");
        let kubectls = whole_meaning(&environment, "x/config:y/config");

        let flat = kubepki(
            &environment,
            "",
            &["merge", "x/config", "y/config", "--flatten", "-o", "flat"],
        );
        let Ok(kubectls) = kubectls else {
            // Both forms of one thing: kubectl refuses, and so does `--flatten`.
            assert_eq!(flat.code, Some(2), "{flat:?}\n{}", shown());
            assert!(!environment.path("flat").exists());
            refused += 1;
            continue;
        };
        flat.expect_success();
        assert_eq!(meaning(&environment, "flat"), kubectls, "seed {seed}:\n{}", shown());

        // Not embedded, and written elsewhere: the paths still lead to the same files.
        std::fs::create_dir(environment.path("z")).unwrap();
        kubepki(&environment, "", &["merge", "x/config", "y/config", "-o", "z/config"])
            .expect_success();
        let whole = whole_meaning(&environment, "z/config");
        assert_eq!(whole.as_ref(), Ok(&kubectls), "seed {seed}:\n{}", shown());

        // The same by `$KUBECONFIG`, with a missing, an empty and a repeated path in it.
        let list = "x/config:missing::y/config:x/config";
        let view = kubepki(&environment, list, &["view", "--flatten", "--raw"]).expect_success();
        environment.write("view", &view);
        assert_eq!(meaning(&environment, "view"), kubectls, "seed {seed}:\n{}", shown());
    }
    assert!(refused > 0 && refused < PAIRS / 2, "the samples lost their point: {refused}");
}

#[test]
fn what_kubectl_reads_comes_back_with_the_same_meaning() {
    let mut several = Vec::new();
    for seed in 1000..1050 {
        let mut generator = Generator::new(seed);
        let config = generator.kubeconfig();
        several.push(generator.text(&config));
    }
    several.extend(
        [
            "",
            "---\n",
            "# nothing\n",
            "null\n",
            "clusters: null\nusers: []\n",
            super::RICH,
            "base: &server https://a:6443\nclusters:\n- &c {name: a, cluster: {server: *server}}\n",
            "x: &ctx {cluster: c, user: u}\ncontexts:\n- {name: a, context: *ctx}\n- {name: b, context: *ctx}\n",
            "clusters:\r\n- name: a\r\n  cluster:\r\n    server: https://a\r\n",
            "\u{feff}current-context: a\n",
            "{\t\"current-context\":\t\"a\"\t}",
            "users:\n- name: a\n  user:\n    client-key-data: |\n      QUFB\n      QkJC\n",
            "users:\n- name: a\n  user:\n    token: >-\n      folded\n      text\n",
            "users:\n- name: !!str 12\n  user: {token: !!str yes}\n",
            "current-context: \"\\x41\\u00e9\\\n  b\"\n",
        ]
        .map(str::to_owned),
    );
    let environment = Environment::new();
    for text in several {
        environment.write("config", &text);
        let before = meaning(&environment, "config");
        let view = kubepki(&environment, "config", &["view", "--raw"]).expect_success();
        environment.write("again", &view);
        assert_eq!(meaning(&environment, "again"), before, "{text:?}\n{view}");
        let json = kubepki(&environment, "config", &["view", "--raw", "-o", "json"]);
        environment.write("again.json", &json.expect_success());
        assert_eq!(meaning(&environment, "again.json"), before, "{text:?}");
    }
}

#[test]
fn the_files_of_one_folder_keep_their_relative_paths() {
    let environment = Environment::new();
    let cluster = |name: &str, file: &str| {
        format!(
            "clusters: [{{name: {name}, cluster: {{server: 'https://h', certificate-authority: {file}}}}}]\n"
        )
    };
    environment.write("a", &cluster("a", "a.crt"));
    environment.write("b", &cluster("b", "/b.crt"));
    kubepki(&environment, "", &["merge", "a", "b", "-o", "./both"]).expect_success();
    let both = environment.read("both");
    assert!(both.contains(": a.crt\n") && both.contains(": /b.crt\n"), "{both}");
}

#[test]
fn what_is_left_out_is_named() {
    let environment = Environment::new();
    let user = |token: &str| format!("users: [{{name: admin, user: {{token: {token}}}}}]\n");
    environment.write("a", &user("one"));
    environment.write("same", &user("one"));
    environment.write("other", &user("two"));
    let warnings = |files: &[&str]| {
        let output = kubepki(&environment, "", &[&["merge"], files].concat());
        assert!(output.succeeded() && !output.stderr.contains("two"), "{output:?}");
        output.stderr
    };
    assert_eq!(warnings(&["a", "same"]), "");
    let expected = "warning: left out user \"admin\" of `other`: an earlier file has the same name";
    assert!(warnings(&["a", "same", "other"]).starts_with(expected));

    // One relative path is two files in two folders.
    let cluster =
        "clusters: [{name: c, cluster: {server: 'https://h', certificate-authority: ca}}]\n";
    environment.write("x/config", cluster);
    environment.write("x/again", cluster);
    environment.write("y/config", cluster);
    assert_eq!(warnings(&["x/config", "x/again"]), "");
    assert!(warnings(&["x/config", "y/config"]).contains("cluster \"c\" of `y/config`"));
}

#[test]
fn an_output_is_replaced_only_if_it_is_merged_or_by_force() {
    let environment = Environment::new();
    environment.write("a", super::RICH);
    environment.write("b", "contexts: [{name: three, context: {cluster: dev, user: ci}}]\n");
    environment.write("other", "users: []\n");
    let refused = kubepki(&environment, "", &["merge", "a", "b", "-o", "other"]);
    assert_eq!(refused.code, Some(2));
    assert_eq!(environment.read("other"), "users: []\n");

    let before = environment.read("a");
    kubepki(&environment, "", &["merge", "a", "b", "-o", "a"]).expect_success();
    let names = kubectl(&environment, "a", &["config", "get-contexts", "-o", "name"]);
    assert_eq!(names.expect_success(), "one\nthree\ntwo\n");
    assert!(environment.read("a").contains("x-team: blue"));
    let kept = backups(&environment, "a");
    assert_eq!(kept.len(), 1);
    assert_eq!(environment.read(&kept[0]), before);

    kubepki(&environment, "", &["merge", "a", "b", "-o", "other", "--force"]).expect_success();
    assert_eq!(backups(&environment, "other").len(), 1);
    environment.write("no-kubeconfig", "a precious file\n");
    let refused = kubepki(&environment, "", &["merge", "a", "b", "-o", "no-kubeconfig", "--force"]);
    assert_eq!(refused.code, Some(2));
    assert_eq!(environment.read("no-kubeconfig"), "a precious file\n");
}
