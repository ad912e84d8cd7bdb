//! Who gets which certificate for a request of somebody else's. Everything is rebuilt by the rules
//! of a profile and the spec; nothing is copied from the request but its key. Signs nothing.
//!
//! A rule that is broken refuses the request. A wish that is harmless to leave out, such as an
//! extension or `OU=`, is left out with a [`Notice`].

mod names;
mod node;
mod object;
mod rule;
mod subject;
mod tls;
mod user;
mod wishes;

#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use jiff::SignedDuration;
use kubepki_ca::{CLIENT, Profile, SERVER, SigningRequest, Subject, SubjectAltName};

use crate::{
    catalog::CertificateRequest,
    gate::{Allow, Gate, Origin, Passed, check_group},
    spec::{CLUSTER_AUTHORITY, ClusterSpec, InvalidValue, Lifetime},
};

pub use object::check_approval;
pub use rule::{Refused, Rule};

/// What a request is signed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestProfile {
    /// A TLS client that is one of the spec's names.
    Client,
    /// A kubelet, as a client of the apiserver.
    NodeClient,
    /// A kubelet, as a server.
    NodeServer,
    /// A TLS server under the spec's names.
    Server,
    /// A user with groups.
    User,
}

impl RequestProfile {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::User, Self::NodeClient, Self::NodeServer, Self::Server, Self::Client];

    /// The name on the command line, such as `node-client`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::NodeClient => "node-client",
            Self::NodeServer => "node-server",
            Self::Server => "server",
            Self::User => "user",
        }
    }

    /// What its certificates may be used for.
    pub const fn profile(self) -> Profile {
        match self {
            Self::Client | Self::NodeClient | Self::User => CLIENT,
            Self::NodeServer | Self::Server => SERVER,
        }
    }
}

impl fmt::Display for RequestProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RequestProfile {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        crate::spec::choose("profile", text, Self::ALL, Self::name)
    }
}

/// What the operator says about requests, beyond the profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyOptions {
    /// How long certificates are good for, instead of what the spec says.
    pub lifetime: Option<Lifetime>,
    /// The groups of a user, instead of those that are asked for; none keeps the latter.
    pub groups: Vec<String>,
    /// Names beyond the spec's that servers and clients may have, wildcards among them.
    pub names: Vec<SubjectAltName>,
    /// What is refused unless it is said out loud.
    pub allow: Allow,
}

/// The rules for requests under one profile in one cluster.
#[derive(Clone, Debug)]
pub struct Policy<'a> {
    spec: &'a ClusterSpec,
    gate: Gate,
    profile: RequestProfile,
    options: PolicyOptions,
}

/// What a request gets. Only a policy makes one, and what it makes has passed the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub(crate) passed: Passed,
    notices: Vec<Notice>,
    /// The UID of the object that holds the request, for a request that is in an object.
    pub(crate) object_uid: Option<String>,
}

impl Grant {
    /// The subject.
    pub const fn subject(&self) -> &Subject {
        self.passed.subject()
    }

    /// The names, sorted and without duplicates.
    pub fn subject_alt_names(&self) -> &[SubjectAltName] {
        self.passed.subject_alt_names()
    }

    /// What the certificate may be used for.
    pub const fn profile(&self) -> Profile {
        self.passed.profile()
    }

    /// How long it is good for.
    pub const fn lifetime(&self) -> SignedDuration {
        self.passed.lifetime()
    }

    /// What was asked for and is not given.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }
}

/// Something that was asked for and is not given. Displayed as `asked for X, not given`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is, in words.
    pub asked: String,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asked for {}, not given", self.asked)
    }
}

impl<'a> Policy<'a> {
    /// The rules of a profile.
    ///
    /// # Errors
    /// When an option does not go with the profile, a group is none, or the lifetime is longer
    /// than the CA's.
    pub fn new(
        spec: &'a ClusterSpec,
        profile: RequestProfile,
        options: PolicyOptions,
    ) -> Result<Self, InvalidValue> {
        use RequestProfile::{Client, Server, User};
        if profile != User && !options.groups.is_empty() {
            let message = format!("a group goes with the profile user, not with {profile}");
            return Err(InvalidValue::new(message).hinted("leave `--group` out"));
        }
        if profile != User && options.allow != Allow::default() {
            let message = format!("the profile {profile} gives no group that needs a permission");
            return Err(InvalidValue::new(message).hinted(
                "the flags for system groups and cluster admins go with `--profile user`",
            ));
        }
        if !matches!(profile, Server | Client) && !options.names.is_empty() {
            let message = format!("no name can be added with the profile {profile}");
            return Err(InvalidValue::new(message)
                .hinted("names of hosts come from the spec; `--san` goes with server and client"));
        }
        let ca_lifetime = spec.certificates.ca_lifetime;
        if let Some(lifetime) = options.lifetime.filter(|lifetime| *lifetime > ca_lifetime) {
            let message = format!("the lifetime {lifetime} is longer than the CA's {ca_lifetime}");
            return Err(InvalidValue::new(message).hinted("write a shorter lifetime"));
        }
        for group in &options.groups {
            check_group(group, options.allow)?;
        }
        Ok(Self { spec, gate: Gate::of(spec), profile, options })
    }

    /// The profile.
    pub const fn profile(&self) -> RequestProfile {
        self.profile
    }

    /// Reads a request in PEM and decides about it.
    ///
    /// # Errors
    /// As [`Policy::decide`], and the rule that the request itself breaks.
    pub fn read(&self, pem: &[u8]) -> Result<(SigningRequest, Grant), Refused> {
        let request = SigningRequest::from_pem(pem).map_err(Refused::from)?;
        let grant = self.decide(&request)?;
        Ok((request, grant))
    }

    /// Decides what a request gets.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn decide(&self, request: &SigningRequest) -> Result<Grant, Refused> {
        self.decide_within(request, None)
    }

    /// The same, for no longer than this.
    fn decide_within(
        &self,
        request: &SigningRequest,
        at_most: Option<SignedDuration>,
    ) -> Result<Grant, Refused> {
        let claims = subject::Claims::read(request.requested_subject())?;
        let mut notices = claims.notices.clone();
        let decided = match self.profile {
            RequestProfile::User => user::decide(self, &claims)?,
            RequestProfile::NodeClient => node::client(self, &claims, request)?,
            RequestProfile::NodeServer => node::server(self, &claims, request)?,
            RequestProfile::Server | RequestProfile::Client => tls::decide(self, &claims, request)?,
        };
        let Decided { subject, subject_alt_names, lifetime } = decided;
        let profile = self.profile.profile();
        notices.extend(wishes::not_given(request, &profile, &subject_alt_names));
        if subject.organizations.is_empty() {
            let groups = claims.organizations.iter();
            notices.extend(groups.map(|group| notice(format!("O={group}"))));
        }
        let lifetime =
            self.options.lifetime.or(lifetime).unwrap_or(self.spec.certificates.lifetime);
        let wanted = CertificateRequest {
            subject,
            subject_alt_names,
            profile,
            lifetime: at_most.map_or(lifetime.duration(), |most| most.min(lifetime.duration())),
            key_algorithm: request.public_key().algorithm(),
        };
        let allow = self.options.allow;
        let passed = self.gate.pass(&wanted, CLUSTER_AUTHORITY, Origin::Asked, allow, || None);
        let passed = passed.map_err(|privilege| *privilege)?;
        Ok(Grant { passed, notices, object_uid: None })
    }
}

/// What a profile makes of a request.
struct Decided {
    subject: Subject,
    subject_alt_names: Vec<SubjectAltName>,
    /// The spec's own, where it says one for this identity.
    lifetime: Option<Lifetime>,
}

fn notice(asked: impl Into<String>) -> Notice {
    Notice { asked: asked.into() }
}
