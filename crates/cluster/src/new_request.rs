//! A key and a request of one's own, under the names that the profiles sign. Needs no spec.

use kubepki_ca::{DnsName, Error, KeyAlgorithm, KeyPair, SigningRequest, Subject, SubjectAltName};

use crate::{
    gate::{Allow, check_group, check_user},
    policy::RequestProfile,
    reserved::NODES,
    spec::{HostName, InvalidValue, check_uid, quote},
};

/// What a new request asks for, under the rules of a profile as far as they need no spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRequest {
    subject: Subject,
    names: Vec<SubjectAltName>,
    file_name: String,
}

/// Who a new request is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// A user, a host, or a server's name or address.
    pub name: String,
    /// The groups of a user.
    pub groups: Vec<String>,
    /// The UID of a user.
    pub uid: Option<String>,
    /// The names of a server; of a plain server or client, beside its own.
    pub names: Vec<SubjectAltName>,
    /// Which groups and users may be asked for.
    pub allow: Allow,
}

impl NewRequest {
    /// Checks what is wanted.
    ///
    /// # Errors
    /// When no policy would sign it under this profile, with a hint.
    pub fn new(profile: RequestProfile, wanted: Wanted) -> Result<Self, InvalidValue> {
        let Wanted { name, groups, uid, mut names, allow } = wanted;
        let is_user = profile == RequestProfile::User;
        if !is_user && (!groups.is_empty() || uid.is_some()) {
            let message = format!("groups and a UID go with the profile user, not with {profile}");
            return Err(InvalidValue::new(message).hinted("leave `--group` and `--uid` out"));
        }
        if matches!(profile, RequestProfile::User | RequestProfile::NodeClient) && !names.is_empty()
        {
            let message = format!("a certificate of the profile {profile} has no names");
            return Err(InvalidValue::new(message).hinted("leave `--san` out"));
        }
        let subject = match profile {
            RequestProfile::User => user(&name, &groups, uid, allow)?,
            RequestProfile::NodeClient | RequestProfile::NodeServer => {
                let host: HostName = name.parse()?;
                Subject::new(format!("system:node:{host}")).with_organizations([NODES])
            }
            RequestProfile::Server | RequestProfile::Client => {
                let own = own_name(&name)?;
                if profile == RequestProfile::Server && !names.contains(&own) {
                    names.insert(0, own);
                }
                Subject::new(name.to_ascii_lowercase())
            }
        };
        if profile == RequestProfile::NodeServer && names.is_empty() {
            return Err(InvalidValue::new("a server needs a name or an address")
                .hinted("name them with `--san`, such as `--san node-0 --san 10.0.0.20`"));
        }
        Ok(Self { subject, names, file_name: name })
    }

    /// The name for its files, safe as such.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// Makes the key and the request.
    pub fn make(&self, algorithm: KeyAlgorithm) -> Result<(KeyPair, SigningRequest), Error> {
        let key = KeyPair::generate(algorithm)?;
        let request = SigningRequest::create(&self.subject, &self.names, &key)?;
        Ok((key, request))
    }
}

fn user(
    name: &str,
    groups: &[String],
    uid: Option<String>,
    allow: Allow,
) -> Result<Subject, InvalidValue> {
    check_user(name, allow)?;
    groups.iter().try_for_each(|group| check_group(group, allow))?;
    uid.as_deref().map_or(Ok(()), check_uid)?;
    Ok(Subject { uid, ..Subject::new(name).with_organizations(groups) })
}

/// A name without a wildcard, or an address.
fn own_name(name: &str) -> Result<SubjectAltName, InvalidValue> {
    let invalid = |reason: String| {
        InvalidValue::new(reason)
            .hinted("write a DNS name or an IP address; wildcards go to `--san`")
    };
    if let Ok(address) = name.parse() {
        return Ok(SubjectAltName::Ip(address));
    }
    if name.starts_with('*') {
        return Err(invalid(format!("{} is a wildcard", quote(name))));
    }
    if name.chars().count() > 64 {
        return Err(invalid(format!("{} is too long for a CN", quote(name))));
    }
    DnsName::parse(name).map(SubjectAltName::Dns).map_err(|error| invalid(error.to_string()))
}
