//! The networks of Services and Pods.

use std::{collections::BTreeMap, net::IpAddr, str::FromStr};

use ipnet::IpNet;

use super::error::{InvalidValue, quote};

/// Reads a network; an address with host bits is no network.
pub(super) fn parse(text: &str) -> Result<IpNet, InvalidValue> {
    let Ok(cidr) = text.parse::<IpNet>() else {
        let invalid = InvalidValue::new(format!("{} is no network", quote(text)));
        return Err(match text.parse::<IpAddr>() {
            Ok(address) => invalid.hinted(format!("write the length too, such as `{address}/24`")),
            Err(_) => invalid.hinted("write an address and a length, such as `10.32.0.0/24`"),
        });
    };
    let network = cidr.trunc();
    if network != cidr {
        return Err(InvalidValue::new(format!("`{cidr}` is an address in a network"))
            .hinted(format!("write `{network}`")));
    }
    Ok(cidr)
}

/// Reads a Service network: it holds at least the address of the Service `kubernetes`.
pub(super) fn parse_service(text: &str) -> Result<IpNet, InvalidValue> {
    let cidr = parse(text)?;
    if cidr.prefix_len() == cidr.max_prefix_len() {
        return Err(InvalidValue::new(format!("`{cidr}` holds no address for a Service"))
            .hinted("write a larger network, such as a `/24` for IPv4 or a `/112` for IPv6"));
    }
    Ok(cidr)
}

/// A network of Services as a command-line argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceCidr(pub IpNet);

impl FromStr for ServiceCidr {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        parse_service(text).map(Self)
    }
}

/// Networks that do not overlap, and what each is for.
#[derive(Debug, Default)]
pub(super) struct Disjoint(BTreeMap<IpAddr, (IpNet, String)>);

impl Disjoint {
    /// Adds a network, unless it overlaps one that is there.
    pub(super) fn add(&mut self, cidr: IpNet, owner: String) -> Result<(), InvalidValue> {
        // Those that are there do not overlap, so the last to begin is the last to end.
        let before = self.0.range(..=cidr.broadcast()).next_back();
        let overlaps = |other: &IpNet| other.contains(&cidr) || cidr.contains(other);
        if let Some((_, (other, of))) = before.filter(|(_, (other, _))| overlaps(other)) {
            return Err(InvalidValue::new(format!("`{cidr}` overlaps `{other}` of `{of}`"))
                .hinted("give each host and the Services a network of their own"));
        }
        self.0.insert(cidr.network(), (cidr, owner));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_found_in_either_direction_and_family() {
        let overlaps = |cidrs: [&str; 3]| {
            let mut all = Disjoint::default();
            cidrs.map(|cidr| all.add(cidr.parse().unwrap(), cidr.to_owned()).is_err())
        };
        assert_eq!(overlaps(["10.0.0.0/16", "10.0.3.0/24", "10.1.0.0/16"]), [false, true, false]);
        assert_eq!(overlaps(["10.0.3.0/24", "10.0.9.0/24", "10.0.0.0/16"]), [false, false, true]);
        assert_eq!(overlaps(["10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/24"]), [false, false, true]);
        assert_eq!(overlaps(["0.0.0.0/0", "::/0", "255.255.255.255/32"]), [false, false, true]);
        assert_eq!(overlaps(["fd00::/64", "10.0.0.0/8", "fd00::8/125"]), [false, false, true]);
    }
}
