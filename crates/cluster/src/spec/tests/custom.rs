//! The layout in which every file is named.

use super::*;

const CUSTOM: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: old
endpoint: api.example.com
serviceCIDRs: []
layout: custom
hosts: [{name: cp, roles: [etcd], addresses: []}]
trust: server-ca
authorities:
  - {name: ca, certificate: tls/client-ca.crt, key: tls/client-ca.key, commonName: 'CA 1', organizations: [Old]}
  - {name: server-ca, certificate: tls/server-ca.crt, key: tls/server-ca.key, keyAlgorithm: rsa-2048}
entries:
  - name: apiserver
    host: cp
    issuer: server-ca
    certificate: tls/api.crt
    key: tls/api.key
    commonName: kube-apiserver
    usages: [server]
    subjectAltNames: [api.example.com, 10.0.0.1, 'URI:spiffe://a/b', 10.0.0.1]
    chain: true
  - {name: user/admin, kubeconfig: admin.conf, commonName: admin, organizations: ['system:masters'], lifetime: 1d}
  - {name: sa, key: sa.key, public: sa.pub}
  - {name: tokens, certificate: t.crt, key: t.key, commonName: t, keepKey: true, keyAlgorithm: rsa-4096}
  - name: scheduler
    certificate: s.crt
    key: s.key
    kubeconfig: s.conf
    commonName: system:kube-scheduler
    cluster: ours
    user: default
    server: https://127.0.0.1:6444
    trust: ca
places: /etc/kubernetes
";

fn changed(old: &str, new: &str) -> String {
    assert_eq!(CUSTOM.matches(old).count(), 1, "{old}");
    CUSTOM.replace(old, new)
}

#[test]
fn every_file_is_where_the_spec_says() {
    let spec = parse(CUSTOM).unwrap();
    assert!(spec.users.is_empty() && spec.hosts[0].addresses.is_empty());
    let CustomFiles { authorities, entries, places, trust } = &spec.custom;
    assert_eq!(places.as_ref().unwrap().to_string(), "/etc/kubernetes");
    assert_eq!(trust, "server-ca");
    assert_eq!(authorities[0].subject.to_string(), "O=Old, CN=CA 1");
    assert_eq!(authorities[1].subject.to_string(), "CN=old-server-ca-1");
    assert_eq!(authorities[1].key_algorithm, KeyAlgorithm::Rsa2048);

    let EntryContent::Certificate { leaf, certificate, kubeconfig: None, .. } = &entries[0].content
    else {
        panic!("{:?}", entries[0]);
    };
    assert_eq!(certificate.as_str(), "tls/api.crt");
    assert_eq!(
        (leaf.issuer.as_str(), leaf.usages, leaf.chain),
        ("server-ca", Usages::Server, true)
    );
    let names: Vec<_> = leaf.subject_alt_names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["DNS:api.example.com", "IP:10.0.0.1", "URI:spiffe://a/b"]);
    assert_eq!(leaf.lifetime, spec.certificates.lifetime);

    let EntryContent::Kubeconfig { leaf, connection, .. } = &entries[1].content else {
        panic!("{:?}", entries[1]);
    };
    assert_eq!((leaf.issuer.as_str(), leaf.usages), ("ca", Usages::Client));
    let ConnectionSpec { cluster, server, user, trust } = connection;
    let found = [cluster.as_str(), server, user, trust];
    assert_eq!(found, ["old", "https://api.example.com:6443", "admin", "server-ca"]);

    assert!(matches!(entries[2].content, EntryContent::KeyPair { .. }));
    let EntryContent::Certificate { kubeconfig: Some((path, connection)), .. } =
        &entries[4].content
    else {
        panic!("{:?}", entries[4]);
    };
    let ConnectionSpec { cluster, server, user, trust } = connection;
    let found = [path.as_str(), cluster, server, user, trust];
    assert_eq!(found, ["s.conf", "ours", "https://127.0.0.1:6444", "default", "ca"]);
}

#[test]
#[rustfmt::skip]
fn what_does_not_fit_together_is_refused() {
    let files = "write `certificate` and `key`, or `kubeconfig`, or all three; or `key` and `public`";
    let path = "write a path below the PKI root, such as `pki/ca.crt`";
    for (old, new, field, location, message, hint) in [
        ("{name: ca, c", "{name: root, c", "authorities", (10, 3), "there is no CA `ca`", "name the CA that issues users `ca`; `kubepki adopt` writes this layout"),
        ("name: server-ca,", "name: ca,", "authorities[1].name", (11, 12), "the name `ca` is there already", "give each CA and each entry a name of its own, or a `host`"),
        ("{name: sa,", "{name: apiserver, host: cp,", "entries[2].name", (23, 12), "the name `apiserver` of `cp` is there already", "give each CA and each entry a name of its own, or a `host`"),
        ("{name: sa,", "{name: scheduler.kubeconfig,", "entries[4].name", (25, 11), "the name `scheduler.kubeconfig` is there already", "give each CA and each entry a name of its own, or a `host`"),
        ("{name: sa,", "{name: -x,", "entries[2].name", (23, 12), "`-x` cannot name an entry", "begin with a letter or digit, go on with those and `.`, `_`, `@`, `-`, `/`, at most 128"),
        ("trust: server-ca", "trust: x", "trust", (8, 8), "`x` is no CA of this spec", "write one of ca, server-ca"),
        ("issuer: server-ca", "issuer: x", "entries[0].issuer", (15, 13), "`x` is no CA of this spec", "write one of ca, server-ca"),
        ("host: cp\n", "host: x\n", "entries[0].host", (14, 11), "`x` is no host of this spec", "list it in `hosts`"),
        ("tls/api.crt", "tls/client-ca.crt", "entries[0].certificate", (16, 18), "`tls/client-ca.crt` is the file of `authorities[0].certificate` already", "describe each file once"),
        ("tls/api.crt", "../api.crt", "entries[0].certificate", (16, 18), "`../api.crt` is no path below the root: a component is `.` or `..`", path),
        ("tls/api.crt", "/etc/api.crt", "entries[0].certificate", (16, 18), "`/etc/api.crt` is no path below the root: it is absolute", path),
        ("tls/api.crt", ".kubepki/lock", "entries[0].certificate", (16, 18), "`.kubepki/lock` belongs to kubepki itself", path),
        ("    key: tls/api.key\n", "", "entries[0]", (13, 5), "its files make no entry", files),
        ("public: sa.pub", "kubeconfig: x", "entries[2]", (23, 5), "its files make no entry", files),
        ("public: sa.pub", "public: sa.pub, issuer: ca", "entries[2].issuer", (23, 53), "a key pair has no `issuer`", "remove the line"),
        ("keepKey: true", "server: https://a", "entries[3].server", (24, 75), "a certificate without a kubeconfig has no `server`", "remove the line"),
        ("lifetime: 1d", "keepKey: true", "entries[1].keepKey", (22, 111), "a kubeconfig has no `keepKey`", "remove the line"),
        ("lifetime: 1d", "lifetime: 3651d", "entries[1].lifetime", (22, 112), "the lifetime 3651d is longer than the CA's 3650d", "write a shorter `lifetime`, or a longer `caLifetime`"),
        ("commonName: admin,", "", "entries[1].commonName", (22, 5), "the field is missing", "add a line `commonName: ...`"),
        ("commonName: kube-apiserver", "commonName: ''", "entries[0].commonName", (18, 17), "`` cannot be in a subject: it has 0 characters", "use 1 to 64 characters that can be seen"),
        ("usages: [server]", "usages: []", "entries[0].usages", (19, 13), "it has no usage", "write `[server]`, `[client]` or both"),
        ("usages: [server]", "usages: [serve]", "entries[0].usages[0]", (19, 14), "`serve` is no usage", "write one of server, client"),
        ("[api.example.com, 10.0.0.1, 'URI:spiffe://a/b', 10.0.0.1]", "[]", "entries[0].subjectAltNames", (20, 22), "a server's certificate has no names", "list what clients dial, such as `[api.example.com, 10.0.0.10]`"),
        ("https://127.0.0.1:6444", "http://127.0.0.1", "entries[4].server", (32, 13), "`http://127.0.0.1` is no URL of an apiserver", "write `https://host:port`, such as `https://api.example.com:6443`"),
        ("trust: server-ca", "users: [{name: admin}]", "users[0].name", (8, 16), "`user/admin` is an entry already", "keep one of the two"),
        ("places: /etc/kubernetes", "places: /etc", "places", (34, 9), "`/etc` is no place for a cluster's files", "write `hard-way`, or a folder in /etc/etcd, /etc/kubernetes, /var/lib/kube-proxy, /var/lib/kubelet, /var/lib/kubernetes, /var/lib/rancher"),
        ("layout: custom", "layout: hosts", "serviceCIDRs", (5, 15), "there is no Service network", "write one, such as `[10.32.0.0/24]`"),
    ] {
        assert_error(&changed(old, new), field, location, message, hint);
    }
    let hosts = CUSTOM.replace("layout: custom", "layout: hosts").replace("serviceCIDRs: []", "serviceCIDRs: [10.0.0.0/24]").replace("roles: [etcd], addresses: []", "roles: [control-plane], addresses: [10.9.0.1]");
    assert_error(&hosts, "authorities", (10, 3), "the layout `hosts` knows its files itself", "remove `authorities`, or use `layout: custom`");
}
