//! The names of clusters, hosts and users: also file names and parts of certificate subjects.

use std::{fmt, str::FromStr};

use kubepki_ca::DnsName;

use super::error::{InvalidValue, quote};

/// The name of a cluster: a DNS-1123 label of at most 40 characters.
///
/// Shorter than a label's 63, for `<name>-kubernetes-ca-1` is the common name of a CA, which
/// holds 64 (RFC 5280, appendix A.1, ub-common-name).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterName(String);

impl ClusterName {
    const LONGEST: usize = 40;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClusterName {
    type Err = InvalidValue;

    fn from_str(name: &str) -> Result<Self, InvalidValue> {
        let invalid = |reason: &str| {
            InvalidValue::new(format!("{} is no cluster name: {reason}", quote(name)))
        };
        check_length(name, Self::LONGEST, invalid)?;
        check_lower_case(name, invalid)?;
        check_label(name).map_err(|reason| invalid(reason).hinted(LABEL))?;
        Ok(Self(name.to_owned()))
    }
}

/// The name of a host and of its Node: a DNS-1123 subdomain of at most 52 characters.
///
/// Lower case only, for the kubelet lower-cases the name it registers. Shorter than a Node's name
/// may be, for `system:node:<name>` is a common name, which holds 64 (RFC 5280, appendix A.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostName(DnsName);

impl HostName {
    const LONGEST: usize = 52;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name as a certificate can bind it.
    pub fn dns_name(&self) -> &DnsName {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = InvalidValue;

    fn from_str(name: &str) -> Result<Self, InvalidValue> {
        let invalid =
            |reason: &str| InvalidValue::new(format!("{} is no host name: {reason}", quote(name)));
        check_length(name, Self::LONGEST, invalid)?;
        check_lower_case(name, invalid)?;
        for label in name.split('.') {
            check_label(label).map_err(|reason| invalid(reason).hinted(LABEL))?;
        }
        DnsName::parse(name).map(Self).map_err(|_| {
            invalid("it ends in digits like an address").hinted("addresses go to `addresses`")
        })
    }
}

/// The name of a user: a common name that is safe as a file name.
///
/// Letters, digits and inner `.`, `_`, `@`, `-`, without `..`, at most 64 characters (RFC 5280,
/// appendix A.1, ub-common-name). Names that Kubernetes or kubepki keeps for itself are refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserName(String);

impl UserName {
    const LONGEST: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = InvalidValue;

    fn from_str(name: &str) -> Result<Self, InvalidValue> {
        let invalid =
            |reason: &str| InvalidValue::new(format!("{} is no user name: {reason}", quote(name)));
        check_length(name, Self::LONGEST, invalid)?;
        if name.starts_with("system:") {
            return Err(invalid("Kubernetes keeps `system:` for its components")
                .hinted("choose a name without `system:`"));
        }
        if name.eq_ignore_ascii_case("super-admin") {
            return Err(invalid("it is the break-glass credential that kubepki makes itself")
                .hinted("choose another name"));
        }
        let inner = |b: u8| b.is_ascii_alphanumeric() || b"._@-".contains(&b);
        let ends_well = [name.bytes().next(), name.bytes().last()]
            .into_iter()
            .all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()));
        if !name.bytes().all(inner) || !ends_well || name.contains("..") {
            return Err(invalid("it cannot be a file name")
                .hinted("use letters, digits and single inner `.`, `_`, `@` or `-`"));
        }
        Ok(Self(name.to_owned()))
    }
}

macro_rules! display {
    ($($name:ty)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

display!(ClusterName HostName UserName);

const LABEL: &str = "use lower-case letters, digits and inner `-`";

fn check_length(
    name: &str,
    longest: usize,
    invalid: impl Fn(&str) -> InvalidValue,
) -> Result<(), InvalidValue> {
    let length = name.chars().count();
    let reason = match length {
        0 => "it is empty".to_owned(),
        length if length <= longest => return Ok(()),
        length => format!("it has {length} characters"),
    };
    Err(invalid(&reason).hinted(format!("use 1 to {longest} characters")))
}

fn check_lower_case(
    name: &str,
    invalid: impl Fn(&str) -> InvalidValue,
) -> Result<(), InvalidValue> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        let lower = quote(&name.to_ascii_lowercase());
        return Err(invalid("it has upper-case letters").hinted(format!("write {lower}")));
    }
    Ok(())
}

/// The rule of a DNS-1123 label but for its length, for text in lower case.
fn check_label(label: &str) -> Result<(), &'static str> {
    if label.is_empty() {
        return Err("a label is empty");
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err("a label starts or ends with a hyphen");
    }
    if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err("a character is not allowed");
    }
    Ok(())
}
