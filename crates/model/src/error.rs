//! Why a text names nothing that the model knows.

/// A text is none of the names that there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no {what}", text.escape_debug())]
pub struct UnknownName {
    /// What was asked for, such as `layout`.
    pub what: &'static str,
    /// The text, as it was written.
    pub text: String,
    /// The names that there are.
    pub known: Vec<&'static str>,
}

impl UnknownName {
    /// The one of `all` that has this name.
    pub(crate) fn or<T: Copy, const N: usize>(
        what: &'static str,
        text: &str,
        all: [T; N],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, Self> {
        all.into_iter().find(|it| name(*it) == text).ok_or_else(|| Self {
            what,
            text: text.to_owned(),
            known: all.map(name).to_vec(),
        })
    }
}

/// A text is no version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no version of Kubernetes", text.escape_debug())]
pub struct InvalidVersion {
    /// The text, as it was written.
    pub text: String,
}
