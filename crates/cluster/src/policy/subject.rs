//! What a request's subject claims, once it is known to be plain text. Judges no identity.

use kubepki_ca::{AttributeType, RequestedSubject, StringType};

use super::{Notice, Refused, Rule, notice};
use crate::{
    gate::look_alike,
    spec::{is_invisible, quote},
};

/// The claims of a subject.
pub(super) struct Claims {
    pub(super) common_name: String,
    pub(super) organizations: Vec<String>,
    pub(super) uid: Option<String>,
    /// The attributes that no certificate here has.
    pub(super) notices: Vec<Notice>,
}

impl Claims {
    /// Reads the claims, refusing what could be read in two ways.
    ///
    /// Stricter than RFC 5280, 4.1.2.4, which allows several string types and multi-valued RDNs:
    /// a Name that tools and people read differently is how a request gets past them.
    pub(super) fn read(subject: &RequestedSubject) -> Result<Self, Refused> {
        if let Some(rdn) = subject.rdns.iter().find(|rdn| rdn.len() != 1) {
            let all: Vec<_> = rdn.iter().map(ToString::to_string).collect();
            let message = format!("`{}` is one part of its subject", all.join(" + "));
            return Err(Refused::new(Rule::MultiValuedRdn, message));
        }
        let (mut common_names, mut organizations) = (Vec::new(), Vec::new());
        let (mut uids, mut notices) = (Vec::new(), Vec::new());
        for attribute in subject.attributes() {
            let list = match &attribute.kind {
                AttributeType::CommonName => &mut common_names,
                AttributeType::Organization => &mut organizations,
                AttributeType::Uid => &mut uids,
                _ => {
                    notices.push(notice(attribute.to_string()));
                    continue;
                }
            };
            if !matches!(attribute.string_type, StringType::Utf8 | StringType::Printable) {
                let message = format!("`{attribute}` is a {}", attribute.string_type);
                return Err(Refused::new(Rule::StringType, message));
            }
            if !attribute.is_text {
                let message = format!("`{attribute}` is no text of a {}", attribute.string_type);
                return Err(Refused::new(Rule::StringType, message));
            }
            check_text(&attribute.kind, &attribute.value)?;
            look_alike::check(&attribute.value)?;
            list.push(attribute.value.clone());
        }
        if uids.len() > 1 {
            return Err(Refused::new(Rule::Uid, "it asks for more than one UID"));
        }
        let common_name = match <[String; 1]>::try_from(common_names) {
            Ok([name]) => name,
            Err(none) if none.is_empty() => {
                return Err(Refused::new(Rule::CommonName, "its subject has no CN"));
            }
            Err(_) => {
                return Err(Refused::new(Rule::CommonName, "its subject has more than one CN"));
            }
        };
        Ok(Self { common_name, organizations, uid: uids.pop(), notices })
    }
}

/// Text that shows all it says, in the length that a certificate can hold.
fn check_text(kind: &AttributeType, value: &str) -> Result<(), Refused> {
    let length = value.chars().count();
    let reason = if length == 0 || length > 64 {
        format!("has {length} characters, and 1 to 64 can be written")
    } else if value.chars().any(char::is_control) {
        "has a control character".to_owned()
    } else if value.chars().any(is_invisible) {
        "has a character that cannot be seen".to_owned()
    } else if value.trim() != value {
        "starts or ends with white space".to_owned()
    } else if value.chars().any(|c| c.is_whitespace() && c != ' ') {
        "has white space that is no space".to_owned()
    } else {
        return Ok(());
    };
    Err(Refused::new(Rule::Text, format!("its {kind} {} {reason}", quote(value))))
}
