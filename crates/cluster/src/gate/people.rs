//! Which names and groups people may have: the privileges of the gate, and the form that a name
//! must have beside them. Reads no request.

use super::{Allow, privilege};
use crate::{
    policy::{Refused, Rule},
    reserved::CLUSTER_ADMINS,
    spec::{self, SystemMasters, UserName, quote},
};

/// Checks one group of a user.
pub(crate) fn check_group(group: &str, allow: Allow) -> Result<(), Refused> {
    match privilege::of_group(group) {
        Some(privilege) if !privilege.is_allowed(allow) => Err(privilege.into()),
        _ => check_group_form(group),
    }
}

/// Checks the name of a user.
pub(crate) fn check_user(name: &str, allow: Allow) -> Result<(), Refused> {
    match privilege::of_user(name, &[]) {
        Some(privilege) if !privilege.is_allowed(allow) => Err(privilege.into()),
        _ => check_user_form(name),
    }
}

/// Checks how a group is written, whatever it gives.
pub(crate) fn check_group_form(group: &str) -> Result<(), Refused> {
    let refused =
        |reason: &str| Err(Refused::new(Rule::Group, format!("{} {reason}", quote(group))));
    if group.starts_with("system:") {
        return if is_plain(group) { Ok(()) } else { refused("is no system group") };
    }
    if group.starts_with("kubepki:") && group != CLUSTER_ADMINS {
        return refused("is kept by kubepki, which binds nothing to it");
    }
    spec::check_group(group, SystemMasters::Refused)
        .map_err(|invalid| Refused::new(Rule::Group, invalid.to_string()))
}

/// Checks how the name of a user is written, whatever it gives.
pub(crate) fn check_user_form(name: &str) -> Result<(), Refused> {
    if name.starts_with("system:") {
        return if is_plain(name) {
            Ok(())
        } else {
            Err(Refused::new(Rule::CommonName, format!("{} is no user name", quote(name))))
        };
    }
    match name.parse::<UserName>() {
        Ok(_) => Ok(()),
        Err(invalid) => Err(Refused::new(Rule::CommonName, invalid.to_string())),
    }
}

/// A name of a system identity that is safe as a file name too: it ends in a letter or a digit, and
/// has printable ASCII without a space, a comma, a slash or two dots in a row.
fn is_plain(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_graphic() && !b",/\\".contains(&b))
        && text.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
        && !text.contains("..")
}
