//! Free TCP ports of the loopback addresses. Never hands out one port twice at a time, not even
//! to two test programs that run side by side.

use std::hash::{BuildHasher, RandomState};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

/// Below the range from which Linux takes the ports of outgoing connections (32768 and up):
/// otherwise a client of one component could hold the port that another is about to bind.
const RANGE: std::ops::Range<u16> = 15_000..30_000;

/// A TCP port, ours for as long as the value lives.
#[derive(Debug)]
pub struct Port {
    number: u16,
    /// The UDP port of the same number is the reservation: it leaves the TCP port free to bind
    /// and is released by the kernel however this process ends.
    _reservation: UdpSocket,
}

impl Port {
    /// Reserves a port that is free on every IPv4 address of this machine.
    ///
    /// # Panics
    ///
    /// When the whole range is taken.
    pub fn reserve() -> Self {
        let length = RANGE.len() as u64;
        // A random start keeps test programs that begin together apart.
        let start = RandomState::new().hash_one(std::process::id()) % length;
        (0..length)
            .map(|step| RANGE.start + ((start + step) % length) as u16)
            .find_map(Self::claim)
            .unwrap_or_else(|| panic!("no free port in {RANGE:?}"))
    }

    /// The port's number.
    pub fn number(&self) -> u16 {
        self.number
    }

    fn claim(number: u16) -> Option<Self> {
        let reservation = UdpSocket::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
        TcpListener::bind((Ipv4Addr::UNSPECIFIED, number)).ok()?;
        Some(Self { number, _reservation: reservation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ports_are_distinct_and_free_to_bind() {
        let ports: Vec<_> = (0..50).map(|_| Port::reserve()).collect();
        let numbers: BTreeSet<_> = ports.iter().map(Port::number).collect();
        assert_eq!(numbers.len(), ports.len());
        for number in numbers {
            TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
        }
    }

    #[test]
    fn a_taken_port_is_not_claimed() {
        let port = Port::reserve();
        assert!(Port::claim(port.number()).is_none(), "reserved by us");
        let number = port.number();
        drop(port);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).unwrap();
        assert!(Port::claim(number).is_none(), "bound by a listener");
        drop(listener);
    }
}
