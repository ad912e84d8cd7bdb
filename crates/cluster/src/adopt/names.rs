//! Names for what was found: each once, and such that a spec takes it.

use std::collections::HashSet;

use super::pairs::base;
use crate::store::StorePath;

/// The names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<(String, Option<String>)>);

impl Names {
    /// Takes a name that has no host.
    pub(super) fn take(&mut self, name: &str) {
        self.0.insert((name.to_owned(), None));
    }

    /// The wanted name, or where it is taken one that is made of the file's path.
    pub(super) fn free(&mut self, wanted: &str, path: &StorePath, host: Option<&str>) -> String {
        let of_path = sanitized(&base(path));
        let numbered = (2..).map(|number| format!("{of_path}-{number}"));
        let all = [wanted.to_owned(), of_path.clone()].into_iter().chain(numbered);
        for name in all {
            // A pair's kubeconfig has a name of its own, made of the pair's.
            let stem = name.strip_suffix(".kubeconfig").unwrap_or(&name).to_owned();
            if self.0.insert((stem, host.map(str::to_owned))) {
                return name;
            }
        }
        of_path
    }
}

/// The text with nothing in it that a name may not have, and no longer than one may be.
pub(super) fn sanitized(text: &str) -> String {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "._@-/".contains(c);
    let name: String = text.chars().map(|c| if is_inner(c) { c } else { '-' }).collect();
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    // The end of a long path tells more than its beginning.
    let short = &name[name.len().saturating_sub(LONGEST)..];
    let short = short.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    if short.is_empty() { "entry".to_owned() } else { short.to_owned() }
}

/// Room is left for a number, and for `user/`.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_free_and_fit_for_a_spec() {
        let path = |text: &str| StorePath::new(text).unwrap();
        let mut names = Names::default();
        assert_eq!(names.free("ca", &path("ca.crt"), None), "ca");
        assert_eq!(names.free("ca", &path("old/ca.crt"), None), "old/ca");
        assert_eq!(names.free("ca", &path("old/ca.pem"), None), "old/ca-2");
        assert_eq!(names.free("ca", &path("x/ca.crt"), Some("x")), "ca");
        assert_eq!(sanitized("-ä b/c"), "b/c");
        assert_eq!(sanitized("ä"), "entry");
        assert_eq!(sanitized(&"a/".repeat(200)).len(), 100);
    }
}
