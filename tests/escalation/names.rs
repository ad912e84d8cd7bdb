//! Attempts at other names and other uses: subjectAltName and the other extensions.

use crate::{
    bytes::*,
    requests::{Case, case, request},
};

pub(crate) fn cases() -> Vec<Case> {
    [node_names(), server_names(), extensions()].concat()
}

/// GeneralNames that no profile takes, with the kind that openssl calls them by.
fn strange_names() -> Vec<(&'static str, Vec<u8>)> {
    let utf8 = string(UTF8, "admin@example.com");
    let upn = [oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xa0, &[&utf8])].concat();
    vec![
        ("email", tlv(0x81, &[b"admin@example.com"])),
        ("uri", tlv(0x86, &[b"https://node-0/"])),
        ("spiffe", tlv(0x86, &[b"spiffe://cluster.local/ns/kube-system/sa/admin"])),
        ("directory", tlv(0xa4, &[&subject("admin", &["system:masters"])])),
        ("other", tlv(0xa0, &[&upn])),
        ("registered", tlv(0x88, &[&oid("1.2.3.4")[2..]])),
        ("nul", dns("node-0\0.evil.example.com")),
        ("dot", dns("node-0.")),
        ("space", dns("node-0 ")),
        ("comma", dns("node-0,DNS:kubernetes")),
        ("newline", dns("node-0\nDNS:kubernetes")),
        ("unicode", dns("nоde-0")),
        ("underscore", dns("node_0")),
        ("empty", dns("")),
        ("star", dns("*")),
        ("partial-star", dns("node-*")),
        ("inner-star", dns("a.*.local")),
        ("address-as-name", dns("10.240.0.20")),
        ("address-of-5", ip(&[10, 240, 0, 20, 0])),
        ("address-and-mask", ip(&[10, 240, 0, 20, 255, 255, 255, 0])),
        ("address-of-0", ip(&[])),
        ("x400", tlv(0xa3, &[&sequence(&[])])),
    ]
}

fn node_names() -> Vec<Case> {
    let node = || subject("system:node:node-0", &["system:nodes"]);
    let server = |name: &str, rule: &str, what: &str, attributes: &[Vec<u8>]| {
        let text = request(&node(), attributes);
        let what = format!("a kubelet's server with {what}");
        case("node-server", &format!("kubelet-{name}"), &format!("refuse {rule}"), &what, text)
    };
    let with = |name: Vec<u8>| [asking(&[san(&[dns("node-0"), name])])];
    let mut all = Vec::new();
    for (name, rule, san) in [
        ("other-host", "san", dns("server")),
        ("other-address", "san", ip(&[10, 240, 0, 10])),
        ("kubernetes", "san", dns("kubernetes")),
        ("apiserver", "san", dns("kubernetes.default.svc.cluster.local")),
        ("endpoint", "san", dns("server.kubernetes.local")),
        ("stranger", "san", dns("evil.example.com")),
        ("child", "san", dns("x.node-0")),
        ("parent", "san", dns("kubernetes.local")),
        ("suffix", "san", dns("node-0.kubernetes.local.evil.example.com")),
        ("localhost", "san", dns("localhost")),
        ("loopback", "san", ip(&[127, 0, 0, 1])),
        ("loopback-6", "san", ip(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ("mapped", "san", ip(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 240, 0, 20])),
        ("any-address", "san", ip(&[0, 0, 0, 0])),
        ("service", "san", ip(&[10, 32, 0, 1])),
        ("wildcard", "wildcard", dns("*.kubernetes.local")),
        ("wildcard-host", "wildcard", dns("*.node-0")),
    ] {
        all.push(server(name, rule, &format!("a name too many: {name}"), &with(san)));
    }
    for (name, san) in strange_names() {
        // Go matches underscores, so this is a DNS name, and not one of the host's.
        let rule = if name == "underscore" { "san" } else { "san-kind" };
        all.push(server(name, rule, &format!("a strange name: {name}"), &with(san)));
        let text =
            request(&node(), &with(strange_names().into_iter().find(|n| n.0 == name).unwrap().1));
        let what = format!("a kubelet's client with a strange name: {name}");
        all.push(case("node-client", &format!("kubelet-client-{name}"), "refuse san", &what, text));
    }
    let bad = || san(&[dns("kubernetes")]);
    let good = || san(&[dns("node-0")]);
    let broken = extension("2.5.29.17", false, &[0x30, 0x05, 0x82, 0x09, b'a', b'b', b'c']);
    let nested = extension("2.5.29.17", false, &sequence(&[&sequence(&[&dns("node-0")])]));
    let behind = [sequence(&[&dns("node-0")]), dns("kubernetes")].concat();
    let behind = extension("2.5.29.17", false, &behind);
    all.extend([
        server("no-name", "no-name", "no name", &[]),
        server("empty-san", "no-name", "an empty subjectAltName", &[asking(&[san(&[])])]),
        server(
            "san-twice",
            "san",
            "two subjectAltNames, the second bad",
            &[asking(&[good(), bad()])],
        ),
        server(
            "san-twice-first",
            "san",
            "two subjectAltNames, the first bad",
            &[asking(&[bad(), good()])],
        ),
        server(
            "asked-twice",
            "san",
            "two extension requests",
            &[asking(&[good()]), asking(&[bad()])],
        ),
        server(
            "microsoft",
            "san",
            "a name in Microsoft's attribute",
            &[asking(&[good()]), asking_as("1.3.6.1.4.1.311.2.1.14", &[bad()])],
        ),
        server("broken-san", "san-kind", "a broken subjectAltName", &[asking(&[good(), broken])]),
        server("nested-san", "san-kind", "a nested subjectAltName", &[asking(&[nested])]),
        server("behind-san", "san-kind", "a name behind the subjectAltName", &[asking(&[behind])]),
        server(
            "critical-san",
            "san",
            "a critical subjectAltName",
            &[asking(&[extension("2.5.29.17", true, &sequence(&[&dns("kubernetes")]))])],
        ),
    ]);
    for (name, host) in [("san", dns("node-0")), ("address", ip(&[10, 240, 0, 20]))] {
        let text = request(&node(), &[asking(&[san(&[host])])]);
        let what = "a node's client that wants to serve too";
        all.push(case("node-client", &format!("node-client-{name}"), "refuse san", what, text));
    }
    all
}

fn server_names() -> Vec<Case> {
    let mut all = Vec::new();
    for (name, rule, names) in [
        ("kubernetes", "san", vec![dns("kubernetes")]),
        ("default", "san", vec![dns("kubernetes.default")]),
        ("svc", "san", vec![dns("kubernetes.default.svc")]),
        ("full", "san", vec![dns("kubernetes.default.svc.cluster.local")]),
        ("capitals", "san", vec![dns("KUBERNETES.DEFAULT.SVC")]),
        ("service-address", "san", vec![ip(&[10, 32, 0, 1])]),
        ("stranger", "san", vec![dns("server"), dns("evil.example.com")]),
        ("suffix", "san", vec![dns("a.b.svc.cluster.local.evil.example.com")]),
        ("two-labels", "san", vec![dns("a.svc")]),
        ("four-labels", "san", vec![dns("a.b.c.svc")]),
        ("domain", "san", vec![dns("cluster.local")]),
        ("top", "san", vec![dns("svc")]),
        ("localhost", "san", vec![dns("localhost")]),
        ("wildcard", "wildcard", vec![dns("*.kubernetes.local")]),
        ("wildcard-svc", "wildcard", vec![dns("*.default.svc")]),
        ("wildcard-namespace", "wildcard", vec![dns("*.default.svc.cluster.local")]),
        ("wildcard-top", "wildcard", vec![dns("*.local")]),
        ("none", "no-name", vec![]),
    ] {
        let text = request(&subject("server", &[]), &[asking(&[san(&names)])]);
        let what = format!("a server's names: {name}");
        all.push(case(
            "server",
            &format!("server-san-{name}"),
            &format!("refuse {rule}"),
            &what,
            text,
        ));
    }
    for (name, san_) in strange_names() {
        let text = request(&subject("server", &[]), &[asking(&[san(&[dns("server"), san_])])]);
        let what = format!("a server's strange name: {name}");
        let rule = if name == "underscore" { "refuse san" } else { "refuse san-kind" };
        all.push(case("server", &format!("server-strange-{name}"), rule, &what, text));
    }
    all
}

fn extensions() -> Vec<Case> {
    let constraints = |content: &[u8]| extension("2.5.29.19", true, &tlv(0x30, &[content]));
    let ca = || constraints(&[1, 1, 0xff]);
    let usages = |oids: &[&str]| {
        let oids: Vec<_> = oids.iter().map(|kind| oid(kind)).collect();
        extension("2.5.29.37", false, &sequence(&[&oids.concat()]))
    };
    let key_usage = |bits: &[u8]| extension("2.5.29.15", true, &tlv(3, &[bits]));
    let subtree = tlv(0xa0, &[&sequence(&[&dns("example.com")])]);
    let template = tlv(
        BMP,
        &["SubCA".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>().as_slice()],
    );
    let mut all = Vec::new();
    for (name, without, wishes) in [
        ("ca", "CA:TRUE", vec![ca()]),
        ("ca-pathlen", "CA:TRUE, pathlen:0", vec![constraints(&[1, 1, 0xff, 2, 1, 0])]),
        ("ca-deep", "CA:TRUE, pathlen:127", vec![constraints(&[1, 1, 0xff, 2, 1, 127])]),
        ("ca-twice", "CA:TRUE", vec![constraints(&[]), ca()]),
        ("ca-1", "CA:TRUE", vec![constraints(&[1, 1, 1])]),
        ("ca-broken", "an unreadable basicConstraints", vec![constraints(&[1, 9, 0xff])]),
        ("cert-sign", "keyUsage keyCertSign", vec![key_usage(&[2, 0x04])]),
        ("crl-sign", "keyUsage cRLSign", vec![key_usage(&[1, 0x02])]),
        ("all-usages", "keyCertSign, cRLSign", vec![key_usage(&[7, 0xff, 0x80])]),
        ("ca-and-usages", "keyUsage keyCertSign, cRLSign", vec![ca(), key_usage(&[1, 0x06])]),
        ("server-auth", "extendedKeyUsage serverAuth", vec![usages(&["1.3.6.1.5.5.7.3.1"])]),
        (
            "both-auths",
            "extendedKeyUsage serverAuth",
            vec![usages(&["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])],
        ),
        ("any-usage", "extendedKeyUsage anyExtendedKeyUsage", vec![usages(&["2.5.29.37.0"])]),
        (
            "code-signing",
            "extendedKeyUsage 1.3.6.1.5.5.7.3.3",
            vec![usages(&["1.3.6.1.5.5.7.3.3"])],
        ),
        (
            "ocsp-signing",
            "extendedKeyUsage 1.3.6.1.5.5.7.3.9",
            vec![usages(&["1.3.6.1.5.5.7.3.9"])],
        ),
        (
            "smart-card",
            "extendedKeyUsage 1.3.6.1.4.1.311.20.2.2",
            vec![usages(&["1.3.6.1.4.1.311.20.2.2"])],
        ),
        ("unknown-usage", "extendedKeyUsage 1.2.3.4", vec![usages(&["1.2.3.4"])]),
        (
            "name-constraints",
            "extension nameConstraints",
            vec![extension("2.5.29.30", true, &sequence(&[&subtree]))],
        ),
        (
            "policies",
            "extension certificatePolicies",
            vec![extension("2.5.29.32", false, &sequence(&[&sequence(&[&oid("2.5.29.32.0")])]))],
        ),
        (
            "policy-mappings",
            "extension policyMappings",
            vec![extension("2.5.29.33", true, &sequence(&[]))],
        ),
        (
            "authority-key",
            "extension authorityKeyIdentifier",
            vec![extension("2.5.29.35", false, &sequence(&[&tlv(0x80, &[&[7; 20]])]))],
        ),
        (
            "crl-points",
            "extension cRLDistributionPoints",
            vec![extension("2.5.29.31", false, &sequence(&[]))],
        ),
        (
            "issuer-names",
            "extension issuerAltName",
            vec![extension("2.5.29.18", false, &sequence(&[&dns("ca")]))],
        ),
        (
            "ocsp-url",
            "extension authorityInfoAccess",
            vec![extension("1.3.6.1.5.5.7.1.1", false, &sequence(&[]))],
        ),
        (
            "netscape-ca",
            "extension nsCertType",
            vec![extension("2.16.840.1.113730.1.1", false, &tlv(3, &[&[0, 7]]))],
        ),
        (
            "sub-ca-template",
            "extension 1.3.6.1.4.1.311.20.2",
            vec![extension("1.3.6.1.4.1.311.20.2", false, &template)],
        ),
        ("unknown-critical", "extension 1.2.3.4", vec![extension("1.2.3.4", true, &[5, 0])]),
        (
            "proxy",
            "extension 1.3.6.1.5.5.7.1.14",
            vec![extension("1.3.6.1.5.5.7.1.14", true, &sequence(&[]))],
        ),
        ("user-san", "DNS:kubernetes", vec![san(&[dns("kubernetes")])]),
        ("user-email", "email:admin@example.com", vec![san(&[tlv(0x81, &[b"admin@example.com"])])]),
        (
            "user-directory",
            "dirName:",
            vec![san(&[tlv(0xa4, &[&subject("admin", &["system:masters"])])])],
        ),
        (
            "user-broken-san",
            "an unreadable subjectAltName",
            vec![extension("2.5.29.17", false, &[0x30])],
        ),
    ] {
        let text = request(&subject("joe", &["dev"]), &[asking(&wishes)]);
        let what = format!("an extension for more than a client: {name}");
        all.push(case(
            "user",
            &format!("wish-{name}"),
            &format!("sign WITHOUT {without}"),
            &what,
            text,
        ));
    }
    let node = || subject("system:node:node-0", &["system:nodes"]);
    let names = || san(&[dns("node-0")]);
    for (name, without, wishes) in [
        ("ca", "CA:TRUE", vec![ca(), names()]),
        (
            "client-auth",
            "extendedKeyUsage clientAuth",
            vec![usages(&["1.3.6.1.5.5.7.3.2"]), names()],
        ),
        ("cert-sign", "keyUsage keyCertSign", vec![names(), key_usage(&[2, 0x84])]),
    ] {
        let text = request(&node(), &[asking(&wishes)]);
        let what = format!("a kubelet's server that wants more: {name}");
        all.push(case(
            "node-server",
            &format!("kubelet-wish-{name}"),
            &format!("sign WITHOUT {without}"),
            &what,
            text,
        ));
    }
    let two = [asking(&[usages(&["1.3.6.1.5.5.7.3.2"])]), asking(&[ca()])];
    let microsoft = [asking_as("1.3.6.1.4.1.311.2.1.14", &[ca()])];
    let unknown = [sequence(&[&oid("1.2.3.4"), &tlv(0x31, &[&string(UTF8, "system:masters")])])];
    for (name, without, attributes) in [
        ("asked-twice", "CA:TRUE", &two[..]),
        ("microsoft", "CA:TRUE", &microsoft),
        ("unknown", "attribute 1.2.3.4", &unknown),
    ] {
        let text = request(&subject("joe", &["dev"]), attributes);
        let what = format!("a wish in an unusual attribute: {name}");
        all.push(case(
            "user",
            &format!("wish-attribute-{name}"),
            &format!("sign WITHOUT {without}"),
            &what,
            text,
        ));
    }
    all
}
