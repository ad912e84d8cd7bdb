//! etcd talks to clients with a certificate of its own CA alone.

use kubepki_testkit::Component;

use super::running::Cluster;

pub(super) fn refuses_strangers(cluster: &Cluster) {
    let plane = &cluster.plane;
    let list = ["member", "list"];
    // etcdctl says no more than that it waited in vain; etcd's log says why.
    let log = || plane.process(Component::Etcd).log();
    let (nobody, stranger) =
        ("didn't provide a certificate", "certificate signed by unknown authority");
    assert!(!log().contains(nobody) && !log().contains(stranger), "{}", log());

    let etcd = cluster.files.etcd.as_ref().unwrap();
    for client in [&etcd.apiserver_client, &etcd.healthcheck_client, &etcd.server] {
        let members = plane.etcdctl(Some(client), &list).expect_success();
        assert!(members.contains("server"), "{members}");
    }
    plane.etcdctl(None, &list).expect_failure();
    assert!(log().contains(nobody), "{}", log());
    plane.etcdctl(Some(&cluster.files.apiserver_kubelet_client), &list).expect_failure();
    assert!(log().contains(stranger), "{}", log());
}
