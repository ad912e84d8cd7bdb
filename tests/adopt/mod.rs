//! A PKI that nobody here made is described, left as it is, and looked after from then on.

mod bad;
mod cfssl;
mod foreign;
mod k3s;
mod kubeadm;
mod machines;
mod tutorial;

use kubepki_testkit::programs;

use crate::environment::{Environment, repository};

/// A folder `pki` that a script of this folder makes.
pub(crate) fn made_by(script: &str) -> Environment {
    let environment = Environment::new();
    let mut command = programs::command("bash");
    command.arg(repository().join("tests/adopt").join(script)).arg(environment.path("pki"));
    command.env("KUBECTL", programs::find("kubectl"));
    programs::finish(command, b"").expect_success();
    environment
}

/// Adopts a folder; its files stay as they are, and one is new. What is said on stderr.
#[track_caller]
fn adopt(environment: &Environment, folder: &str, options: &[&str]) -> String {
    let before = environment.snapshot();
    let output = environment.kubepki(&[&["adopt", folder], options].concat());
    let said = output.stderr.clone();
    output.expect_success();
    let spec = format!("{folder}/cluster.yaml");
    let mut after = environment.snapshot();
    after.retain(|(path, ..)| *path != spec);
    assert!(before == after, "a file was changed");
    assert!(environment.path(&spec).is_file());
    said
}

/// What the plan would change, as `name: reason`, and nothing that it would refuse or make.
#[track_caller]
fn defects(environment: &Environment, folder: &str) -> Vec<String> {
    let plan = environment.kubepki(&["plan", "--dir", folder, "-o", "json"]).expect_success();
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let mut defects = Vec::new();
    for step in plan["steps"].as_array().unwrap() {
        match step["action"].as_str().unwrap() {
            "keep" => {}
            "renew" => {
                let reasons =
                    step["reasons"].as_array().unwrap().iter().map(|reason| match reason["reason"]
                        .as_str()
                        .unwrap()
                    {
                        "namesChanged" => format!("+{} -{}", reason["added"], reason["removed"]),
                        "specChanged" => format!("{} {}", reason["field"], reason["now"]),
                        other => other.to_owned(),
                    });
                let reasons: Vec<_> = reasons.collect();
                let name = step["entry"].as_str().unwrap();
                defects.push(format!("{name}: {}", reasons.join(" ").replace('"', "")));
            }
            other => panic!("{other}: {step}"),
        }
    }
    defects
}
