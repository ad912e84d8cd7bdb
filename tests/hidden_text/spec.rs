//! Specs and machines files that are refused, field by field.

use super::*;

#[test]
fn no_refused_spec_reaches_the_terminal() {
    let text =
        fs::read_to_string(crate::environment::repository().join("examples/ha/cluster.yaml"));
    let text = text.unwrap();
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let mut found = Found::default();
    for (number, line) in text.lines().enumerate() {
        let content = line.trim_start().trim_start_matches("- ");
        let Some((key, _)) = content.split_once(':').filter(|_| !content.starts_with('#')) else {
            continue;
        };
        let indent = &line[..line.len() - content.len()];
        let value = hostile("v");
        for changed in [
            format!("{indent}{key}: {}", quoted(&value)),
            format!("{indent}{key}: [{}]", quoted(&value)),
            format!("{indent}{}: 1", quoted(&hostile(key))),
            format!("{indent}{key}: {}", on_one_line("v")),
        ] {
            let lines = text.lines().enumerate();
            let lines = lines.map(|(at, line)| if at == number { changed.as_str() } else { line });
            let environment = Environment::of_spec(&(lines.collect::<Vec<_>>().join("\n") + "\n"));
            for verb in ["plan", "status"] {
                found.run(&environment, &[verb]);
            }
        }
    }
    let environment = Environment::new();
    for line in [on_one_line("10.0.0.1 a"), format!("10.0.0.1 {} a", on_one_line("x"))] {
        environment.write("machines.txt", &line);
        found.run(&environment, &["init", "--machines=machines.txt", "--dry-run"]);
    }
    found.finish(150);
}
