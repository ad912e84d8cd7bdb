//! The question that is put to every verifier. Decides nothing itself.

use std::net::IpAddr;
use std::path::Path;

/// A certificate, whom to trust, and what it must be good for.
#[derive(Clone, Copy, Debug)]
pub struct Verification<'a> {
    /// The PEM file with the certificate first and its intermediates, if any, after it.
    pub certificate: &'a Path,
    /// The PEM file with the trusted roots.
    pub authority: &'a Path,
    /// What the certificate is to be used for.
    pub purpose: Purpose,
    /// The host names a client would dial; each must be named by the certificate.
    pub hosts: &'a [&'a str],
    /// The addresses a client would dial; each must be named by the certificate.
    pub addresses: &'a [IpAddr],
}

impl<'a> Verification<'a> {
    /// Asks for the chain alone, for any purpose and no name.
    pub fn of_chain(certificate: &'a Path, authority: &'a Path) -> Self {
        Self { certificate, authority, purpose: Purpose::Any, hosts: &[], addresses: &[] }
    }

    /// Asks for a client certificate's chain and use.
    pub fn of_client(certificate: &'a Path, authority: &'a Path) -> Self {
        Self { purpose: Purpose::ClientAuth, ..Self::of_chain(certificate, authority) }
    }

    /// Asks for a server certificate's chain and use, and all its names.
    pub fn of_server(
        certificate: &'a Path,
        authority: &'a Path,
        hosts: &'a [&'a str],
        addresses: &'a [IpAddr],
    ) -> Self {
        Self { certificate, authority, purpose: Purpose::ServerAuth, hosts, addresses }
    }
}

/// The use a verifier must find allowed (RFC 5280, 4.2.1.12).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// No use in particular.
    Any,
    /// TLS client authentication.
    ClientAuth,
    /// TLS server authentication.
    ServerAuth,
}
