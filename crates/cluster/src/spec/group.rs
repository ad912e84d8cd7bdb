//! The rules for groups and user ids: what may become an `O=` and a `UID=` of a user certificate.

use super::{
    SystemMasters,
    error::{InvalidValue, quote},
};

/// ub-organization-name, in characters (RFC 5280, appendix A.1).
const LONGEST: usize = 64;

/// Checks one group. Kubernetes compares groups byte by byte, so nothing is normalised here.
pub(crate) fn check_group(group: &str, masters: SystemMasters) -> Result<(), InvalidValue> {
    let invalid =
        |reason: &str| InvalidValue::new(format!("{} is no group: {reason}", quote(group)));
    check_value(group, invalid)?;
    if let Some((first, second)) = group.split_once(',') {
        let hint = format!("list the groups: [{}, {}]", first.trim(), second.trim());
        return Err(invalid("a comma would be part of its name").hinted(hint));
    }
    if group == "system:masters" {
        return match masters {
            SystemMasters::Allowed => Ok(()),
            SystemMasters::Refused => {
                Err(InvalidValue::new("`system:masters` bypasses RBAC and cannot be revoked")
                    .hinted(
                        "use `kubepki:cluster-admins`, or insist with `--danger-system-masters`",
                    ))
            }
        };
    }
    let visible: String = group.chars().filter(|c| !is_invisible(*c)).collect();
    if visible.trim().starts_with("system:") {
        return Err(invalid("Kubernetes keeps `system:` for its components")
            .hinted("choose a name without `system:`"));
    }
    Ok(())
}

/// Checks the text of a user id.
pub(crate) fn check_uid(uid: &str) -> Result<(), InvalidValue> {
    check_value(uid, |reason| InvalidValue::new(format!("{} is no user id: {reason}", quote(uid))))
}

/// Characters that show nothing: zero-width, joining, direction and tag characters.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn check_value(value: &str, invalid: impl Fn(&str) -> InvalidValue) -> Result<(), InvalidValue> {
    let length = value.chars().count();
    if length == 0 || length > LONGEST {
        let reason = format!("it has {length} characters");
        Err(invalid(&reason).hinted(format!("use 1 to {LONGEST} characters")))
    } else if value.trim() != value {
        Err(invalid("it starts or ends with white space").hinted("remove the white space"))
    } else if value.chars().any(char::is_control) {
        Err(invalid("it has a control character").hinted("remove the character"))
    } else {
        Ok(())
    }
}
