//! `kubepki csr`: work with the Certificates API.

pub(crate) mod decide;
pub(crate) mod list;

use kubepki_cluster::certificates_api::{RequestObject, RequestObjectError};

use crate::{error::CommandError, kubectl::Kubectl};

/// The path of the requests in the API.
const API: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/// The path of one request, whose name cannot lead elsewhere.
fn path(name: &str) -> Result<String, CommandError> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:".contains(&b);
    let is_safe = !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(plain)
        && !matches!(name, "." | "..")
        && !name.starts_with('-');
    if is_safe {
        return Ok(format!("{API}/{name}"));
    }
    let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
    Err(CommandError::usage(format!("`{shown}` is no name of a request"))
        .hint("names have lower-case letters, digits, `-` and `.`, at most 253"))
}

fn fetch_object(name: &str, kubectl: &Kubectl) -> Result<RequestObject, CommandError> {
    RequestObject::parse(&kubectl.get(&path(name)?)?).map_err(|error| unusable(&error))
}

fn unusable(error: &RequestObjectError) -> CommandError {
    CommandError::failed("the cluster's answer cannot be used").caused_by(error)
}
