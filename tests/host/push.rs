//! `host push` through a real sshd of this user on a loopback port, and through connections that
//! break.

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use kubepki_testkit::{
    ports::Port,
    process::Process,
    programs::{self, Output},
};

use super::{applied, files, tree};
use crate::environment::Environment;

/// A machine that listens to ssh, and how to get there.
struct Remote {
    environment: Environment,
    port: Port,
    _sshd: Process,
}

impl Remote {
    /// An applied example, and an sshd with keys of its own that lets this user in.
    fn new() -> Self {
        let environment = applied("hard-way");
        fs::create_dir(environment.path("machine")).unwrap();
        for key in ["host_key", "user_key"] {
            let args = ["-q", "-t", "ed25519", "-N", "", "-f"].map(Into::into);
            let path = environment.path(key).into_os_string();
            programs::run("ssh-keygen", args.into_iter().chain([path])).expect_success();
        }
        let port = Port::reserve();
        let at = |name: &str| environment.path(name).display().to_string();
        environment.write("authorized_keys", &environment.read("user_key.pub"));
        environment.write(
            "sshd_config",
            &format!(
                "ListenAddress 127.0.0.1:{}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
                 StrictModes no\nUsePAM no\nPasswordAuthentication no\n\
                 PermitRootLogin prohibit-password\n",
                port.number(),
                at("host_key"),
                at("authorized_keys"),
            ),
        );
        // Where root runs it, sshd wants its empty folder, which a service manager makes otherwise.
        let is_root = programs::run("id", ["-u"]).expect_success().trim() == "0";
        if is_root {
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let mut command = Command::new(programs::find("sshd"));
        command.args(["-D", "-e", "-f", &at("sshd_config")]);
        let sshd = Process::start("sshd", &command, environment.path("sshd.log"));
        let number = port.number();
        sshd.wait_until(Duration::from_secs(30), "sshd listens", || {
            TcpStream::connect(("127.0.0.1", number)).map(drop).map_err(|error| error.to_string())
        });
        let remote = Self { environment, port, _sshd: sshd };
        remote.configure("ssh_config", number);
        remote
    }

    /// A configuration of ssh that leads to a port of this machine.
    fn configure(&self, name: &str, port: u16) {
        let environment = &self.environment;
        let at = |name: &str| environment.path(name).display().to_string();
        let host_key = environment.read("host_key.pub");
        let known = format!("[127.0.0.1]:{} {host_key}\nnode {host_key}", self.port.number());
        environment.write("known_hosts", &known);
        let text = format!(
            "Host node\n  HostName 127.0.0.1\n  Port {port}\n  HostKeyAlias node\n\
             Host *\n  IdentityFile {}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\n  \
             GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  BatchMode yes\n  \
             ConnectTimeout 20\n",
            at("user_key"),
            at("known_hosts"),
        );
        environment.write(name, &text);
    }

    fn push(&self, host: &str, extra: &[&str]) -> Output {
        self.push_by("ssh_config", host, extra)
    }

    fn push_by(&self, config: &str, host: &str, extra: &[&str]) -> Output {
        let root = self.machine().display().to_string();
        let args = ["host", "push", host, "--ssh", "node", "--ssh-config", config, "--root", &root];
        self.environment.kubepki(&[&args, extra].concat())
    }

    fn machine(&self) -> PathBuf {
        self.environment.path("machine")
    }

    fn folder_of(&self, host: &str) -> super::Tree {
        tree(&self.environment.path(&format!("hosts/{host}")))
    }
}

#[test]
fn a_machine_without_kubepki_gets_its_files() {
    let remote = Remote::new();
    let look = remote.push("node-0", &["--diff"]);
    assert!(look.succeeded(), "{look:?}");
    assert_eq!(look.stdout.matches("create   /").count(), 5, "{look:?}");
    assert!(tree(&remote.machine()).is_empty());

    let pushed = remote.push("node-0", &[]);
    assert!(pushed.succeeded(), "{pushed:?}");
    assert_eq!(pushed.stdout, look.stdout);
    assert!(pushed.stderr.contains("installed 5 files of `node-0`"), "{pushed:?}");
    assert_eq!(files(&tree(&remote.machine())), files(&remote.folder_of("node-0")));

    let before = tree(&remote.machine());
    let again = remote.push("node-0", &[]);
    assert!(again.succeeded() && again.stdout.is_empty(), "{again:?}");
    assert!(again.stderr.contains("nothing to do"), "{again:?}");
    assert_eq!(tree(&remote.machine()), before);

    let other = remote.push("node-1", &[]);
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(other.stderr.contains("has files of host node-0, not of node-1"), "{other:?}");
    assert!(other.stderr.contains("hint: check that this is the right machine"), "{other:?}");
    assert_eq!(tree(&remote.machine()), before);

    // A port and a user in the destination, as ssh takes them.
    let url = format!("ssh://127.0.0.1:{}", remote.port.number());
    let root = remote.machine().display().to_string();
    let args =
        ["host", "push", "node-0", "--ssh", &url, "--ssh-config", "ssh_config", "--root", &root];
    assert!(remote.environment.kubepki(&args).succeeded());
}

/// What comes back when kubepki looks is a word for each file.
#[test]
fn a_look_reads_no_private_key_back() {
    let remote = Remote::new();
    remote.push("server", &[]).expect_success();
    remote.environment.edit("cluster.yaml", "apiserverSANs: []", "apiserverSANs: [a.example.com]");
    remote.environment.apply();
    let relay = Relay::start(remote.port.number(), usize::MAX);
    remote.configure("by_relay", relay.port);
    let look = remote.push_by("by_relay", "server", &["--diff"]);
    let pki = "/etc/kubernetes/pki/apiserver";
    assert_eq!(look.stdout, format!("replace  {pki}.crt\nreplace  {pki}.key\n"));
    // 27 files make a bundle of some ten thousand bytes; the answer is a line for each.
    let (up, down) = relay.counts();
    assert!(down < 8_000 && up < 30_000, "{up} bytes there, {down} bytes back");
    let machine = remote.machine();
    let keys = files(&tree(&machine)).into_iter().filter(|(path, _)| path.ends_with(".key"));
    assert!(keys.count() > 8);
}

/// The connection breaks after so many bytes: the machine has all old files or all new ones.
#[test]
fn a_connection_that_breaks_leaves_all_old_or_all_new() {
    let remote = Remote::new();
    remote.push("node-0", &[]).expect_success();
    let old = files(&tree(&remote.machine()));
    remote.environment.edit("cluster.yaml", "node-0.kubernetes.local", "node-0.example.com");
    remote.environment.apply();
    let new = files(&remote.folder_of("node-0"));
    assert_ne!(old, new);
    let whole = {
        let relay = Relay::start(remote.port.number(), usize::MAX);
        remote.configure("whole", relay.port);
        remote.push_by("whole", "node-0", &["--diff"]).expect_success();
        relay.counts().0 + 12_000
    };
    let mut broken = 0;
    for cut in (1..).map(|step| step * whole / 12) {
        let before = files(&tree(&remote.machine()));
        assert_eq!(before, old);
        let relay = Relay::start(remote.port.number(), cut);
        remote.configure("cut", relay.port);
        let pushed = remote.push_by("cut", "node-0", &[]);
        // The other side may still be at work.
        let mut now = settled(&remote);
        if pushed.succeeded() {
            assert_eq!(now, new);
            break;
        }
        broken += 1;
        assert!(pushed.stderr.contains("hint: "), "{pushed:?}");
        assert!(now == old || now == new, "cut after {cut} bytes: {pushed:?}");
        if now == new {
            // The answer was cut, the work was done.
            remote.push("node-0", &[]).expect_success();
            now = files(&tree(&remote.machine()));
            assert_eq!(now, new);
            break;
        }
    }
    assert!(broken > 4, "{broken}");
    let left: Vec<_> = tree(&remote.machine()).into_keys().collect();
    let stray = left.iter().find(|path| path.contains("/push") || path.contains("kubepki-new"));
    assert_eq!(stray, None);
}

#[test]
fn a_machine_that_cannot_be_reached_is_an_error_with_a_hint() {
    let environment = applied("hard-way");
    let port = Port::reserve();
    let url = format!("ssh://127.0.0.1:{}", port.number());
    let refused = environment.kubepki(&["host", "push", "node-0", "--ssh", &url, "--diff"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("refused") && refused.stderr.contains("hint: "), "{refused:?}");
    // A destination is never an option.
    let option = format!("-oProxyCommand=touch {}", environment.path("owned").display());
    let refused = environment.kubepki(&["host", "push", "node-0", &format!("--ssh={option}")]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(!environment.path("owned").exists());
    let refused = environment.kubepki(&["host", "push", "node-0", "--root", "relative"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
}

/// The files, once nobody works on them any more: the installer's lock says so.
fn settled(remote: &Remote) -> std::collections::BTreeMap<String, (u32, Vec<u8>)> {
    let lock = remote.machine().join("var/lib/kubepki/lock");
    let args = ["-w".into(), "30".into(), lock.into_os_string(), "true".into()];
    // The server first has to see that the client is gone.
    thread::sleep(Duration::from_millis(300));
    programs::run("flock", args).expect_success();
    files(&tree(&remote.machine()))
}

/// Stands between ssh and sshd, and cuts the wire after so many bytes of the client's.
struct Relay {
    port: u16,
    up: Arc<AtomicUsize>,
    down: Arc<AtomicUsize>,
}

impl Relay {
    fn start(sshd: u16, cut: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (up, down) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (there, back) = (Arc::clone(&up), Arc::clone(&down));
        thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let server = TcpStream::connect(("127.0.0.1", sshd)).unwrap();
            let (from, to) = (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || pump(from, to, usize::MAX, &back));
            pump(client, server, cut, &there);
        });
        Self { port, up, down }
    }

    fn counts(&self) -> (usize, usize) {
        (self.up.load(Ordering::SeqCst), self.down.load(Ordering::SeqCst))
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, cut: usize, count: &AtomicUsize) {
    let mut bytes = [0; 512];
    loop {
        let room = bytes.len().min(cut - count.load(Ordering::SeqCst));
        match from.read(&mut bytes[..room]) {
            Ok(0) | Err(_) => break,
            Ok(length) => {
                count.fetch_add(length, Ordering::SeqCst);
                if to.write_all(&bytes[..length]).is_err() {
                    break;
                }
            }
        }
    }
    // Both ways at once, as when a cable is pulled.
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
