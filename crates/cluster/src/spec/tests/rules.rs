//! One bad value for each rule: the message, the field, where it stands, and what to do.

use super::*;

type Case = (&'static str, &'static str, &'static str, (usize, usize), &'static str, &'static str);

#[track_caller]
fn assert_errors(cases: &[Case]) {
    for (old, new, field, location, message, hint) in cases {
        assert_error(&changed(old, new), field, *location, message, hint);
    }
}

#[test]
#[rustfmt::skip]
fn header_and_names() {
    let long = "`aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` is no cluster name: it has 41 characters";
    let label = "use lower-case letters, digits and inner `-`";
    assert_errors(&[
        ("kubepki/v1alpha1", "kubepki/v1", "apiVersion", (1, 13), "expected `kubepki/v1alpha1`, found `kubepki/v1`", "write `kubepki/v1alpha1`, the only one this version reads"),
        ("Cluster\n", "List\n", "kind", (2, 7), "expected `Cluster`, found `List`", "write `Cluster`, the only one this version reads"),
        ("name: hard-way", "name: ''", "name", (3, 7), "`` is no cluster name: it is empty", "use 1 to 40 characters"),
        ("name: hard-way", "name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "name", (3, 7), long, "use 1 to 40 characters"),
        ("name: hard-way", "name: a.b", "name", (3, 7), "`a.b` is no cluster name: a character is not allowed", label),
        ("name: hard-way", "name: a-", "name", (3, 7), "`a-` is no cluster name: a label starts or ends with a hyphen", label),
        ("name: hard-way", "name: Lab", "name", (3, 7), "`Lab` is no cluster name: it has upper-case letters", "write `lab`"),
        ("name: node-0", "name: Node-0", "hosts[1].name", (20, 11), "`Node-0` is no host name: it has upper-case letters", "write `node-0`"),
        ("name: node-0", "name: node_0", "hosts[1].name", (20, 11), "`node_0` is no host name: a character is not allowed", label),
        ("name: node-0", "name: ../x", "hosts[1].name", (20, 11), "`../x` is no host name: a label is empty", label),
        ("name: node-0", "name: 10.0.0.1", "hosts[1].name", (20, 11), "`10.0.0.1` is no host name: it ends in digits like an address", "addresses go to `addresses`"),
        ("name: node-0", "name: server", "hosts[1].name", (20, 11), "`server` is the name of `hosts[0]` already", "give each host a name of its own"),
        ("name: node-0", "name: aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaa", "hosts[1].name", (20, 11), "`aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaaa.aaaaaaaaa` is no host name: it has 53 characters", "use 1 to 52 characters"),
    ]);
}

#[test]
#[rustfmt::skip]
fn endpoint_domain_and_ports() {
    let port = "write a number from 1 to 65535";
    assert_errors(&[
        ("server.kubernetes.local:6443     #", "https://a:6443 #", "endpoint", (4, 11), "`https://a:6443` is no endpoint: it has a scheme", "write `host:port`, here `a:6443`"),
        ("server.kubernetes.local:6443     #", "a:70000 #", "endpoint", (4, 11), "`a:70000` is no endpoint: `70000` is no port from 1 to 65535", "write `host:port`, such as `api.example.com:6443`"),
        ("server.kubernetes.local:6443     #", "0.0.0.0 #", "endpoint", (4, 11), "`0.0.0.0` is the unspecified address, which no host has", "write the address that other hosts reach it by"),
        ("domain: cluster.local", "domain: a!b", "domain", (5, 9), "`a!b` is no DNS name: only letters, digits, `-`, `_` and `.` are allowed", "write a DNS name"),
        ("domain: cluster.local", "domain: a_b", "domain", (5, 9), "`a_b` has an underscore, which Kubernetes takes in no domain", "write letters, digits, `-` and `.`"),
        ("domain: cluster.local", "domain: '*.a'", "domain", (5, 9), "`*.a` is a wildcard", "wildcards go to `certificates.apiserverSANs`"),
        ("csrSigning: true", "encryption: kms", "encryption", (8, 13), "`kms` is no provider of encryption", "write one of none, secretbox, aescbc, aesgcm"),
        ("csrSigning: true", "kubelets: x", "kubelets", (8, 11), "`x` is no way to a kubelet's certificate", "write one of certificates, bootstrap"),
        ("csrSigning: true", "apiserverPort: 0", "apiserverPort", (8, 16), "`0` is no port", port),
        ("csrSigning: true", "apiserverPort: 65536", "apiserverPort", (8, 16), "`65536` is no port", port),
        ("csrSigning: true", "apiserverPort: -1", "apiserverPort", (8, 16), "`-1` is no port", port),
    ]);
    let domain = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(40));
    let error = parse(&changed("domain: cluster.local", &format!("domain: {domain}"))).unwrap_err();
    assert!(error.message().ends_with("is too long for a domain"), "{error}");
    assert_eq!(error.hint(), Some("write at most 230 characters"));
    let domain = &domain[..230];
    assert!(parse(&changed("domain: cluster.local", &format!("domain: {domain}"))).is_ok());
}

#[test]
#[rustfmt::skip]
fn networks() {
    let dual = "write one network, or one IPv4 and one IPv6 network";
    let own = "give each host and the Services a network of their own";
    assert_errors(&[
        ("[10.32.0.0/24]", "[]", "serviceCIDRs", (6, 15), "there is no Service network", "write one, such as `[10.32.0.0/24]`"),
        ("[10.32.0.0/24]", "[10.32.0.5/24]", "serviceCIDRs[0]", (6, 16), "`10.32.0.5/24` is an address in a network", "write `10.32.0.0/24`"),
        ("[10.32.0.0/24]", "['fd00::1/64']", "serviceCIDRs[0]", (6, 16), "`fd00::1/64` is an address in a network", "write `fd00::/64`"),
        ("[10.32.0.0/24]", "[10.32.0.0]", "serviceCIDRs[0]", (6, 16), "`10.32.0.0` is no network", "write the length too, such as `10.32.0.0/24`"),
        ("[10.32.0.0/24]", "[10.32.0.0/33]", "serviceCIDRs[0]", (6, 16), "`10.32.0.0/33` is no network", "write an address and a length, such as `10.32.0.0/24`"),
        ("[10.32.0.0/24]", "[10.32.0.0/32]", "serviceCIDRs[0]", (6, 16), "`10.32.0.0/32` holds no address for a Service", "write a larger network, such as a `/24` for IPv4 or a `/112` for IPv6"),
        ("[10.32.0.0/24]", "['fd00::/128']", "serviceCIDRs[0]", (6, 16), "`fd00::/128` holds no address for a Service", "write a larger network, such as a `/24` for IPv4 or a `/112` for IPv6"),
        ("[10.32.0.0/24]", "[10.32.0.0/24, 10.33.0.0/24]", "serviceCIDRs[1]", (6, 30), "`10.33.0.0/24` and `10.32.0.0/24` are of one address family", dual),
        ("[10.32.0.0/24]", "[10.32.0.0/24, 'fd00::/112', 10.33.0.0/24]", "serviceCIDRs[2]", (6, 44), "3 Service networks are too many", dual),
        ("podCIDR: 10.200.0.0/24", "podCIDR: 10.200.0.1/24", "hosts[1].podCIDR", (23, 14), "`10.200.0.1/24` is an address in a network", "write `10.200.0.0/24`"),
        ("podCIDR: 10.200.0.0/24", "podCIDR: 10.0.0.0/8", "hosts[1].podCIDR", (23, 14), "`10.0.0.0/8` overlaps `10.32.0.0/24` of `serviceCIDRs[0]`", own),
        ("    names: [server.kubernetes.local]", "    podCIDR: 10.200.0.0/16", "hosts[1].podCIDR", (23, 14), "`10.200.0.0/24` overlaps `10.200.0.0/16` of `hosts[0].podCIDR`", own),
    ]);
}

#[test]
#[rustfmt::skip]
fn layouts() {
    let choose = "write one of hosts, kubeadm, hard-way, custom";
    assert_errors(&[
        ("layout: hosts", "layout: flat", "layout", (7, 9), "`flat` is no layout", choose),
        ("layout: hosts", "layout: kubeadm", "layout", (7, 9), "the layout `kubeadm` is for one host, and here are 2", "use the layout `hosts`"),
    ]);
    let two = changed("roles: [worker]", "roles: [worker, control-plane]");
    assert_error(
        &two.replace("layout: hosts", "layout: hard-way"),
        "layout",
        (7, 9),
        "the layout `hard-way` is for one control-plane host, and here are 2",
        "use the layout `hosts`",
    );
}

#[test]
#[rustfmt::skip]
fn keys_and_lifetimes() {
    let days = "write `365d`, `24h` or `1h30m`";
    let shorter = "write a shorter `lifetime`, or a longer `caLifetime`";
    let third = "write a `renewBefore` shorter than `lifetime`, such as a third of it";
    assert_errors(&[
        ("ecdsa-p256", "rsa", "certificates.keyAlgorithm", (10, 17), "`rsa` is no key algorithm", "write one of ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096, ed25519"),
        ("keyAlgorithm: ecdsa-p256", "serviceAccountKeyAlgorithm: ed25519", "certificates.serviceAccountKeyAlgorithm", (10, 31), "`ed25519` is no ServiceAccount key algorithm", "write one of rsa-2048, rsa-3072, rsa-4096, ecdsa-p256, ecdsa-p384"),
        ("lifetime: 365d", "lifetime: 365", "certificates.lifetime", (11, 13), "`365` is no duration: it is no number with a unit", days),
        ("lifetime: 365d", "lifetime: 1y", "certificates.lifetime", (11, 13), "`1y` is no duration: a year and a month have more than one length", "write days, such as `365d`"),
        ("lifetime: 365d", "lifetime: 0d", "certificates.lifetime", (11, 13), "`0d` is no duration: it is not more than 0s", days),
        ("caLifetime: 3650d", "caLifetime: 36501d", "certificates.caLifetime", (12, 15), "`36501d` is no duration: it is longer than 100 years", "write at most `36500d`"),
        ("lifetime: 365d", "lifetime: 3651d", "certificates.lifetime", (11, 13), "the lifetime 3651d is longer than the CA's 3650d", shorter),
        ("  lifetime: 365d\n  caLifetime: 3650d", "  caLifetime: 30d", "certificates.caLifetime", (11, 15), "the lifetime 365d is longer than the CA's 30d", shorter),
        ("renewBefore: 30d", "renewBefore: 365d", "certificates.renewBefore", (13, 16), "with `renewBefore` 365d, a certificate of `lifetime` 365d is due at once", third),
        ("  lifetime: 365d\n  caLifetime: 3650d\n  renewBefore: 30d", "  lifetime: 1d", "certificates.lifetime", (11, 13), "with `renewBefore` 30d, a certificate of `lifetime` 1d is due at once", third),
        ("lifetime: 24h", "lifetime: 3651d", "users[1].lifetime", (29, 15), "the lifetime 3651d is longer than the CA's 3650d", shorter),
        ("lifetime: 24h", "lifetime: forever", "users[1].lifetime", (29, 15), "`forever` is no duration: it is no number with a unit", days),
    ]);
}

#[test]
#[rustfmt::skip]
fn apiserver_sans() {
    let write = "write a DNS name or an IP address, without a port";
    assert_errors(&[
        ("203.0.113.10", "10.0.0.300", "certificates.apiserverSANs[1]", (14, 36), "`10.0.0.300` is no DNS name: it ends in digits like an IPv4 address, but is none", write),
        ("203.0.113.10", "a:6443", "certificates.apiserverSANs[1]", (14, 36), "`a:6443` is no DNS name: only letters, digits, `-`, `_` and `.` are allowed", write),
        ("203.0.113.10", "https://a.example.com/x", "certificates.apiserverSANs[1]", (14, 36), "`https://a.example.com/x` is a URL, and clients compare the host alone", "write `a.example.com`"),
    ]);
}

#[test]
#[rustfmt::skip]
fn hosts() {
    let reach = "write the address that other hosts reach it by";
    let own = "give each host addresses of its own";
    let roles = "write one of control-plane, etcd, worker";
    assert_errors(&[
        ("roles: [control-plane, etcd]", "roles: [etcd]", "hosts", (16, 3), "no host has the role `control-plane`", "add `control-plane` to the `roles` of the host that runs the apiserver"),
        ("roles: [worker]", "roles: []", "hosts[1].roles", (21, 12), "the host `node-0` has no role", "list one or more of control-plane, etcd, worker"),
        ("roles: [worker]", "roles: [worker, etcd, worker]", "hosts[1].roles[2]", (21, 27), "the role `worker` is listed twice", "keep one of the two"),
        ("roles: [worker]", "roles: [node]", "hosts[1].roles[0]", (21, 13), "`node` is no role", roles),
        ("[10.240.0.20]", "[]", "hosts[1].addresses", (22, 16), "the host `node-0` has no address", "list the addresses that other hosts reach it by"),
        ("[10.240.0.20]", "[10.240.0.10]", "hosts[1].addresses[0]", (22, 17), "`10.240.0.10` is an address of `server` already", own),
        ("[10.240.0.20]", "['::1', '0:0::1']", "hosts[1].addresses[1]", (22, 24), "the address `::1` is listed twice", "keep one of the two"),
        ("[10.240.0.20]", "[10.240.0.256]", "hosts[1].addresses[0]", (22, 17), "`10.240.0.256` is no IP address", "host names go to `names`"),
        ("[10.240.0.20]", "[10.240.0.20/24]", "hosts[1].addresses[0]", (22, 17), "`10.240.0.20/24` is no IP address", "write `10.240.0.20`"),
        ("[10.240.0.20]", "['::']", "hosts[1].addresses[0]", (22, 17), "`::` is the unspecified address, which no host has", reach),
        ("[10.240.0.20]", "[224.0.0.1]", "hosts[1].addresses[0]", (22, 17), "`224.0.0.1` is a multicast address, which no host has", reach),
        ("[10.240.0.20]", "['ff02::1']", "hosts[1].addresses[0]", (22, 17), "`ff02::1` is a multicast address, which no host has", reach),
        ("[10.240.0.20]", "[255.255.255.255]", "hosts[1].addresses[0]", (22, 17), "`255.255.255.255` is the broadcast address, which no host has", reach),
        ("[10.240.0.20]", "['::ffff:10.240.0.20']", "hosts[1].addresses[0]", (22, 17), "`::ffff:10.240.0.20` is an IPv4 address in IPv6 form", "write `10.240.0.20`"),
        ("[server.kubernetes.local]", "[10.240.0.10]", "hosts[0].names[0]", (19, 13), "`10.240.0.10` is no DNS name: it ends in digits like an IPv4 address, but is none", "addresses go to `addresses`"),
        ("[server.kubernetes.local]", "['*.a']", "hosts[0].names[0]", (19, 13), "`*.a` is a wildcard", "wildcards go to `certificates.apiserverSANs`"),
    ]);
    let text = SPEC.split("hosts:\n").next().unwrap();
    assert_error(
        &format!("{text}hosts: []\n"),
        "hosts",
        (15, 8),
        "there is no host",
        "list each machine with its `name`, `roles` and `addresses`",
    );
}

#[test]
#[rustfmt::skip]
fn users() {
    let file = "use letters, digits and single inner `.`, `_`, `@` or `-`";
    let system = "choose a name without `system:`";
    assert_errors(&[
        ("name: jane", "name: admin", "users[1].name", (27, 11), "the user `admin` is listed twice", "keep one of the two"),
        ("name: jane", "name: system:kube-scheduler", "users[1].name", (27, 11), "`system:kube-scheduler` is no user name: Kubernetes keeps `system:` for its components", system),
        ("name: jane", "name: super-admin", "users[1].name", (27, 11), "`super-admin` is no user name: it is the break-glass credential that kubepki makes itself", "choose another name"),
        ("name: jane", "name: ../jane", "users[1].name", (27, 11), "`../jane` is no user name: it cannot be a file name", file),
        ("name: jane", "name: a..b", "users[1].name", (27, 11), "`a..b` is no user name: it cannot be a file name", file),
        ("name: jane", "name: jane.", "users[1].name", (27, 11), "`jane.` is no user name: it cannot be a file name", file),
        ("name: jane", "name: jäne", "users[1].name", (27, 11), "`jäne` is no user name: it cannot be a file name", file),
        ("name: jane", "name: ''", "users[1].name", (27, 11), "`` is no user name: it is empty", "use 1 to 64 characters"),
        ("lifetime: 24h", "uid: ' 1'", "users[1].uid", (29, 10), "` 1` is no user id: it starts or ends with white space", "remove the white space"),
    ]);
}

#[test]
#[rustfmt::skip]
fn groups() {
    let system = "choose a name without `system:`";
    let masters = "use `kubepki:cluster-admins`, or insist with `--danger-system-masters`";
    assert_errors(&[
        ("[dev, oncall]", "[dev, '']", "users[1].groups[1]", (28, 19), "`` is no group: it has 0 characters", "use 1 to 64 characters"),
        ("[dev, oncall]", "['dev,ops']", "users[1].groups[0]", (28, 14), "`dev,ops` is no group: a comma would be part of its name", "list the groups: [dev, ops]"),
        ("[dev, oncall]", "[dev, dev]", "users[1].groups[1]", (28, 19), "the group `dev` is listed twice", "keep one of the two"),
        ("[dev, oncall]", "['dev ']", "users[1].groups[0]", (28, 14), "`dev ` is no group: it starts or ends with white space", "remove the white space"),
        ("[dev, oncall]", "[\"a\\tb\"]", "users[1].groups[0]", (28, 14), "`a\\tb` is no group: it has a control character", "remove the character"),
        ("[dev, oncall]", "['system:masters']", "users[1].groups[0]", (28, 14), "`system:masters` bypasses RBAC and cannot be revoked", masters),
        ("[dev, oncall]", "['system:masters ']", "users[1].groups[0]", (28, 14), "`system:masters ` is no group: it starts or ends with white space", "remove the white space"),
        ("[dev, oncall]", "['system:nodes']", "users[1].groups[0]", (28, 14), "`system:nodes` is no group: Kubernetes keeps `system:` for its components", system),
        ("[dev, oncall]", "['sys\u{200b}tem:masters']", "users[1].groups[0]", (28, 14), "`sys\\u{200b}tem:masters` is no group: Kubernetes keeps `system:` for its components", system),
    ]);
    // A look-alike is refused even where the real one is allowed.
    let text = changed("[dev, oncall]", "['\u{2060}system:masters']");
    assert!(ClusterSpec::parse(text, SystemMasters::Allowed).is_err());
    let error = parse(&changed("[dev, oncall]", &format!("[{}]", "ä".repeat(65)))).unwrap_err();
    assert!(error.message().ends_with("it has 65 characters"), "{error}");
    assert!(parse(&changed("[dev, oncall]", &format!("[{}]", "ä".repeat(64)))).is_ok());
}
