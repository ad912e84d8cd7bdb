//! A command line that a POSIX shell takes as it is.

use super::{ComponentConfiguration, ConfigurationFile};

pub(super) fn file(component: &ComponentConfiguration) -> ConfigurationFile {
    let mut text = component.component.name().to_owned();
    for argument in &component.arguments {
        text.push_str(" \\\n  ");
        text.push_str(&word(&argument.text()));
    }
    text.push('\n');
    ConfigurationFile { path: format!("/etc/kubernetes/{}.flags", component.component), text }
}

/// One word of a command line, in quotes where the shell would see more in it.
fn word(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&b);
    match text.bytes().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_stay_one_word() {
        for (text, quoted) in [
            ("--a=b,c", "--a=b,c"),
            ("--a=*,b", "'--a=*,b'"),
            ("--a=it's $HOME", r"'--a=it'\''s $HOME'"),
            ("--a=b;c", "'--a=b;c'"),
        ] {
            assert_eq!(word(text), quoted);
        }
    }
}
