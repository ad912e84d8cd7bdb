//! What `init` writes is read back as it was meant.

use super::*;

#[track_caller]
fn assert_round_trip(options: &InitOptions) -> String {
    let text = options.to_yaml();
    let spec = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(spec.name, options.name);
    assert_eq!(spec.endpoint, options.endpoint);
    assert_eq!(spec.domain, options.domain);
    assert_eq!(spec.service_cidrs, options.service_cidrs);
    assert_eq!(spec.layout, options.layout);
    assert_eq!(spec.certificates.key_algorithm, options.key_algorithm);
    assert_eq!(spec.hosts, options.hosts);
    // All else is the default, written out.
    let CertificatePolicy { key_algorithm, .. } = spec.certificates;
    assert_eq!(spec.certificates, CertificatePolicy { key_algorithm, ..Default::default() });
    assert_eq!(spec.users, parse(MINIMAL).unwrap().users);
    assert!(spec.csr_signing && spec.apiserver_port == 6443);
    text
}

#[test]
fn templates_are_specs_that_show_every_field() {
    for layout in [Layout::Hosts, Layout::HardWay, Layout::Kubeadm] {
        let text = assert_round_trip(&InitOptions::template(layout));
        for field in [
            "domain",
            "layout",
            "csrSigning",
            "encryption",
            "kubelets",
            "apiserverPort",
            "keyAlgorithm",
            "serviceAccountKeyAlgorithm",
            "lifetime",
            "caLifetime",
            "renewBefore",
            "apiserverSANs",
            "users",
        ] {
            assert!(text.contains(&format!("{field}:")), "{field}\n{text}");
        }
        for field in ["podCIDR", "names", "uid"] {
            assert!(text.contains(field), "{field}\n{text}");
        }
        assert!(text.lines().all(|line| line.len() <= 100 && line.trim_end() == line), "{text}");
    }
    assert_eq!(InitOptions::template(Layout::Hosts).hosts.len(), 3);
}

#[test]
fn the_tutorials_machines_become_its_cluster() {
    let machines = Machines::parse(
        "10.240.0.10 server.kubernetes.local server\n\
         10.240.0.20 node-0.kubernetes.local node-0 10.200.0.0/24\n\
         10.240.0.21 node-1.kubernetes.local node-1 10.200.1.0/24\n",
    )
    .unwrap();
    let options = InitOptions::from_machines(machines);
    let text = assert_round_trip(&options);
    for line in [
        "name: hard-way",
        "endpoint: server.kubernetes.local:6443",
        "serviceCIDRs: [10.32.0.0/24]",
        "    podCIDR: 10.200.1.0/24",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn values_that_yaml_reads_otherwise_are_quoted() {
    let hosts =
        ["null=control-plane+etcd@fd00::1", "1e3=worker@10.0.0.2,fd00::2", "on=worker@10.0.0.3"];
    let hosts = hosts.map(|host| host.parse::<HostArg>().unwrap().0).to_vec();
    for name in ["null", "true", "0x1f", "123", "no", "y"] {
        let mut options = InitOptions::new(name.parse().unwrap(), hosts.clone());
        options.service_cidrs.push("fd00:10:96::/112".parse().unwrap());
        options.hosts[1].names = vec![DnsName::parse("off").unwrap()];
        let text = assert_round_trip(&options);
        assert!(text.contains(&format!("\nname: \"{name}\"\n")), "{text}");
        assert!(text.contains("\nendpoint: \"[fd00::1]:6443\"\n"), "{text}");
        assert!(text.contains("[10.0.0.2, \"fd00::2\"]"), "{text}");
    }
}

#[test]
fn without_hosts_there_are_examples() {
    let options = InitOptions::new("x".parse().unwrap(), Vec::new());
    assert_eq!(options.hosts, InitOptions::template(Layout::Hosts).hosts);
    assert_eq!(options.name.as_str(), "x");
    assert_round_trip(&options);
}
