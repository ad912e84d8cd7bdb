//! Flags that an operator adds to the components' own. Knows no flag by name.

use std::collections::BTreeMap;

use kubepki_model::Component;
use kubepki_report::is_hidden;
use serde_yaml::Value;

use super::{
    error::choose,
    error::{InvalidValue, Problem, quote},
    path::FieldPath,
};

/// The flags of each component, without the leading dashes, with their values.
pub type ExtraArgs = BTreeMap<Component, BTreeMap<String, String>>;

/// `extraArgs` as it was written; the values may be of any kind as yet.
pub(super) type RawExtraArgs = BTreeMap<String, BTreeMap<String, Value>>;

/// The components that are configured.
const COMPONENTS: [Component; 6] = [
    Component::Etcd,
    Component::KubeApiserver,
    Component::KubeControllerManager,
    Component::KubeScheduler,
    Component::Kubelet,
    Component::KubeProxy,
];

pub(super) fn understand(raw: RawExtraArgs, at: &FieldPath) -> Result<ExtraArgs, Problem> {
    let mut all = ExtraArgs::new();
    for (name, flags) in raw {
        let here = at.key(&name);
        let component = choose("component", &name, COMPONENTS, Component::name)
            .map_err(|invalid| invalid.in_field(&here))?;
        let mut understood = BTreeMap::new();
        for (flag, value) in flags {
            let here = here.key(&flag);
            check_name(&flag).map_err(|invalid| invalid.in_field(&here))?;
            let value = text(&value).map_err(|invalid| invalid.in_field(&here))?;
            if value.contains(is_hidden) {
                let message = "a flag's value has a control character or one that is not seen";
                return Err(InvalidValue::new(message)
                    .hinted("write it on one line, and without that character")
                    .in_field(&here));
            }
            understood.insert(flag, value);
        }
        all.insert(component, understood);
    }
    Ok(all)
}

fn check_name(flag: &str) -> Result<(), InvalidValue> {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if flag.starts_with(|c: char| c.is_ascii_lowercase()) && flag.bytes().all(is_part) {
        return Ok(());
    }
    let invalid = InvalidValue::new(format!("{} is no flag's name", quote(flag)));
    Err(match flag.trim_start_matches('-') {
        bare if bare != flag => invalid.hinted(format!("write {}", quote(bare))),
        _ => invalid.hinted("write it as in `--help`, without the dashes"),
    })
}

/// A value as the command line has it: `true` and `8` need no quotes in YAML.
fn text(value: &Value) -> Result<String, InvalidValue> {
    match value {
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(value) => Ok(value.to_string()),
        Value::String(value) => Ok(value.clone()),
        _ => Err(InvalidValue::new("expected the value of a flag")
            .hinted("write a text, a number, `true` or `false`; several values with commas")),
    }
}
