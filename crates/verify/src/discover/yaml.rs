//! YAML that nobody vouches for. Reads no file.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};

/// Reads the first document of a text that is bounded in size by whoever read it.
///
/// # Errors
///
/// In words, with the place where it is known.
pub(super) fn parse<T: DeserializeOwned>(text: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if kubepki_kubeconfig::is_too_deep(text) {
        return Err("its brackets nest too deep".to_owned());
    }
    // kubeadm's files have several documents; the first is the component's.
    let Some(document) = serde_yaml::Deserializer::from_str(text).next() else {
        return Err("it is empty".to_owned());
    };
    T::deserialize(document).map_err(|error| match error.location() {
        Some(at) => format!("line {} is not as it should be: {error}", at.line()),
        None => error.to_string(),
    })
}

/// Reads `null` as if nothing stood there, as Kubernetes does.
pub(super) fn null_is_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_are_refused_quickly() {
        let nested = "[".repeat(200_000);
        assert!(parse::<serde_yaml::Value>(nested.as_bytes()).is_err());
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let before = format!("*a{}, ", level - 1).repeat(10);
            bomb += &format!("a{level}: &a{level} [{before}]\n");
        }
        let error = parse::<serde_yaml::Value>(bomb.as_bytes()).unwrap_err();
        assert!(error.contains("repetition"), "{error}");
    }
}
