//! The text of a new `cluster.yaml`: every field with its value and a line that explains it.

use std::fmt::Write;

use ipnet::IpNet;
use kubepki_ca::{DnsName, KeyAlgorithm, SubjectAltName};

use super::{
    CertificatePolicy, ClusterName, EncryptionProvider, Endpoint, HostArg, HostRole, HostSpec,
    Kubelets, Layout, Machines, understand,
};

/// What a new spec is to say. The fields are valid each; `ClusterSpec::parse` checks them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitOptions {
    /// The name of the cluster.
    pub name: ClusterName,
    /// Where kubeconfigs point.
    pub endpoint: Endpoint,
    /// The DNS domain of Services.
    pub domain: DnsName,
    /// The networks of Services.
    pub service_cidrs: Vec<IpNet>,
    /// The tree in which the files lie.
    pub layout: Layout,
    /// The algorithm of keys.
    pub key_algorithm: KeyAlgorithm,
    /// The hosts.
    pub hosts: Vec<HostSpec>,
}

impl InitOptions {
    /// A spec of these hosts, with the defaults of the tutorial.
    ///
    /// The endpoint is the first name, else the first address, of the first control-plane host.
    /// Without hosts, those of [`Self::template`] are taken.
    pub fn new(name: ClusterName, hosts: Vec<HostSpec>) -> Self {
        let first = hosts.iter().find(|host| host.has(HostRole::ControlPlane)).or(hosts.first());
        let Some(first) = first else { return Self { name, ..Self::template(Layout::Hosts) } };
        let host = match (first.names.first(), first.addresses.first()) {
            (Some(name), _) => SubjectAltName::Dns(name.clone()),
            (None, Some(address)) => SubjectAltName::Ip(*address),
            (None, None) => SubjectAltName::Dns(first.name.dns_name().clone()),
        };
        Self {
            name,
            endpoint: Endpoint { host, port: Endpoint::DEFAULT_PORT },
            domain: constant("cluster.local", DnsName::parse),
            service_cidrs: vec![constant("10.32.0.0/24", str::parse)],
            layout: Layout::Hosts,
            key_algorithm: CertificatePolicy::default().key_algorithm,
            hosts,
        }
    }

    /// The spec of the tutorial's machines.
    pub fn from_machines(machines: Machines) -> Self {
        Self::new(constant("hard-way", str::parse), machines.hosts)
    }

    /// A spec to fill in: one control-plane host and two workers, or the one host of `kubeadm`,
    /// with addresses that are examples.
    pub fn template(layout: Layout) -> Self {
        let hosts: &[&str] = match layout {
            Layout::Kubeadm => &["server=control-plane+etcd+worker@10.240.0.10"],
            Layout::Custom | Layout::Hosts | Layout::HardWay => &[
                "server=control-plane+etcd@10.240.0.10",
                "node-0=worker@10.240.0.20",
                "node-1=worker@10.240.0.21",
            ],
        };
        let mut hosts: Vec<HostSpec> =
            hosts.iter().map(|host| constant(host, str::parse::<HostArg>).0).collect();
        for host in &mut hosts {
            host.names = vec![constant(&format!("{}.kubernetes.local", host.name), DnsName::parse)];
        }
        let name = match layout {
            // What kubeadm calls a cluster, and so the people who use it.
            Layout::Kubeadm => "kubernetes",
            Layout::Custom | Layout::Hosts | Layout::HardWay => "hard-way",
        };
        Self { layout, ..Self::new(constant(name, str::parse), hosts) }
    }

    /// The text of the spec.
    pub fn to_yaml(&self) -> String {
        let mut yaml = String::new();
        // Writing to a string never fails.
        let _ = self.write(&mut yaml);
        yaml
    }

    fn write(&self, f: &mut String) -> std::fmt::Result {
        let policy = CertificatePolicy::default();
        writeln!(
            f,
            "# What the cluster should have. `kubepki plan` compares it with what is there,"
        )?;
        writeln!(f, "# `kubepki apply` makes it so.")?;
        writeln!(f, "apiVersion: kubepki/v1alpha1\nkind: Cluster")?;
        let mut field = |comment: &str, name: &str, value: &str| {
            let indent = " ".repeat(name.len() - name.trim_start().len());
            let blank = if indent.is_empty() { "\n" } else { "" };
            writeln!(f, "{blank}{indent}# {comment}\n{name}: {value}")
        };
        field(
            "Names the cluster in kubeconfigs and in the subjects of its CAs.",
            "name",
            &scalar(self.name.as_str()),
        )?;
        field(
            "What kubeconfigs point at, host:port: a name, an address, a load balancer.",
            "endpoint",
            &scalar(&self.endpoint.to_string()),
        )?;
        field("The DNS domain of Services.", "domain", &scalar(self.domain.as_str()))?;
        field(
            "The networks of Services: one, or an IPv4 and an IPv6 one for dual stack.",
            "serviceCIDRs",
            &list(&self.service_cidrs),
        )?;
        field(
            "Where files lie: hosts (a folder for each), kubeadm (one host, in place), or hard-way.",
            "layout",
            self.layout.name(),
        )?;
        field(
            "Whether the controller manager signs certificate requests, and so gets the CA's key.",
            "csrSigning",
            "true",
        )?;
        field(
            "What encrypts Secrets in etcd: secretbox, aescbc, aesgcm or none.",
            "encryption",
            match self.layout {
                // The files of `kubeadm init`, which makes no key.
                Layout::Custom | Layout::Kubeadm => "none",
                Layout::Hosts | Layout::HardWay => EncryptionProvider::Secretbox.name(),
            },
        )?;
        field(
            "Whether kubelets are given certificates, or ask for them with a token (bootstrap).",
            "kubelets",
            Kubelets::default().name(),
        )?;
        field(
            "The port on which each apiserver listens.",
            "apiserverPort",
            &Endpoint::DEFAULT_PORT.to_string(),
        )?;
        writeln!(f, "\ncertificates:")?;
        let mut field = |comment: &str, name: &str, value: &str| {
            writeln!(f, "  # {comment}\n  {name}: {value}")
        };
        field(
            "ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096 or ed25519.",
            "keyAlgorithm",
            self.key_algorithm.name(),
        )?;
        field(
            "The key that signs ServiceAccount tokens: RSA or ECDSA. OIDC clients expect RSA.",
            "serviceAccountKeyAlgorithm",
            policy.service_account_key_algorithm.name(),
        )?;
        let lifetimes = [
            ("How long certificates are good for.", "lifetime", policy.lifetime),
            ("How long CAs are good for.", "caLifetime", policy.ca_lifetime),
            (
                "How long before its end a certificate is renewed.",
                "renewBefore",
                policy.renew_before,
            ),
        ];
        for (comment, name, lifetime) in lifetimes {
            field(comment, name, &lifetime.to_string())?;
        }
        field(
            "More names and addresses of the apiserver, such as [api.example.com, 203.0.113.10].",
            "apiserverSANs",
            "[]",
        )?;
        self.write_hosts(f)?;
        write_users(f)
    }

    fn write_hosts(&self, f: &mut String) -> std::fmt::Result {
        writeln!(f, "\n# Every machine. Roles: control-plane, etcd, worker (has a kubelet).")?;
        writeln!(f, "# addresses and names (optional) are what its certificates are good for;")?;
        writeln!(f, "# podCIDR (optional) is the network of its Pods.\nhosts:")?;
        for host in &self.hosts {
            writeln!(f, "  - name: {}", scalar(host.name.as_str()))?;
            writeln!(f, "    roles: {}", list(&host.roles))?;
            writeln!(f, "    addresses: {}", list(&host.addresses))?;
            writeln!(f, "    names: {}", list(&host.names))?;
            if let Some(cidr) = host.pod_cidr {
                writeln!(f, "    podCIDR: {}", scalar(&cidr.to_string()))?;
            }
        }
        Ok(())
    }
}

fn write_users(f: &mut String) -> std::fmt::Result {
    writeln!(
        f,
        "\n# Every user, with the Kubernetes groups of its certificate. Optional: uid, and a"
    )?;
    writeln!(f, "# lifetime of its own, such as 24h.\nusers:")?;
    for user in understand::first_user() {
        writeln!(f, "  - name: {}", scalar(&user.name))?;
        writeln!(f, "    groups: {}", list(&user.groups))?;
    }
    Ok(())
}

fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| scalar(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}

/// A text of the validated types here, in quotes where a YAML 1.1 or 1.2 reader could take it for
/// something else. None of these types holds a quote, a backslash or a control character.
fn scalar(text: &str) -> String {
    let word = text.to_ascii_lowercase();
    let reserved = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._/@:".contains(&b);
    // Three dots make an IPv4 address or network, and no number of any YAML.
    let is_text = text.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && text.bytes().last().is_some_and(|b| b != b':')
        && !reserved.contains(&&*word)
        || text.bytes().all(|b| b.is_ascii_digit() || b"./".contains(&b))
            && text.matches('.').count() == 3;
    if is_text && text.bytes().all(plain) && !text.contains("::") {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

/// Parses a text of this file.
fn constant<T, E: std::fmt::Debug>(text: &str, parse: impl Fn(&str) -> Result<T, E>) -> T {
    // Every call passes a text of this file that its type reads, which a test calls.
    parse(text).expect("a constant of this file")
}
