//! One result in every form: lines for people, a document for programs. What it says is the caller's.

use serde::Serialize;

use crate::{Line, SerializeError, json, yaml};

/// The version of every document that has a kind.
pub const API_VERSION: &str = "kubepki/v1alpha1";

/// What a verb has to show. Its fields are those of the document.
pub trait View: Serialize {
    /// The document's kind; a document without one has no `apiVersion` either.
    const KIND: Option<&'static str>;

    /// The text for people.
    fn lines(&self, page: Page) -> Vec<Line>;
}

/// What the text is printed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many columns a line may have.
    pub columns: usize,
    /// Whether everything is shown, however much it is.
    pub verbose: bool,
}

/// For whom a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For programs.
    Json,
    /// For people.
    Text(Page),
    /// For programs and people.
    Yaml,
}

/// A result that is ready to be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// Bytes for a file or a pipe.
    Document(String),
    /// Lines for people.
    Text(Vec<Line>),
}

/// Writes a result in the form that is asked for.
///
/// # Errors
/// For a value that has no form in JSON or YAML.
pub fn render<V: View>(view: &V, form: Form) -> Result<Rendered, SerializeError> {
    let document = |write: fn(&Envelope<'_, V>) -> Result<String, SerializeError>,
                    plain: fn(&V) -> Result<String, SerializeError>| {
        let text = match V::KIND {
            Some(kind) => write(&Envelope { api_version: API_VERSION, kind, view }),
            None => plain(view),
        };
        text.map(Rendered::Document)
    };
    match form {
        Form::Json => document(|it| json(it), |it| json(it)),
        Form::Text(page) => Ok(Rendered::Text(view.lines(page))),
        Form::Yaml => document(|it| yaml(it), |it| yaml(it)),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a, V> {
    api_version: &'static str,
    kind: &'static str,
    #[serde(flatten)]
    view: &'a V,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Hosts {
        hosts: Vec<&'static str>,
    }

    impl View for Hosts {
        const KIND: Option<&'static str> = Some("HostList");

        fn lines(&self, _: Page) -> Vec<Line> {
            self.hosts.iter().map(|host| Line::from(*host)).collect()
        }
    }

    #[test]
    fn a_view_is_one_thing_in_every_form() {
        let view = Hosts { hosts: vec!["node-0", "node\u{202e}1"] };
        let page = Page { columns: 80, verbose: false };
        let text = render(&view, Form::Text(page)).unwrap();
        assert_eq!(text, Rendered::Text(vec!["node-0".into(), "node\u{202e}1".into()]));
        for form in [Form::Json, Form::Yaml] {
            let Rendered::Document(text) = render(&view, form).unwrap() else { panic!("no text") };
            let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
            let wanted = serde_json::json!({
                "apiVersion": "kubepki/v1alpha1", "kind": "HostList", "hosts": view.hosts,
            });
            assert_eq!(value, wanted);
        }
    }
}
