//! What a TLS server sends: its chain, and what time it is there. Sends no credential, believes
//! nothing, and ends at the deadline.

use std::{
    io::{self, Read, Write},
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kubepki_ca::Certificate;
use kubepki_inspect::kubeconfig::Server;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, ProtocolVersion,
    SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{self, ring},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

use super::{date, stream::Stream};

/// What a server served.
#[derive(Clone, Debug)]
pub struct Served {
    /// Its chain, its own certificate first.
    pub chain: Vec<Certificate>,
    /// Whether it signed the handshake with the key of its certificate; none where such a
    /// signature is not verified here.
    pub proven: Option<bool>,
    /// The version of TLS: `TLS 1.2` or `TLS 1.3`; none when it broke off after its chain, as a server
    /// does that wants a client certificate.
    pub protocol: Option<&'static str>,
    /// Its clock, and ours at the same moment, where it answers HTTP.
    pub clocks: Option<(Timestamp, Timestamp)>,
}

/// Why a server showed no chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// It refused the connection by TLS.
    #[error("it answered with the TLS alert `{alert}` before it showed a certificate")]
    Alert {
        /// The alert, such as `ProtocolVersion`.
        alert: String,
    },
    /// It is no address.
    #[error("`{address}` is no HOST:PORT")]
    Address {
        /// What was given.
        address: String,
    },
    /// What it showed as its certificate is none.
    #[error("it showed a certificate that cannot be read: {reason}")]
    Certificate {
        /// What is broken about it.
        reason: String,
    },
    /// It closed the connection.
    #[error("it closed the connection without an answer")]
    Closed,
    /// The operating system could not connect.
    #[error("{reason}")]
    Io {
        /// The system's word.
        reason: String,
    },
    /// It answered in something else than TLS.
    #[error("it speaks no TLS{}", if *.http { ", but plain HTTP" } else { "" })]
    NoTls {
        /// Whether the answer was HTTP.
        http: bool,
    },
    /// Nobody listens there.
    #[error("the connection was refused: nobody listens there")]
    Refused,
    /// It broke the connection off.
    #[error("it reset the connection")]
    Reset,
    /// It was not done by the deadline.
    #[error("it did not answer in time")]
    TimedOut,
    /// Its name has no address.
    #[error("its name does not resolve: {reason}")]
    Unresolved {
        /// The resolver's word.
        reason: String,
    },
    /// It broke the rules of TLS.
    #[error("it breaks the rules of TLS: {reason}")]
    Tls {
        /// rustls' word.
        reason: String,
    },
}

/// Connects to `host:port` or `[v6]:port` and records the chain that the server shows for
/// `server_name`, or for the host where there is none. All of it ends within `deadline`.
///
/// A server that wants a client certificate shows its own one first, and gets none.
///
/// # Errors
/// [`ProbeError`] when it showed no certificate.
pub fn probe(
    address: &str,
    server_name: Option<&str>,
    deadline: Duration,
) -> Result<Served, ProbeError> {
    let asked = Instant::now();
    let served = ask(address, server_name, deadline);
    tracing::debug!(address, took = ?asked.elapsed(), is_answered = served.is_ok(), "ask the server");
    served
}

fn ask(address: &str, server_name: Option<&str>, deadline: Duration) -> Result<Served, ProbeError> {
    let no_address = || ProbeError::Address { address: address.to_owned() };
    let host = host_of(address).ok_or_else(no_address)?;
    let name = ServerName::try_from(server_name.unwrap_or(host).to_owned());
    let name = name.map_err(|_| no_address())?;
    let recorder = Arc::new(Recorder::default());
    let connection = client(&recorder, name)?;
    let end = Instant::now().checked_add(deadline).ok_or_else(no_address)?;
    let mut tls = StreamOwned::new(connection, Spy::of(Stream::connect(address, end)?));
    let shaken = shake_hands(&mut tls);
    let Some(Record { chain, proven }) = recorder.taken() else {
        let http = tls.sock.beginning.starts_with(b"HTTP/");
        return Err(match shaken {
            Err(error) => ProbeError::of_handshake(&error, http),
            Ok(()) => ProbeError::Closed,
        });
    };
    let chain = chain.iter().map(|der| Certificate::from_der(der)).collect::<Result<_, _>>();
    let chain = chain.map_err(|error| ProbeError::Certificate { reason: error.to_string() })?;
    let protocol = match tls.conn.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => Some("TLS 1.2"),
        Some(ProtocolVersion::TLSv1_3) => Some("TLS 1.3"),
        _ => None,
    };
    let clocks = shaken.is_ok().then(|| clocks(&mut tls, host)).flatten();
    Ok(Served { chain, proven, protocol, clocks })
}

/// Returns the `host:port` of a URL of HTTPS, as kubeconfigs have them; anything else as it is.
pub fn address_of(text: &str) -> String {
    let server = text.starts_with("https://").then(|| Server::parse(text)).flatten();
    server.map_or_else(|| text.to_owned(), |server| server.to_string())
}

/// Returns the host of `host:port` or `[v6]:port`; `None` for what is neither.
pub fn host_of(address: &str) -> Option<&str> {
    let (host, port) = address.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    match host.strip_prefix('[').map(|host| host.strip_suffix(']')) {
        Some(host) => host.filter(|host| host.parse::<IpAddr>().is_ok()),
        None => (!host.is_empty() && !host.contains(':')).then_some(host),
    }
}

fn client(
    recorder: &Arc<Recorder>,
    name: ServerName<'static>,
) -> Result<ClientConnection, ProbeError> {
    let tls = |error: rustls::Error| ProbeError::Tls { reason: error.to_string() };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(recorder) as Arc<dyn ServerCertVerifier>)
        .with_no_client_auth();
    ClientConnection::new(Arc::new(config), name).map_err(tls)
}

type Tls = StreamOwned<ClientConnection, Spy>;

fn shake_hands(tls: &mut Tls) -> io::Result<()> {
    while tls.conn.is_handshaking() {
        tls.conn.complete_io(&mut tls.sock)?;
    }
    Ok(())
}

/// Asks an HTTP server for its time. A server that is none, or wants a client certificate, has
/// shown what was asked of it, so that nothing here is an error.
fn clocks(tls: &mut Tls, host: &str) -> Option<(Timestamp, Timestamp)> {
    const PATIENCE: Duration = Duration::from_secs(2);
    tls.sock.stream.shorten(PATIENCE);
    tls.write_all(date::request(host).as_bytes()).ok()?;
    tls.flush().ok()?;
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while !date::is_complete(&answer) && answer.len() < date::LARGEST {
        match tls.read(&mut buffer) {
            Ok(count) if count > 0 => answer.extend_from_slice(&buffer[..count]),
            _ => break,
        }
    }
    Some((date::of(&answer)?, Timestamp::now()))
}

/// A stream whose first bytes are kept, to tell what else than TLS is spoken.
struct Spy {
    stream: Stream,
    beginning: Vec<u8>,
}

impl Spy {
    const fn of(stream: Stream) -> Self {
        Self { stream, beginning: Vec::new() }
    }
}

impl Read for Spy {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        let missing = 8_usize.saturating_sub(self.beginning.len());
        self.beginning.extend_from_slice(&buffer[..count.min(missing)]);
        Ok(count)
    }
}

impl Write for Spy {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// Takes every certificate, since the checks judge them afterwards, and keeps what it saw.
#[derive(Debug, Default)]
struct Recorder(Mutex<Option<Record>>);

/// What a server showed, and whether it signed with the key of it.
#[derive(Debug, Default)]
struct Record {
    chain: Vec<Vec<u8>>,
    proven: Option<bool>,
}

impl Recorder {
    fn taken(&self) -> Option<Record> {
        // Whole whenever it is there: it is written at once.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps what came of the server's signature. The handshake goes on, so that the rest is seen too.
    fn judged(
        &self,
        verified: Result<HandshakeSignatureValid, rustls::Error>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let proven = match verified {
            Ok(_) => Some(true),
            Err(rustls::Error::InvalidCertificate(CertificateError::BadSignature)) => Some(false),
            // A kind that ring does not know, or a certificate that webpki does not read.
            Err(_) => None,
        };
        if let Some(record) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            record.proven = proven;
        }
        Ok(HandshakeSignatureValid::assertion())
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let chain = std::iter::once(end_entity).chain(intermediates);
        let chain = chain.map(|der| der.to_vec()).collect();
        let record = Record { chain, proven: None };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(record);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = ring::default_provider().signature_verification_algorithms;
        self.judged(crypto::verify_tls12_signature(message, certificate, signature, &known))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = ring::default_provider().signature_verification_algorithms;
        self.judged(crypto::verify_tls13_signature(message, certificate, signature, &known))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // Weak ones too: what is weak is to be seen.
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ECDSA_SHA1_Legacy,
            SignatureScheme::ED25519,
            SignatureScheme::RSA_PKCS1_SHA1,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
        ]
    }
}

impl ProbeError {
    pub(super) fn of_connect(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::ConnectionReset => Self::Reset,
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::TimedOut,
            _ => Self::Io { reason: error.to_string() },
        }
    }

    fn of_handshake(error: &io::Error, http: bool) -> Self {
        use rustls::Error as Tls;
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Tls>());
        match (inner, error.kind()) {
            (Some(Tls::AlertReceived(alert)), _) => Self::Alert { alert: format!("{alert:?}") },
            (Some(Tls::InvalidMessage(_)), _) => Self::NoTls { http },
            (Some(Tls::InvalidCertificate(reason)), _) => {
                Self::Certificate { reason: format!("{reason:?}") }
            }
            (Some(other), _) => Self::Tls { reason: other.to_string() },
            (None, io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => Self::Closed,
            (None, _) => Self::of_connect(error),
        }
    }
}

#[cfg(test)]
mod tests;
