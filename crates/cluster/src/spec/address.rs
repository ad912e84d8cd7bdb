//! The addresses of hosts: what a client can dial.

use std::net::{IpAddr, Ipv4Addr};

use super::error::{InvalidValue, quote};

/// Reads the address of one host.
pub(super) fn parse(text: &str) -> Result<IpAddr, InvalidValue> {
    let address = text.parse().map_err(|_| {
        let invalid = InvalidValue::new(format!("{} is no IP address", quote(text)));
        match text.split_once('/') {
            Some((address, _)) => invalid.hinted(format!("write {}", quote(address))),
            None => invalid.hinted("host names go to `names`"),
        }
    })?;
    check(address)?;
    Ok(address)
}

/// Refuses addresses that are no host's. Loopback is one: a whole cluster fits on one machine.
pub(super) fn check(address: IpAddr) -> Result<(), InvalidValue> {
    let kind = match address {
        address if address.is_unspecified() => "the unspecified address",
        address if address.is_multicast() => "a multicast address",
        IpAddr::V4(Ipv4Addr::BROADCAST) => "the broadcast address",
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            None => return Ok(()),
            Some(v4) => {
                let message = format!("`{address}` is an IPv4 address in IPv6 form");
                return Err(InvalidValue::new(message).hinted(format!("write `{v4}`")));
            }
        },
        IpAddr::V4(_) => return Ok(()),
    };
    Err(InvalidValue::new(format!("`{address}` is {kind}, which no host has"))
        .hinted("write the address that other hosts reach it by"))
}
