//! The machines of Kubernetes The Hard Way: `IPV4_ADDRESS FQDN HOSTNAME POD_SUBNET` lines.

use std::collections::{BTreeSet, HashSet};

use kubepki_ca::DnsName;

use super::{
    HostRole, HostSpec, address, cidr,
    error::{InvalidValue, SpecError},
    text,
    understand::listed_twice,
};

/// The machines of a `machines.txt`, at least one of them a control-plane host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machines {
    /// A worker for each machine with a `POD_SUBNET`, else a control-plane host with etcd.
    pub hosts: Vec<HostSpec>,
}

impl Machines {
    /// Reads at most 1 MiB of lines; blank lines and what follows a `#` are nothing.
    ///
    /// The field of an error is the name of a column.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, SpecError> {
        let text = text::read(text.as_ref())?;
        let (mut hosts, mut names, mut addresses) = (Vec::new(), HashSet::new(), HashSet::new());
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or(line);
            let words = words(line);
            if words.is_empty() {
                continue;
            }
            let error = |column: usize, invalid: InvalidValue| {
                // A word that is missing is missed at the end of its line.
                let at = words.get(column).map_or(line.trim_end().chars().count() + 1, |w| w.0);
                SpecError::new(invalid)
                    .in_field(COLUMNS.get(column).unwrap_or(&""))
                    .at(Some((number + 1, at)))
            };
            let host = machine(&words).map_err(|(column, invalid)| error(column, invalid))?;
            for address in &host.addresses {
                if !addresses.insert(*address) {
                    return Err(error(0, listed_twice("the address", &address.to_string())));
                }
            }
            if !names.insert(host.name.clone()) {
                return Err(error(2, listed_twice("the host", host.name.as_str())));
            }
            hosts.push(host);
        }
        if !hosts.iter().any(|host: &HostSpec| host.has(HostRole::ControlPlane)) {
            return Err(SpecError::new(
                InvalidValue::new("no machine is a control-plane host")
                    .hinted("list the server without a POD_SUBNET"),
            ));
        }
        Ok(Self { hosts })
    }
}

const COLUMNS: [&str; 4] = ["IPV4_ADDRESS", "FQDN", "HOSTNAME", "POD_SUBNET"];

/// The words of a line, each with its column from 1, in characters.
fn words(line: &str) -> Vec<(usize, &str)> {
    let column = |word: &str| {
        // A word is a part of its line, so the difference is the offset at which it begins.
        let offset = word.as_ptr() as usize - line.as_ptr() as usize;
        line.get(..offset).map_or(1, |before| before.chars().count() + 1)
    };
    line.split_whitespace().map(|word| (column(word), word)).collect()
}

fn machine(words: &[(usize, &str)]) -> Result<HostSpec, (usize, InvalidValue)> {
    let column = |index: usize| words.get(index).map(|(_, word)| *word);
    let needed = |index: usize| {
        let missing = || InvalidValue::new("the column is missing").hinted(FORM);
        column(index).ok_or_else(|| (index, missing()))
    };
    let address = address::parse(needed(0)?).map_err(|invalid| match column(0) {
        // The hint for a network fits, the one for a name is meant for a spec.
        Some(word) if word.contains('/') => (0, invalid),
        _ => (0, invalid.hinted(FORM)),
    })?;
    let fqdn = DnsName::parse(needed(1)?)
        .map_err(|error| (1, InvalidValue::new(error.to_string()).hinted(FORM)))?;
    let name: super::HostName = needed(2)?.parse().map_err(|invalid| (2, invalid))?;
    let pod_cidr = column(3).map(cidr::parse).transpose().map_err(|invalid| (3, invalid))?;
    if column(4).is_some() {
        return Err((4, InvalidValue::new("the line has more than four columns").hinted(FORM)));
    }
    let roles = match pod_cidr {
        None => BTreeSet::from([HostRole::ControlPlane, HostRole::Etcd]),
        Some(_) => BTreeSet::from([HostRole::Worker]),
    };
    let names = if fqdn == *name.dns_name() { Vec::new() } else { vec![fqdn] };
    Ok(HostSpec { name, roles, addresses: vec![address], names, pod_cidr })
}

const FORM: &str = "write `IPV4_ADDRESS FQDN HOSTNAME`, and the POD_SUBNET of a node";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tutorials_machines_are_read() {
        let Machines { hosts } = Machines::parse(
            "# the lab\r\n\r\n10.240.0.10 server.kubernetes.local server  # apiserver\r\n\
             10.240.0.20\tnode-0.kubernetes.local  node-0 10.200.0.0/24\n",
        )
        .unwrap();
        let [server, node] = &hosts[..] else { panic!("{hosts:?}") };
        assert_eq!(server.roles, BTreeSet::from([HostRole::ControlPlane, HostRole::Etcd]));
        assert_eq!(server.names, [DnsName::parse("server.kubernetes.local").unwrap()]);
        assert_eq!((server.name.as_str(), server.pod_cidr), ("server", None));
        assert_eq!(node.roles, BTreeSet::from([HostRole::Worker]));
        assert_eq!(node.pod_cidr, Some("10.200.0.0/24".parse().unwrap()));
    }

    #[test]
    fn errors_have_column_line_and_place() {
        let server = "10.0.0.1 s.local s\n";
        for (line, field, column, message) in [
            ("10.0.0.300 a.local a", "IPV4_ADDRESS", 1, "`10.0.0.300` is no IP address"),
            (
                "10.0.0.2 a!b a",
                "FQDN",
                10,
                "`a!b` is no DNS name: only letters, digits, `-`, `_` and `.` are allowed",
            ),
            (
                "10.0.0.2 a.local A",
                "HOSTNAME",
                18,
                "`A` is no host name: it has upper-case letters",
            ),
            ("10.0.0.2 a.local", "HOSTNAME", 17, "the column is missing"),
            ("10.0.0.2  # x", "FQDN", 9, "the column is missing"),
            (
                "10.0.0.2 a.local a 10.0.0.9/8",
                "POD_SUBNET",
                20,
                "`10.0.0.9/8` is an address in a network",
            ),
            ("10.0.0.2 a.local a 10.0.0.0/8 é x", "", 31, "the line has more than four columns"),
            ("10.0.0.1 a.local a", "IPV4_ADDRESS", 1, "the address `10.0.0.1` is listed twice"),
            ("10.0.0.2 a.local s", "HOSTNAME", 18, "the host `s` is listed twice"),
        ] {
            let error = Machines::parse(format!("{server}{line}")).unwrap_err();
            assert_eq!(error.field().unwrap_or_default(), field, "{line}");
            assert_eq!(error.location(), Some((2, column)), "{line}");
            assert_eq!(error.message(), message);
            assert!(error.hint().is_some(), "{line}");
        }
    }

    #[test]
    fn without_a_server_there_is_no_cluster() {
        for text in ["", "# none\n", "10.0.0.2 a.local a 10.0.0.0/8\n"] {
            let error = Machines::parse(text).unwrap_err();
            assert_eq!(error.message(), "no machine is a control-plane host");
        }
    }
}
