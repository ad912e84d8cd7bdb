//! Servers: one that behaves, and those that hang, reset, or speak something else.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
    time::Duration,
};

use kubepki_testkit::{
    ports::Port,
    process::{self, Process},
    programs,
};

use super::{masked, root};
use crate::environment::Environment;

const SOON: Duration = Duration::from_secs(20);
const PKI: &str = "hosts/server/etc/kubernetes/pki";

fn serve(root: &Environment, options: &[&str]) -> (Process, String) {
    let address = format!("127.0.0.1:{}", Port::reserve().number());
    let mut command: Command = programs::command("openssl");
    command.args(["s_server", "-accept", &address, "-www"]).args(options);
    command.args([
        "-cert",
        &format!("{PKI}/apiserver.crt"),
        "-key",
        &format!("{PKI}/apiserver.key"),
    ]);
    command.args(["-cert_chain", "authorities/ca.crt"]).current_dir(root.root());
    let server = Process::start("s_server", &command, root.path("server.log"));
    server.wait_until(SOON, "listening", || {
        TcpStream::connect(&address).map(drop).map_err(|error| error.to_string())
    });
    (server, address)
}

#[test]
fn the_chain_of_a_server_is_shown() {
    let root = root();
    let (_server, address) = serve(&root, &[]);
    let said = masked(&root.kubepki(&["inspect", &address]).expect_success());
    assert!(
        said.starts_with(&format!("{address}, 1 of 2: a server certificate over TLS 1.3\n")),
        "{said}"
    );
    assert!(said.contains(&format!("{address}, 2 of 2: a CA certificate\n")), "{said}");
    assert!(said.contains("signed by    `ca` of the root, authorities/ca.crt"), "{said}");
    // As a kubeconfig has it, and with a timeout as other verbs have it.
    let url = format!("https://{address}/");
    let again = masked(&root.kubepki(&["inspect", &url, "--timeout", "20s"]).expect_success());
    assert_eq!(again, said);
    // One that wants a client certificate, as etcd and kubelets do, has shown its own before.
    let (_server, address) =
        serve(&root, &["-Verify", "1", "-CAfile", "authorities/ca.crt", "-tls1_2"]);
    let said = root.kubepki(&["inspect", &address]).expect_success();
    assert!(said.contains("the apiserver, by its names"), "{said}");
}

/// A listener that does one thing with each connection.
fn listener(answer: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().flatten().for_each(answer));
    address
}

#[track_caller]
fn refused(arguments: &[&str], what: &str, hint: &str) {
    let environment = Environment::new();
    let output = environment.kubepki(&[&["inspect"], arguments].concat());
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stderr.contains(what), "{what}: {}", output.stderr);
    assert!(output.stderr.contains(hint), "{hint}: {}", output.stderr);
}

#[test]
fn servers_that_do_not_behave_are_named_within_the_deadline() {
    let hangs = listener(|stream| {
        process::poll::<()>(SOON, || {
            stream
                .peek(&mut [0])
                .map_or(Ok(()), |count| if count == 0 { Ok(()) } else { Err("open".into()) })
        })
        .unwrap_or_default();
    });
    refused(
        &[&hangs, "--timeout", "1"],
        "it did not answer in time",
        "wait longer with `--timeout`",
    );
    let http = listener(|mut stream| {
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    refused(&[&http], "it speaks no TLS, but plain HTTP", "check the port");
    let closes = listener(|mut stream| {
        let _ = stream.read(&mut [0; 512]);
    });
    refused(&[&closes], "cannot get a certificate from `127.0.0.1:", "caused by: it");
    let nobody = format!("127.0.0.1:{}", Port::reserve().number());
    refused(&[&nobody], "the connection was refused: nobody listens there", "");
}

#[test]
fn the_others_are_shown_when_one_server_is_away() {
    let root = root();
    let nobody = format!("127.0.0.1:{}", Port::reserve().number());
    let output = root.kubepki(&["inspect", &nobody, "authorities/ca.crt"]);
    assert_eq!(output.code, Some(1));
    assert!(output.stdout.starts_with("authorities/ca.crt: a CA certificate\n"), "{output:?}");
    // What is no address is wrong usage.
    let output = root.kubepki(&["inspect", "[::1:443"]);
    assert_eq!(output.code, Some(2), "{output:?}");
}
