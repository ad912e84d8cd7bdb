//! Words of commands that people are told to run.

use std::path::Path;

/// A path as one word of a POSIX shell.
pub(crate) fn word(path: &Path) -> String {
    let path = path.display().to_string();
    match shlex::try_quote(&path) {
        Ok(word) => word.into_owned(),
        // With a NUL in it, it is no path that a shell can name.
        Err(_) => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_path_back() {
        for path in ["a", "a b", "it's", "$(id)", "a;b", "`id`", "a\"b\\", "*", "~", "", "\u{e9}"] {
            let command = format!("printf %s {}", word(Path::new(path)));
            let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), path, "{command}");
        }
    }
}
