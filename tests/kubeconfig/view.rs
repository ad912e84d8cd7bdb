//! `view`, `get-contexts`, `flatten`, `split` and `new`, compared with what kubectl prints.

use serde_json::{Value, json};

use super::{RICH, generate::Generator, kubectl, kubepki, meaning, whole_meaning};
use crate::environment::Environment;

#[test]
fn view_shows_what_kubectl_shows() {
    let environment = Environment::new();
    for seed in 2000..2030 {
        let mut generator = Generator::new(seed);
        let mut config = generator.kubeconfig();
        // These two are hidden here, and shown by kubectl.
        for user in config["users"].as_array_mut().into_iter().flatten() {
            let fields = user["user"].as_object_mut().unwrap();
            fields.remove("exec");
            fields.remove("auth-provider");
        }
        environment.write("config", &generator.text(&config));
        let kubectls = kubectl(&environment, "config", &["config", "view"]).expect_success();
        // Kubernetes before 1.21 hid the client's data with another word, and passwords not at all.
        let kubectls = kubectls.replace("-data: REDACTED", "-data: DATA+OMITTED");
        let ours = kubepki(&environment, "config", &["view"]).expect_success();
        environment.write("kubectls", &kubectls);
        environment.write("ours", &ours);
        let mut kubectls = meaning(&environment, "kubectls");
        for user in kubectls["users"].as_array_mut().into_iter().flatten() {
            if let Some(password) = user["user"].get_mut("password") {
                *password = "REDACTED".into();
            }
        }
        assert_eq!(meaning(&environment, "ours"), kubectls, "seed {seed}");
    }
}

#[test]
fn no_secret_is_shown_without_raw() {
    let environment = Environment::new();
    environment.write("config", RICH);
    let secrets = ["s3cret", "pr0xy-pw", "c2VjcmV0", "Q0VSVA"];
    for args in [
        &["view"][..],
        &["view", "-o", "json"],
        &["view", "--flatten"],
        &["view", "--minify", "--context", "two"],
        &["merge", "config", "config"],
        &["get-contexts", "-o", "json"],
        &["check", "-o", "json"],
        &["use-context", "two", "-v"],
        &["set-namespace", "web", "-v"],
        &["rename-context", "one", "1", "-v"],
        &["split", "-o", "parts", "-v"],
        &["flatten", "-v"],
    ] {
        let output = kubepki(&environment, "config", args);
        assert!(matches!(output.code, Some(0 | 3)), "{output:?}");
        let all = output.stdout + &output.stderr;
        for secret in secrets {
            assert!(!all.contains(secret), "{args:?} shows {secret}:\n{all}");
        }
    }
    let raw = kubepki(&environment, "config", &["view", "--raw"]).expect_success();
    for secret in secrets {
        assert!(raw.contains(secret), "{secret}\n{raw}");
    }
}

#[test]
fn minify_keeps_what_kubectl_keeps_and_fails_where_it_fails() {
    let environment = Environment::new();
    for seed in 3000..3030 {
        let mut generator = Generator::new(seed);
        let config = generator.kubeconfig();
        environment.write("config", &generator.text(&config));
        let names = config["contexts"].as_array().into_iter().flatten();
        for name in names.map(|context| context["name"].as_str().unwrap()).chain(["nobody's"]) {
            let choice = format!("--context={name}");
            let args = ["config", "view", "--minify", "--raw", "-o", "json", &choice];
            let kubectls = kubectl(&environment, "config", &args);
            let ours = kubepki(&environment, "config", &["view", "--minify", "--raw", &choice]);
            assert_eq!(kubectls.succeeded(), ours.succeeded(), "{kubectls:?}\n{ours:?}");
            if ours.succeeded() {
                environment.write("ours", &ours.stdout);
                let kubectls: Value = serde_json::from_str(&kubectls.stdout).unwrap();
                assert_eq!(meaning(&environment, "ours"), kubectls, "seed {seed}, {name}");
            }
        }
    }
}

#[test]
fn split_makes_what_minify_makes_of_each_context() {
    let environment = Environment::new();
    environment.write("config", RICH);
    environment.edit("config", "name: one", "name: a/../one");
    environment.edit("config", "current-context: one", "current-context: a/../one");
    kubepki(&environment, "config", &["split", "-o", "parts"]).expect_success();
    for (context, file) in
        [("a/../one", "parts/a%2F..%2Fone.kubeconfig"), ("two", "parts/two.kubeconfig")]
    {
        let choice = format!("--context={context}");
        let args = ["config", "view", "--minify", "--raw", "-o", "json", &choice];
        let kubectls = kubectl(&environment, "config", &args).expect_success();
        let kubectls: Value = serde_json::from_str(&kubectls).unwrap();
        assert_eq!(meaning(&environment, file), kubectls);
    }
    let snapshot = environment.snapshot();
    assert!(snapshot.iter().filter(|file| file.0.contains(".kubeconfig")).all(|f| f.1 == 0o600));
    let again = kubepki(&environment, "config", &["split", "-o", "parts"]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert_eq!(environment.snapshot(), snapshot);
}

#[test]
fn flatten_in_place_is_what_kubectl_flattens() {
    let environment = Environment::new();
    let mut embedded = 0;
    for seed in 4000..4020 {
        let mut generator = Generator::new(seed);
        for file in Generator::FILES {
            environment.write(&format!("x/{file}"), &format!("{file}\n"));
        }
        let config = generator.kubeconfig();
        environment.write("x/config", &generator.text(&config));
        let before = environment.read("x/config");
        let kubectls = whole_meaning(&environment, "x/config");
        let ours = kubepki(&environment, "x/config", &["flatten"]);
        assert_eq!(kubectls.is_ok(), ours.succeeded(), "{ours:?}");
        match kubectls {
            Ok(kubectls) => {
                assert_eq!(meaning(&environment, "x/config"), kubectls, "seed {seed}");
                embedded += usize::from(environment.read("x/config") != before);
            }
            Err(_) => assert_eq!(environment.read("x/config"), before),
        }
    }
    assert!(embedded > 3, "the samples lost their point");
}

#[test]
fn get_contexts_lists_what_kubectl_lists() {
    let environment = Environment::new();
    environment.write("config", RICH);
    environment.write("more", "contexts: [{name: zone, context: {cluster: '', user: ''}}]");
    let list = "config:more";
    let words = |text: &str| -> Vec<Vec<String>> {
        let lines = text.lines().skip(1);
        lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
    };
    let kubectls = kubectl(&environment, list, &["config", "get-contexts"]).expect_success();
    let ours = kubepki(&environment, list, &["get-contexts"]).expect_success();
    assert_eq!(words(&ours), words(&kubectls));
    let ours = kubepki(&environment, list, &["get-contexts", "-o", "json"]).expect_success();
    let ours: Value = serde_json::from_str(&ours).unwrap();
    assert_eq!(
        ours["contexts"][0],
        json!({ "name": "one", "cluster": "prod", "user": "jane", "namespace": "web", "current": true })
    );
}

#[test]
fn new_means_what_kubectl_makes_of_the_same_files() {
    let environment = Environment::of_example("kubeadm");
    environment.apply();
    let view = ["view", "--raw", "-o", "json"];
    let admin = kubepki(&environment, "admin.conf", &view).expect_success();
    let admin: Value = serde_json::from_str(&admin).unwrap();
    let user = &admin["users"][0]["user"];
    for (file, field) in [("c.crt", "client-certificate-data"), ("c.key", "client-key-data")] {
        environment.write(file, &decoded(user[field].as_str().unwrap()));
    }
    environment.write("token", "abc.def\n");
    let server = "https://lb.example.com:6443";
    environment.write(
        "by-hand",
        &format!(
            "current-context: jane@prod
clusters: [{{name: prod, cluster: {{server: '{server}', certificate-authority: pki/ca.crt}}}}]
users: [{{name: jane, user: {{client-certificate: c.crt, client-key: c.key}}}}]
contexts: [{{name: jane@prod, context: {{cluster: prod, user: jane, namespace: web}}}}]
"
        ),
    );
    let expected = whole_meaning(&environment, "by-hand").unwrap();
    let new =
        ["new", "--cluster", "prod", "--server", server, "--certificate-authority", "pki/ca.crt"];
    let jane = ["--user", "jane", "--client-certificate", "c.crt", "--client-key", "c.key"];
    let args = [&new[..], &jane, &["--namespace", "web", "-o", "ours"]].concat();
    kubepki(&environment, "", &args).expect_success();
    assert_eq!(meaning(&environment, "ours"), expected);

    let args = [&new[..], &jane, &["--namespace", "web", "-o", "paths", "--by-path"]].concat();
    kubepki(&environment, "", &args).expect_success();
    assert!(environment.read("paths").contains("/c.key\n"));
    assert_eq!(whole_meaning(&environment, "paths").unwrap(), expected);

    let args = [&new[..], &["--user", "ci", "--token-file", "token", "-o", "ci"]].concat();
    kubepki(&environment, "", &args).expect_success();
    assert_eq!(meaning(&environment, "ci")["users"][0]["user"], json!({ "token": "abc.def" }));

    for (args, word) in [
        (
            &[
                "--user",
                "x",
                "--client-certificate",
                "c.crt",
                "--client-key",
                "pki/sa.key",
                "-o",
                "x",
            ][..],
            "is not the key",
        ),
        (
            &["--user", "x", "--client-certificate", "c.key", "--client-key", "c.key", "-o", "x"],
            "no CERTIFICATE",
        ),
        (&["--user", "x", "--token-file", "c.key", "-o", "x"], "does not hold a token"),
        (&["--user", "x", "--token-file", "token", "-o", "ci"], "exists"),
        (&["--user", "x", "-o", "x"], "required"),
        (&["--user", "a\u{1b}b", "--token-file", "token", "-o", "x"], "control character"),
    ] {
        let refused = kubepki(&environment, "", &[&new[..], args].concat());
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(word), "{refused:?}");
        assert!(!environment.path("x").exists());
    }
}

fn decoded(base64: &str) -> String {
    let mut command = kubepki_testkit::programs::command("openssl");
    command.args(["base64", "-d", "-A"]);
    kubepki_testkit::programs::finish(command, base64.as_bytes()).expect_success()
}
