//! A host on the command line: `NAME=ROLE[+ROLE...]@ADDRESS[,ADDRESS...]`.

use std::{collections::BTreeSet, str::FromStr};

use super::{
    HostSpec, address,
    error::{InvalidValue, quote},
    understand::listed_twice,
};

/// A host that a flag describes, such as `node-0=worker@10.240.0.20`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostArg(pub HostSpec);

impl FromStr for HostArg {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let parts =
            text.split_once('=').and_then(|(name, rest)| Some((name, rest.split_once('@')?)));
        let Some((name, (roles, addresses))) = parts else {
            return Err(InvalidValue::new(format!("{} is no host", quote(text)))
                .hinted("write `NAME=ROLE[+ROLE...]@ADDRESS[,ADDRESS...]`"));
        };
        let mut host = HostSpec {
            name: name.parse()?,
            roles: BTreeSet::new(),
            addresses: Vec::new(),
            names: Vec::new(),
            pod_cidr: None,
        };
        for role in roles.split('+') {
            if !host.roles.insert(role.parse()?) {
                return Err(listed_twice("the role", role));
            }
        }
        for text in addresses.split(',') {
            let address = address::parse(text)?;
            if host.addresses.contains(&address) {
                return Err(listed_twice("the address", text));
            }
            host.addresses.push(address);
        }
        Ok(Self(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::HostRole;

    #[test]
    fn a_host_is_read() {
        let HostArg(host) = "s-0=control-plane+etcd@10.0.0.1,fd00::1".parse().unwrap();
        assert_eq!(host.name.as_str(), "s-0");
        assert_eq!(host.roles, BTreeSet::from([HostRole::ControlPlane, HostRole::Etcd]));
        assert_eq!(
            host.addresses,
            ["10.0.0.1".parse::<std::net::IpAddr>().unwrap(), "fd00::1".parse().unwrap()]
        );
    }

    #[test]
    fn other_text_is_refused() {
        for (text, message) in [
            ("", "`` is no host"),
            ("a@10.0.0.1", "`a@10.0.0.1` is no host"),
            ("a=worker", "`a=worker` is no host"),
            ("A=worker@10.0.0.1", "`A` is no host name: it has upper-case letters"),
            ("a=boss@10.0.0.1", "`boss` is no role"),
            ("a=@10.0.0.1", "`` is no role"),
            ("a=etcd+etcd@10.0.0.1", "the role `etcd` is listed twice"),
            ("a=etcd@10.0.0.1,10.0.0.1", "the address `10.0.0.1` is listed twice"),
            ("a=etcd@10.0.0.1,", "`` is no IP address"),
            ("a=etcd@0.0.0.0", "`0.0.0.0` is the unspecified address, which no host has"),
        ] {
            let error = text.parse::<HostArg>().unwrap_err();
            assert_eq!(error.to_string(), message);
            assert!(error.hint().is_some(), "{text}");
        }
    }
}
