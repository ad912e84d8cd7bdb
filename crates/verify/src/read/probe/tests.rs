//! Servers that behave, and servers that do not.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use kubepki_testkit::{openssl, ports::Port};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

/// `openssl s_server`, stopped when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn certificate(folder: &Path, name: &str, new: &str) -> (String, String) {
    let path = |ending: &str| folder.join(format!("{name}.{ending}")).display().to_string();
    let (certificate, key) = (path("crt"), path("key"));
    let subject = format!("/CN={name}");
    let mut arguments = vec!["req", "-x509", "-nodes", "-subj", &subject];
    arguments.extend(new.split_whitespace());
    arguments.extend(["-keyout", &key, "-out", &certificate]);
    openssl::run(&arguments).expect_success();
    (certificate, key)
}

const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";

fn serve(folder: &Path, new: &str, options: &[&str]) -> (Server, String) {
    let (certificate, key) = certificate(folder, "served", new);
    let address = format!("127.0.0.1:{}", Port::reserve().number());
    let child = Command::new("openssl")
        .args(["s_server", "-accept", &address, "-cert", &certificate, "-key", &key])
        .args(options)
        // Kept open: at its end s_server ends the connection.
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(child);
    let begun = Instant::now();
    while TcpStream::connect(&address).is_err() {
        assert!(begun.elapsed() < PATIENCE, "s_server does not listen");
        thread::sleep(Duration::from_millis(20));
    }
    (server, address)
}

/// A listener that does one thing with its first connection.
fn listen(behave: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || behave(listener.accept().unwrap().0));
    address
}

#[test]
fn the_chain_and_the_clock_of_a_server_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    let (chain, _) = certificate(folder.path(), "above", P256);
    let (_server, address) = serve(folder.path(), P256, &["-www", "-cert_chain", &chain]);
    let served = probe(&address, None, PATIENCE).unwrap();
    let names: Vec<_> = served.chain.iter().map(|it| &it.subject().common_name).collect();
    assert_eq!(names, ["served", "above"]);
    assert_eq!((served.protocol, served.proven), (Some("TLS 1.3"), Some(true)));
    // s_server answers HTTP without a Date.
    assert_eq!(served.clocks, None);
}

#[test]
fn weak_servers_and_old_protocols_are_seen_too() {
    for (new, options) in [
        ("-newkey rsa:1024 -sha1", vec!["-cipher", "DEFAULT@SECLEVEL=0", "-tls1_2"]),
        ("-newkey ec -pkeyopt ec_paramgen_curve:P-521", vec!["-tls1_3"]),
        ("-newkey ed25519", vec!["-tls1_2"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (_server, address) = serve(folder.path(), new, &options);
        let served = probe(&address, Some("anything.example"), PATIENCE);
        assert_eq!(served.unwrap_or_else(|e| panic!("{new}: {e}")).chain.len(), 1, "{new}");
    }
}

/// Certificates are public: one may be shown by who has another key.
#[test]
fn a_certificate_without_its_key_is_told_from_one_with_it() {
    use rustls::{
        ServerConfig, ServerConnection,
        pki_types::{PrivateKeyDer, pem::PemObject},
        server::ResolvesServerCert,
        sign::{CertifiedKey, SingleCertAndKey},
        version::{TLS12, TLS13},
    };

    let folder = tempfile::tempdir().unwrap();
    let (shown, own) = certificate(folder.path(), "shown", P256);
    let (_, other) = certificate(folder.path(), "other", P256);
    for (version, key, proven) in
        [(&TLS12, &own, true), (&TLS12, &other, false), (&TLS13, &other, false)]
    {
        let chain = vec![CertificateDer::from_pem_file(&shown).unwrap()];
        let key = ring::sign::any_supported_type(&PrivateKeyDer::from_pem_file(key).unwrap());
        let certified = SingleCertAndKey::from(CertifiedKey::new(chain, key.unwrap()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certified) as Arc<dyn ResolvesServerCert>);
        let address = listen(|stream| {
            let connection = ServerConnection::new(Arc::new(config)).unwrap();
            let mut tls = StreamOwned::new(connection, stream);
            // Until the client has seen what it wants.
            let _ = io::copy(&mut tls, &mut io::sink());
        });
        let served = probe(&address, None, PATIENCE).unwrap();
        assert_eq!(served.proven, Some(proven), "{version:?}");
        assert_eq!(served.chain[0].subject().common_name, "shown");
    }
}

#[test]
fn a_server_that_wants_a_client_certificate_shows_its_own() {
    for version in ["-tls1_2", "-tls1_3"] {
        let folder = tempfile::tempdir().unwrap();
        let (_server, address) = serve(folder.path(), P256, &["-Verify", "1", version]);
        let served = probe(&address, None, PATIENCE).unwrap();
        assert_eq!(served.chain[0].subject().common_name, "served");
    }
}

#[test]
fn a_hanging_server_is_left_at_the_deadline() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let address = listen(move |stream| {
        // Until the test is over.
        let _ = receiver.recv();
        drop(stream);
    });
    let begun = Instant::now();
    let error = probe(&address, None, Duration::from_millis(300)).unwrap_err();
    assert_eq!(error, ProbeError::TimedOut);
    assert!(begun.elapsed() < PATIENCE);
    drop(sender);
}

#[test]
fn a_server_that_trickles_is_left_at_the_deadline_too() {
    let address = listen(|mut stream| {
        // A TLS record that never ends, byte by byte: each read succeeds.
        let _ = stream.write_all(&[0x16, 3, 3, 0x3f, 0xff]);
        while stream.write_all(&[2]).is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let begun = Instant::now();
    let error = probe(&address, None, Duration::from_millis(300)).unwrap_err();
    assert!(begun.elapsed() < PATIENCE);
    assert!(matches!(error, ProbeError::TimedOut | ProbeError::NoTls { .. }), "{error}");
}

#[test]
fn each_way_to_fail_has_its_name() {
    let http = listen(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request\n");
    });
    assert_eq!(probe(&http, None, PATIENCE).unwrap_err(), ProbeError::NoTls { http: true });
    let ssh = listen(|mut stream| {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n");
    });
    assert_eq!(probe(&ssh, None, PATIENCE).unwrap_err(), ProbeError::NoTls { http: false });
    let reset = listen(|stream| {
        // Closing with unread bytes makes the kernel send RST.
        thread::sleep(Duration::from_millis(100));
        drop(stream);
    });
    assert_eq!(probe(&reset, None, PATIENCE).unwrap_err(), ProbeError::Reset);
    let closed = listen(|mut stream| {
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer);
    });
    assert_eq!(probe(&closed, None, PATIENCE).unwrap_err(), ProbeError::Closed);
    let port = Port::reserve();
    let nobody = format!("127.0.0.1:{}", port.number());
    assert_eq!(probe(&nobody, None, PATIENCE).unwrap_err(), ProbeError::Refused);
    for bad in ["", "host", ":1", "host:port", "[::1:1", "::1:1", "host:70000"] {
        let error = probe(bad, None, PATIENCE).unwrap_err();
        assert!(matches!(error, ProbeError::Address { .. }), "{bad}: {error}");
    }
    let error = probe("no-such-host.invalid:1", None, PATIENCE).unwrap_err();
    assert!(matches!(error, ProbeError::Unresolved { .. }), "{error}");
}

#[test]
fn a_server_of_tls_1_0_alone_is_an_alert() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, address) =
        serve(folder.path(), "-newkey rsa:2048", &["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    let error = probe(&address, None, PATIENCE).unwrap_err();
    assert_eq!(error, ProbeError::Alert { alert: "ProtocolVersion".to_owned() });
}
