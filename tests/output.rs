//! Output: for programs and for people, without secrets, without colour where none is wanted, and
//! the texts that are made from the command line itself.

use std::{
    fs,
    process::{Command, Stdio},
};

use kubepki_testkit::programs;
use serde_json::Value;

use crate::{environment::Environment, golden};

#[test]
fn json_and_yaml_say_the_same_and_hold_no_key() {
    let environment = Environment::of_example("hard-way");
    for code in [3, 0] {
        let json = environment.kubepki(&["plan", "--exit-code", "-o", "json"]);
        let yaml = environment.kubepki(&["plan", "--exit-code", "-o", "yaml"]);
        assert_eq!((json.code, yaml.code), (Some(code), Some(code)));
        let plan: Value = serde_json::from_str(&json.stdout).unwrap();
        assert_eq!(plan, serde_yaml::from_str::<Value>(&yaml.stdout).unwrap());
        for output in [&json, &yaml] {
            assert_eq!(output.stderr, "");
            assert!(!output.stdout.contains("PRIVATE"));
        }
        assert_eq!(plan["apiVersion"], "kubepki/v1alpha1");
        assert_eq!((&plan["kind"], &plan["cluster"]), (&"Plan".into(), &"hard-way".into()));
        environment.apply();
    }
}

#[test]
fn the_shape_of_a_plan_for_programs() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    environment.edit("cluster.yaml", "apiserverSANs: []", "apiserverSANs: [api.example.com]");
    environment.edit("cluster.yaml", "keyAlgorithm: ecdsa-p256", "keyAlgorithm: ecdsa-p384");
    fs::remove_file(environment.path("authorities/ca.key")).unwrap();
    environment.write("users/jane.conf", "[");
    let json = environment.kubepki(&["plan", "-o", "json"]);
    // The error is said beside the whole plan, of which programs read every refusal.
    assert_eq!(json.code, Some(1));
    let plan: Value = serde_json::from_str(&json.stdout).unwrap();
    let step = |entry: &str| {
        let steps = plan["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["entry"] == entry);
        serde_json::to_string_pretty(step.unwrap()).unwrap() + "\n"
    };
    let warning = serde_json::to_string_pretty(&plan["warnings"][0]).unwrap() + "\n";
    let steps = ["ca", "apiserver", "ca.crt", "user/jane"].map(step).concat();
    golden::check("output/steps.json.txt", &(steps + &warning));
}

#[test]
fn nothing_that_is_said_holds_a_secret() {
    let environment = Environment::of_example("hard-way");
    environment.edit("cluster.yaml", "layout: hosts", "layout: hard-way");
    let mut said = String::new();
    let mut run = |args: &[&str]| {
        let output = environment.kubepki(args);
        said += &(output.stdout + &output.stderr);
    };
    run(&["apply", "-v"]);
    run(&["plan", "-v"]);
    run(&["plan", "-v", "-o", "json"]);
    run(&["plan", "-v", "-o", "yaml"]);
    environment.edit("cluster.yaml", "keyAlgorithm: ecdsa-p256", "keyAlgorithm: ecdsa-p384");
    run(&["plan", "-v"]);
    // A key where a certificate, a spec and a kubeconfig are looked for.
    let key = environment.read("ca.key");
    environment.write("admin.crt", &key);
    environment.write("jane.kubeconfig", &key);
    run(&["plan", "-v"]);
    run(&["apply", "-v"]);
    run(&["apply", "-v", "-f", "ca.key"]);
    run(&["init", "--dry-run", "--machines", "ca.key"]);

    let files = environment.snapshot();
    let keys: Vec<String> = files
        .iter()
        .filter(|file| file.0.ends_with(".key"))
        .map(|file| String::from_utf8_lossy(&file.2).into_owned())
        .collect();
    assert!(keys.len() > 10);
    for key in &keys {
        for line in key.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!said.contains(line), "a line of a key is in the output");
        }
    }
    let data = files.iter().filter(|file| file.0.ends_with(".kubeconfig"));
    let data: Vec<_> = data.map(|file| String::from_utf8_lossy(&file.2).into_owned()).collect();
    let secrets = data.iter().flat_map(|text| text.lines()).filter(|l| l.contains("-key-data"));
    let secrets: Vec<_> = secrets.filter_map(|line| line.split(": ").nth(1)).collect();
    assert!(secrets.len() > 4);
    assert!(secrets.iter().all(|secret| !said.contains(secret)));
}

#[test]
fn quiet_says_nothing_but_results_and_errors() {
    let environment = Environment::new();
    let output = environment.kubepki(&["init", "-q"]);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    let output = environment.kubepki(&["apply", "-q"]);
    assert!(output.stdout.ends_with(" unchanged\n"), "{output:#?}");
    assert_eq!(output.stderr, "");
    fs::remove_file(environment.path("cluster.yaml")).unwrap();
    assert_eq!(environment.kubepki(&["plan", "-q"]).stderr, "");
    environment.write("cluster.yaml", "");
    assert!(environment.kubepki(&["plan", "-q"]).stderr.starts_with("error: "));
    let both = environment.kubepki(&["plan", "-q", "-v"]);
    assert_eq!(both.code, Some(2), "{both:#?}");
}

#[test]
fn verbose_names_every_file_and_every_unchanged_entry() {
    let environment = Environment::of_example("kubeadm");
    golden::check("output/plan-v.txt", &environment.kubepki(&["plan", "-v"]).expect_success());
    let files = environment.kubepki(&["apply", "-v"]).expect_success();
    let made = environment.snapshot().into_iter().filter(|file| !file.2.is_empty());
    let made: Vec<_> = made
        .map(|file| file.0)
        .filter(|name| !name.contains("cluster.yaml") && !name.ends_with("/ledger.db"))
        .filter(|name| !name.starts_with(".kubepki/history/"))
        .collect();
    for name in &made {
        assert!(files.lines().any(|line| line.trim() == name), "{name} is not named");
    }
    golden::check(
        "output/plan-v-again.txt",
        &environment.kubepki(&["plan", "-v"]).expect_success(),
    );
}

#[test]
fn a_spec_is_read_from_stdin_and_kept_for_the_next_run() {
    let environment = Environment::of_example("kubeadm");
    let text = environment.read("cluster.yaml");
    fs::remove_file(environment.path("cluster.yaml")).unwrap();
    let apply = environment.command(&["apply", "-f", "-", "--dir", "pki"]);
    programs::finish(apply, text.as_bytes()).expect_success();
    assert_eq!(environment.read("pki/.kubepki/cluster.yaml"), text);
    let plan = environment.kubepki(&["plan", "--dir", "pki", "--exit-code"]);
    assert_eq!(plan.code, Some(0));
    assert_eq!(plan.stderr, "using the spec of the last apply, `pki/.kubepki/cluster.yaml`\n");
    // A spec beside the files goes before it.
    environment.write("pki/cluster.yaml", &text.replacen("name: admin", "name: ops", 1));
    let plan = environment.kubepki(&["plan", "--dir", "pki", "--exit-code"]);
    assert_eq!((plan.code, plan.stderr.as_str()), (Some(3), ""));
}

#[test]
fn there_is_colour_on_a_terminal_and_nowhere_else() {
    let environment = Environment::of_example("kubeadm");
    let on_terminal = |variables: &[(&str, &str)]| {
        let mut command = Command::new(programs::find("script"));
        let run = format!("{} plan", env!("CARGO_BIN_EXE_kubepki"));
        command.args(["-qec", &run, "/dev/null"]).current_dir(environment.root());
        command.env_clear().env("TERM", "xterm").envs(variables.iter().copied());
        programs::finish(command, b"").expect_success()
    };
    assert!(on_terminal(&[]).contains("\u{1b}["));
    assert!(!on_terminal(&[("NO_COLOR", "1")]).contains('\u{1b}'));
    assert!(!on_terminal(&[("TERM", "dumb")]).contains('\u{1b}'));
    assert!(!environment.kubepki(&["plan"]).stdout.contains('\u{1b}'));
    environment.write("cluster.yaml", "[");
    assert!(!environment.kubepki(&["plan"]).stderr.contains('\u{1b}'));
    assert!(!environment.kubepki(&["--help"]).stdout.contains('\u{1b}'));
}

#[test]
fn help_is_no_wider_than_80_columns() {
    let environment = Environment::new();
    for verb in [&[][..], &["init"], &["plan"], &["apply"], &["completion"], &["manual"]] {
        for flag in ["-h", "--help"] {
            let help = environment.kubepki(&[verb, &[flag]].concat()).expect_success();
            let wide: Vec<_> = help.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(wide.is_empty(), "{verb:?}: {wide:#?}");
        }
    }
}

#[test]
fn every_verb_has_an_example_in_its_help() {
    let environment = Environment::new();
    for verb in ["init", "plan", "apply", "completion"] {
        let help = environment.kubepki(&[verb, "--help"]).expect_success();
        assert!(help.contains(&format!("\n  kubepki {verb}")), "{help}");
    }
}

#[test]
fn completion_scripts_are_scripts() {
    let environment = Environment::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = environment.kubepki(&["completion", shell]).expect_success();
        for word in ["kubepki", "bootstrap", "key-algorithm", "dry-run"] {
            assert!(script.contains(word), "no {word} for {shell}");
        }
        // Every machine has bash; the others are asked where they are there.
        let is_there = Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_ok();
        assert!(is_there || shell != "bash");
        if is_there {
            let mut command = Command::new(shell);
            command.arg("-n");
            if shell != "bash" {
                command.arg("/dev/stdin");
            }
            let output = programs::finish(command, script.as_bytes());
            assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{shell}");
        }
    }
}

#[test]
fn the_manual_page_renders() {
    let environment = Environment::new();
    let page = environment.kubepki(&["manual"]).expect_success();
    for part in [".TH kubepki 1", ".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", "apply"] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    environment.write("kubepki.1", &page);
    // Minimal systems have no `man`, or a script of that name which excuses itself.
    let mut man = Command::new("man");
    man.args(["-P", "cat", "-l", "kubepki.1"]).current_dir(environment.root());
    man.env("LC_ALL", "C").env("MANWIDTH", "80");
    if let Ok(output) = man.output() {
        let text = String::from_utf8_lossy(&output.stdout);
        let is_page = text.contains("SYNOPSIS") && text.contains("kubepki-apply(1)");
        assert!(is_page || text.contains("minimized"), "{text}");
    }
}

#[test]
fn the_reference_is_what_the_command_line_says() {
    let text = Environment::new().kubepki(&["manual", "markdown"]).expect_success();
    golden::check_file("docs/cli.md", &text);
}
