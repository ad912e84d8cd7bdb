//! Servers: one that shows its chain, and all the ways not to. One that hangs holds up no other.

use std::{
    io::Write,
    net::{TcpListener, TcpStream},
    process::Command,
    thread,
    time::Duration,
};

use kubepki_testkit::{
    ports,
    process::{self, Process},
    programs,
};

use crate::environment::Environment;

use super::{entries, status};

#[test]
fn what_a_server_shows_is_shown() {
    let environment = Environment::of_spec(super::SPEC);
    environment.apply();
    let pki = environment.path("hosts/server/etc/kubernetes/pki");
    let port = ports::Port::reserve();
    let mut command = Command::new(programs::find("openssl"));
    command.args(["s_server", "-accept", &format!("127.0.0.1:{}", port.number()), "-quiet"]);
    // etcd's manner: who has no certificate is turned away, and yet sees the server's.
    command.args(["-Verify", "1", "-CAfile"]).arg(pki.join("etcd/ca.crt"));
    command.arg("-cert").arg(pki.join("etcd/server.crt"));
    command.arg("-key").arg(pki.join("etcd/server.key"));
    command.arg("-cert_chain").arg(pki.join("etcd/ca.crt"));
    let _server = Process::start("s_server", &command, environment.path("s_server.log"));
    let address = format!("127.0.0.1:{}", port.number());
    let connect = || TcpStream::connect(&address).map_err(|error| error.to_string());
    process::wait_until(Duration::from_secs(30), "listening", connect);
    let status = status(&environment, &["--endpoint", &address]);
    let of_server = |part: Option<&str>| {
        let is_it = |entry: &&serde_json::Value| {
            entry["path"] == address.as_str() && entry["embedded"]["key"].as_str() == part
        };
        entries(&status).iter().find(is_it).unwrap_or_else(|| panic!("{status:#}"))
    };
    let file = entries(&status).iter().find(|entry| entry["entry"] == "etcd-server").unwrap();
    assert_eq!(of_server(None)["sha256"], file["sha256"]);
    assert_eq!(of_server(None)["kind"], "endpoint");
    assert_eq!(of_server(None)["authority"], "etcd-ca");
    assert_eq!(of_server(None)["status"], "ok");
    assert_eq!(of_server(Some("2"))["subject"], "CN=demo-etcd-ca-1");
}

#[test]
fn servers_that_show_nothing_are_named_within_the_deadline() {
    let environment = Environment::new();
    let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = |listener: &TcpListener| listener.local_addr().unwrap().to_string();
    // What has come in and was not read when a connection is closed makes the kernel reset it.
    let resets = serve(|_| thread::sleep(Duration::from_millis(300)));
    let speaks_http = serve(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    let closed = address(&TcpListener::bind("127.0.0.1:0").unwrap());
    let servers = [
        (address(&hangs), "it did not answer in time"),
        (resets, "it reset the connection"),
        (speaks_http, "it speaks no TLS, but plain HTTP"),
        (closed, "the connection was refused: nobody listens there"),
    ];
    let mut args = vec!["status", "--timeout", "2s", "--check"];
    for (address, _) in &servers {
        args.extend(["--endpoint", address]);
    }
    let begin = std::time::Instant::now();
    let output = environment.kubepki(&args);
    // Not a matter of speed: four times two seconds would be one after the other.
    assert!(begin.elapsed() < Duration::from_secs(7), "{:?}", begin.elapsed());
    assert_eq!(output.code, Some(3), "{output:#?}");
    for (address, message) in &servers {
        assert!(output.stdout.contains(address.as_str()), "{address}: {output:#?}");
        assert!(output.stdout.contains(message), "{message}: {output:#?}");
    }
    assert!(output.stdout.ends_with("4 in total: 4 unreachable, 0 ok\n"), "{output:#?}");
}

/// A server that does one thing with each connection; its address.
fn serve(mut with: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().flatten().for_each(&mut with));
    address
}
