//! Metrics in Prometheus' text format.

use std::fmt::Write;

use crate::escape;

/// A gauge with its values.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it says, in one line.
    pub help: &'static str,
    /// The labels of each value, as [`labels`] writes them, and the value.
    pub values: Vec<(String, i64)>,
}

/// The text of the metrics that have a value.
pub fn prometheus(metrics: &[Metric]) -> String {
    let mut text = String::new();
    for Metric { name, help, values } in metrics.iter().filter(|it| !it.values.is_empty()) {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in values {
            let _ = match labels.as_str() {
                "" => writeln!(text, "{name} {value}"),
                labels => writeln!(text, "{name}{{{labels}}} {value}"),
            };
        }
    }
    text
}

/// Labels with their values, as they stand in braces.
pub fn labels<T: AsRef<str>>(labels: &[(&str, T)]) -> String {
    let label = |(name, value): &(&str, T)| format!("{name}=\"{}\"", label_value(value.as_ref()));
    labels.iter().map(label).collect::<Vec<_>>().join(",")
}

fn label_value(text: &str) -> String {
    escape(text).replace('\\', r"\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_label_is_escaped() {
        assert_eq!(label_value("x\\y\"z\nwé\u{202e}"), r#"x\\y\"z\\nwé\\u{202e}"#);
    }

    #[test]
    fn a_metric_without_a_value_is_not_named() {
        let metric = |name, values| Metric { name, help: "Help.", values };
        let some = metric("some", vec![(labels(&[("a", "b")]), 1), (String::new(), -2)]);
        let text = prometheus(&[metric("none", vec![]), some]);
        assert_eq!(text, "# HELP some Help.\n# TYPE some gauge\nsome{a=\"b\"} 1\nsome -2\n");
    }
}
