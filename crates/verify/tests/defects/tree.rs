//! A clean PKI in kubeadm's manner, made by the real openssl, and the tools to spoil a copy of it.

use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use kubepki_testkit::programs;
use kubepki_verify::{Asked, Assignment, Finding, Input, Role, checks, read};
use tempfile::TempDir;

/// A copy of the clean PKI, for one defect.
pub(crate) struct Tree {
    folder: TempDir,
    /// What is judged besides the files.
    pub(crate) endpoints: Vec<kubepki_verify::Endpoint>,
    pub(crate) cluster: Option<kubepki_verify::Cluster>,
    pub(crate) roles: HashMap<PathBuf, Assignment>,
    /// The CAs' files that the files' certificates come from.
    pub(crate) issuers: HashMap<PathBuf, PathBuf>,
    pub(crate) expected: HashMap<PathBuf, kubepki_verify::Expected>,
    /// What is asked in so many words.
    pub(crate) asked: Option<Asked>,
    /// How long after now everything is judged.
    pub(crate) later: SignedDuration,
}

/// What openssl is asked for, beside the subject.
#[derive(Clone, Copy)]
pub(crate) struct New<'a> {
    pub(crate) subject: &'a str,
    /// The issuer's path without its ending; empty for a self-signed certificate.
    pub(crate) issuer: &'a str,
    /// Extensions, one a line.
    pub(crate) extensions: &'a str,
    /// The kind of key, as `req -newkey` and its options have it.
    pub(crate) key: &'a str,
    /// Further options of `req -x509`.
    pub(crate) options: &'a str,
    /// Where faketime puts the clock, such as `2020-01-01`; empty for now.
    pub(crate) at: &'a str,
}

impl Default for New<'_> {
    fn default() -> Self {
        let key = "ec -pkeyopt ec_paramgen_curve:P-256";
        Self {
            subject: "/CN=x",
            issuer: "pki/ca",
            extensions: CLIENT,
            key,
            options: "-days 365",
            at: "",
        }
    }
}

pub(crate) const AUTHORITY: &str = "basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash";
pub(crate) const CLIENT: &str = "basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=clientAuth
authorityKeyIdentifier=keyid";
pub(crate) const APISERVER_NAMES: &str = "DNS:server,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.32.0.1,IP:10.240.0.10,IP:127.0.0.1";
pub(crate) const ETCD_NAMES: &str = "DNS:server,DNS:localhost,IP:10.240.0.10,IP:127.0.0.1,IP:::1";

/// The extensions of a server with these names.
pub(crate) fn server(names: &str) -> String {
    CLIENT.replace("clientAuth", "serverAuth") + "\nsubjectAltName=" + names
}

/// The extensions of an etcd member with these names.
pub(crate) fn peer(names: &str) -> String {
    CLIENT.replace("clientAuth", "serverAuth,clientAuth") + "\nsubjectAltName=" + names
}

impl Tree {
    /// A fresh copy of the clean PKI.
    pub(crate) fn clean() -> Self {
        static CLEAN: OnceLock<Tree> = OnceLock::new();
        let clean = CLEAN.get_or_init(|| {
            let tree = Self::empty();
            tree.make();
            tree
        });
        let copy = Self::empty();
        let from = clean.folder.path().join(".");
        let mut command = Command::new("cp");
        command.arg("-a").arg(from).arg(copy.folder.path());
        programs::finish(command, b"").expect_success();
        copy
    }

    /// An empty folder.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (endpoints, expected, later) = (Vec::new(), HashMap::new(), SignedDuration::ZERO);
        let (roles, issuers) = (HashMap::new(), HashMap::new());
        Self { folder, endpoints, cluster: None, roles, issuers, expected, asked: None, later }
    }

    /// A path below the root.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Everything that is found, as `name: place`, and the names alone.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut scan = read::scan(self.folder.path());
        read::follow(&mut scan);
        let mut input = Input::new(scan, Timestamp::now() + self.later);
        input.cluster.clone_from(&self.cluster);
        input.endpoints.clone_from(&self.endpoints);
        input.roles.clone_from(&self.roles);
        input.issuers.clone_from(&self.issuers);
        input.expected.clone_from(&self.expected);
        input.asked.clone_from(&self.asked);
        let encrypting = self.roles.iter();
        let encrypting = encrypting.filter(|(_, it)| it.role == Role::EncryptionConfig);
        input.digests = read::digests(encrypting.map(|(path, _)| path.as_path()));
        checks::run(&input)
    }

    /// Says what a file is for, as a spec does: on a host, or of the cluster where that is empty.
    pub(crate) fn assign(&mut self, name: &str, role: Role, host: &str) {
        let host = (!host.is_empty()).then(|| host.to_owned());
        let assigned = Assignment { role, host, common_name: None, names: Vec::new() };
        self.roles.insert(self.path(name), assigned);
    }

    /// Makes a certificate `NAME.crt` with its key `NAME.key`.
    pub(crate) fn certificate(&self, name: &str, new: New<'_>) {
        let file = |ending: &str| self.path(&format!("{name}.{ending}")).display().to_string();
        let config = self.config(new.extensions);
        let mut arguments = match new.at {
            "" => vec!["openssl".to_owned()],
            at => vec!["faketime".to_owned(), at.to_owned(), "openssl".to_owned()],
        };
        let mut add = |words: &str| arguments.extend(words.split_whitespace().map(str::to_owned));
        add("req -x509 -nodes -newkey");
        add(new.key);
        add(new.options);
        add(&format!(
            "-config {config} -extensions x -keyout {} -out {}",
            file("key"),
            file("crt")
        ));
        if !new.issuer.is_empty() {
            let issuer =
                |ending: &str| self.path(&format!("{}.{ending}", new.issuer)).display().to_string();
            add(&format!("-CA {} -CAkey {}", issuer("crt"), issuer("key")));
        }
        arguments.extend(["-subj".to_owned(), new.subject.to_owned()]);
        self.run(&arguments);
        self.mode(&format!("{name}.key"), 0o600);
        self.mode(&format!("{name}.crt"), 0o644);
    }

    /// Replaces octets of a certificate by as many others, and has `pki/ca` sign it again: what openssl
    /// refuses to issue.
    pub(crate) fn forged(&self, name: &str, was: &[u8], now: &[u8]) {
        self.openssl(&format!("x509 -in %{name}.crt -outform DER -out %forged.der"));
        let der = self.read("forged.der");
        assert_eq!((&der[4..6], was.len()), (&[0x30, 0x82][..], now.len()));
        let length = usize::from(u16::from_be_bytes([der[6], der[7]])) + 4;
        let mut signed = der[4..4 + length].to_vec();
        let at = signed.windows(was.len()).rposition(|it| it == was).unwrap();
        signed[at..at + now.len()].copy_from_slice(now);
        self.write("forged.tbs", &signed);
        self.openssl("dgst -sha256 -sign %pki/ca.key -out %forged.sig %forged.tbs");
        let signature = self.read("forged.sig");
        // ecdsa-with-SHA256, and a BIT STRING without unused bits.
        signed.extend(b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x03");
        signed.extend([u8::try_from(signature.len() + 1).unwrap(), 0]);
        signed.extend(signature);
        let length = u16::try_from(signed.len()).unwrap().to_be_bytes();
        self.write("forged.der", [&[0x30, 0x82], &length[..], &signed].concat());
        self.openssl(&format!("x509 -inform DER -in %forged.der -out %{name}.crt"));
        for file in ["forged.der", "forged.tbs", "forged.sig"] {
            self.remove(file);
        }
    }

    /// Issues a certificate of version 1, which has no extensions.
    pub(crate) fn old_certificate(&self, name: &str, subject: &str) {
        self.openssl(&format!(
            "req -new -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj {subject} -keyout %{name}.key -out %{name}.csr"
        ));
        self.openssl(&format!(
            "x509 -req -in %{name}.csr -CA %pki/ca.crt -CAkey %pki/ca.key -set_serial 77 -days 30 -out %{name}.crt"
        ));
        self.remove(&format!("{name}.csr"));
    }

    /// Runs openssl with `%name` for the paths of files here.
    pub(crate) fn openssl(&self, arguments: &str) {
        self.run(&self.arguments("openssl", arguments));
    }

    /// Runs openssl at another time.
    pub(crate) fn faked(&self, at: &str, arguments: &str) {
        let fake = ["faketime".to_owned(), at.to_owned()];
        self.run(&fake.into_iter().chain(self.arguments("openssl", arguments)).collect::<Vec<_>>());
    }

    fn arguments(&self, program: &str, arguments: &str) -> Vec<String> {
        let arguments = arguments.split_whitespace().map(|it| match it.strip_prefix('%') {
            Some(name) => self.path(name).display().to_string(),
            None => it.to_owned(),
        });
        std::iter::once(program.to_owned()).chain(arguments).collect()
    }

    /// Issues a client's certificate and writes it into a kubeconfig.
    pub(crate) fn kubeconfig(&self, file: &str, subject: &str, server: &str) {
        self.certificate("tmp", New { subject, ..New::default() });
        self.write(file, self.kubeconfig_text("tmp", "pki/ca", server));
        self.mode(file, 0o600);
        self.remove("tmp.crt");
        self.remove("tmp.key");
    }

    /// A kubeconfig with the certificate and key of `pair` that trusts `authority`.
    pub(crate) fn kubeconfig_text(&self, pair: &str, authority: &str, server: &str) -> String {
        let data = |name: &str| STANDARD.encode(self.read(name));
        format!(
            "apiVersion: v1
kind: Config
clusters:
- name: c
  cluster:
    certificate-authority-data: {}
    server: {server}
users:
- name: u
  user:
    client-certificate-data: {}
    client-key-data: {}
contexts:
- name: x
  context: {{cluster: c, user: u}}
current-context: x
",
            data(&format!("{authority}.crt")),
            data(&format!("{pair}.crt")),
            data(&format!("{pair}.key"))
        )
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Writes a file, readable by its owner alone.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), bytes).unwrap();
        self.mode(name, 0o600);
    }

    /// Replaces a part of a file that has to be there.
    pub(crate) fn edit(&self, name: &str, was: &str, now: &str) {
        let text = String::from_utf8(self.read(name)).unwrap();
        assert!(text.contains(was), "{was:?} is not in {name}");
        self.write(name, text.replace(was, now));
    }

    pub(crate) fn copy(&self, from: &str, to: &str) {
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        fs::copy(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    pub(crate) fn mode(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }

    fn config(&self, extensions: &str) -> String {
        // Beside the tree, so that nothing of it is scanned.
        let path = self.folder.path().with_extension("cnf");
        let text = format!("[req]\ndistinguished_name=dn\n[dn]\n[x]\n{extensions}\n");
        fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn run(&self, arguments: &[String]) {
        let mut command = Command::new(&arguments[0]);
        command.args(&arguments[1..]);
        programs::finish(command, b"").expect_success();
    }

    fn make(&self) {
        fs::create_dir_all(self.path("pki/etcd")).unwrap();
        for (name, subject) in [
            ("pki/ca", "/CN=kubernetes"),
            ("pki/etcd/ca", "/CN=etcd-ca"),
            ("pki/front-proxy-ca", "/CN=front-proxy-ca"),
        ] {
            let options = "-days 3650";
            self.certificate(
                name,
                New { subject, issuer: "", extensions: AUTHORITY, options, ..New::default() },
            );
        }
        let (apiserver, etcd) = (server(APISERVER_NAMES), peer(ETCD_NAMES));
        for (name, subject, issuer, extensions) in [
            ("pki/apiserver", "/CN=kube-apiserver", "pki/ca", apiserver.as_str()),
            ("pki/apiserver-kubelet-client", "/CN=kube-apiserver-kubelet-client", "pki/ca", CLIENT),
            ("pki/apiserver-etcd-client", "/CN=kube-apiserver-etcd-client", "pki/etcd/ca", CLIENT),
            ("pki/front-proxy-client", "/CN=front-proxy-client", "pki/front-proxy-ca", CLIENT),
            ("pki/etcd/server", "/CN=server", "pki/etcd/ca", &etcd),
            ("pki/etcd/peer", "/CN=server", "pki/etcd/ca", &etcd),
            (
                "pki/etcd/healthcheck-client",
                "/CN=kube-etcd-healthcheck-client",
                "pki/etcd/ca",
                CLIENT,
            ),
        ] {
            self.certificate(name, New { subject, issuer, extensions, ..New::default() });
        }
        self.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out %pki/sa.key");
        self.openssl("pkey -in %pki/sa.key -pubout -out %pki/sa.pub");
        self.mode("pki/sa.key", 0o600);
        for (file, subject, server) in [
            (
                "admin.conf",
                "/O=kubeadm:cluster-admins/CN=kubernetes-admin",
                "https://10.240.0.10:6443",
            ),
            (
                "super-admin.conf",
                "/O=system:masters/CN=kubernetes-super-admin",
                "https://10.240.0.10:6443",
            ),
            ("kubelet.conf", "/O=system:nodes/CN=system:node:server", "https://10.240.0.10:6443"),
            (
                "controller-manager.conf",
                "/CN=system:kube-controller-manager",
                "https://127.0.0.1:6443",
            ),
            ("scheduler.conf", "/CN=system:kube-scheduler", "https://127.0.0.1:6443"),
        ] {
            self.kubeconfig(file, subject, server);
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // It may never have been made.
        let _ = fs::remove_file(self.folder.path().with_extension("cnf"));
    }
}

/// The names of findings.
pub(crate) fn names(findings: &[Finding]) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.check.name).collect()
}

/// Findings for a message.
pub(crate) fn shown(findings: &[Finding], root: &Path) -> String {
    let root = format!("{}/", root.display());
    let line = |it: &Finding| {
        format!("{} {}: {}: {}\n", it.check.severity, it.check.name, it.place, it.what)
    };
    findings.iter().map(line).collect::<String>().replace(&root, "")
}
