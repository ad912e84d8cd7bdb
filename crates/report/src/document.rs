//! Documents for programs: JSON and YAML. What is hidden in them is written as an escape of their own
//! language, so that a program reads the very value.

use std::{error::Error, fmt};

use serde::Serialize;
use serde_yaml::Value;

use crate::is_hidden;

/// A value has a shape that the language cannot write.
#[derive(Debug)]
pub struct SerializeError(Box<dyn Error + Send + Sync>);

impl fmt::Display for SerializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for SerializeError {}

/// A value as JSON on several lines, with the end of the last.
///
/// # Errors
/// For a map whose keys are no strings.
pub fn json(value: &impl Serialize) -> Result<String, SerializeError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| SerializeError(error.into()))?;
    Ok(ascii_where_hidden(text + "\n"))
}

/// A value as JSON on one line, without its end.
///
/// # Errors
/// For a map whose keys are no strings.
pub fn json_line(value: &impl Serialize) -> Result<String, SerializeError> {
    let text = serde_json::to_string(value).map_err(|error| SerializeError(error.into()))?;
    Ok(ascii_where_hidden(text))
}

/// Outside of strings JSON has no hidden character but the ends of lines, and inside none of those.
fn ascii_where_hidden(json: String) -> String {
    if !json.contains(is_hidden_in_line) {
        return json;
    }
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match is_hidden_in_line(character) {
            true => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    text += &format!("\\u{unit:04x}");
                }
            }
            false => text.push(character),
        }
    }
    text
}

/// A value as YAML.
///
/// # Errors
/// For a value that YAML has no way to write.
pub fn yaml(value: &impl Serialize) -> Result<String, SerializeError> {
    let failed = |error: serde_yaml::Error| SerializeError(error.into());
    let text = serde_yaml::to_string(value).map_err(failed)?;
    if !text.contains(is_hidden_in_line) {
        return Ok(text);
    }
    // libyaml writes most of what is hidden as it is, so these strings are written here: each has a
    // place holder until the document stands.
    let mut mark = "hidden".to_owned();
    while text.contains(&mark) {
        mark.push('x');
    }
    let mut value = serde_yaml::to_value(value).map_err(failed)?;
    let mut strings = Vec::new();
    set_aside(&mut value, &mark, &mut strings);
    let mut text = serde_yaml::to_string(&value).map_err(failed)?;
    for (number, string) in strings.iter().enumerate().rev() {
        text = text.replacen(&placeholder(&mark, number), &yaml_string(string), 1);
    }
    Ok(text)
}

fn set_aside(value: &mut Value, mark: &str, strings: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains(is_hidden_in_line) => {
            let held = placeholder(mark, strings.len());
            strings.push(std::mem::replace(text, held));
        }
        Value::Sequence(items) => {
            items.iter_mut().for_each(|item| set_aside(item, mark, strings));
        }
        Value::Mapping(fields) => {
            let all = std::mem::take(fields);
            for (mut name, mut value) in all {
                set_aside(&mut name, mark, strings);
                set_aside(&mut value, mark, strings);
                fields.insert(name, value);
            }
        }
        Value::Tagged(tagged) => set_aside(&mut tagged.value, mark, strings),
        _ => {}
    }
}

fn placeholder(mark: &str, number: usize) -> String {
    format!("{mark}-{number}-")
}

/// A string of YAML in double quotes (YAML 1.2, 5.7).
pub fn yaml_string(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if is_hidden(character) => {
                quoted += &format!("\\U{:08X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

fn is_hidden_in_line(character: char) -> bool {
    character != '\n' && is_hidden(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn hidden_characters_are_escaped_and_read_back() {
        let value = json!({
            "a\u{202e}": ["\u{1b}[31m", "plain", "two\nlines", "\u{e0041}\u{9b}\u{7f}\t\"\\ é"],
            "b": {"hidden-0-": "\u{2028}", "n": 1, "null": null, "yes": true, "\u{feff}": ""},
        });
        let (pretty, line, yaml) =
            (json(&value).unwrap(), json_line(&value).unwrap(), yaml(&value).unwrap());
        for text in [&pretty, &line, &yaml] {
            assert!(!text.contains(is_hidden_in_line), "{text:?}");
        }
        assert!(!line.contains('\n'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&pretty).unwrap(), value);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap(), value);
        assert_eq!(serde_yaml::from_str::<serde_json::Value>(&yaml).unwrap(), value, "{yaml}");
    }
}
