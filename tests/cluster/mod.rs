//! A real control plane that lives from what `kubepki apply` made. Started once for each layout,
//! because the start is what takes the time.

mod admins;
mod bootstrap;
mod encryption;
mod etcd;
mod kubelets;
mod merged;
mod names;
mod renewal;
mod requests;
mod running;
mod signing;
mod strangers;
mod users;

use kubepki_testkit::Component;

use running::Cluster;

#[test]
fn a_control_plane_lives_from_the_hosts_layout() {
    let cluster = Cluster::start("hosts");
    // First, because later everybody has rights.
    admins::have_no_rights_before_the_manifest_and_all_after_it(&cluster);
    let flash = requests::a_minute_begins(&cluster);
    users::have_the_rights_of_each_of_their_groups(&cluster);
    kubelets::may_change_their_own_node_alone(&cluster);
    kubelets::obey_the_apiserver(&cluster, "kube-apiserver-kubelet-client");
    signing::the_controller_manager_signs_requests(&cluster);
    requests::go_from_new_to_fetch(&cluster);
    requests::a_denied_request_stays_without_a_certificate(&cluster);
    requests::an_issued_user_has_the_role_that_was_applied(&cluster);
    requests::one_call_makes_a_kubeconfig(&cluster);
    requests::the_root_signs_for_a_signer_of_its_own(&cluster);
    requests::kubelets_ask_for_themselves(&cluster);
    bootstrap::a_token_gets_a_kubelet_its_certificate(&cluster);
    merged::a_merged_kubeconfig_drives_both_clusters(&cluster);
    names::the_apiserver_answers_to_every_name(&cluster);
    etcd::refuses_strangers(&cluster);
    strangers::another_clusters_credentials_are_refused(&cluster);
    strangers::a_front_proxy_is_everybody_and_needs_its_flag(&cluster);
    requests::a_minute_ends(&cluster, &flash);
    leaders_lead(&cluster);
}

#[test]
fn a_control_plane_lives_from_the_kubeadm_layout() {
    let mut cluster = Cluster::start("kubeadm");
    lives(&cluster, "kube-apiserver-kubelet-client");
    renewal::a_cron_job_is_accepted(&cluster);
    renewal::happens_under_a_running_control_plane(&cluster);
    cluster.plane.start();
    cluster.as_user("admin", &["get", "nodes"]).expect_success();
    leaders_lead(&cluster);
}

#[test]
fn a_control_plane_lives_from_the_hard_way_layout() {
    lives(&Cluster::start("hard-way"), "kubernetes");
}

/// What has to be so in every layout.
fn lives(cluster: &Cluster, kubelet_client: &str) {
    admins::have_no_rights_before_the_manifest_and_all_after_it(cluster);
    kubelets::may_change_their_own_node_alone(cluster);
    kubelets::obey_the_apiserver(cluster, kubelet_client);
    etcd::refuses_strangers(cluster);
    leaders_lead(cluster);
}

/// The controller manager and the scheduler hold their leases, taken with the kubeconfigs we made,
/// still after all that went before.
fn leaders_lead(cluster: &Cluster) {
    for component in [Component::ControllerManager, Component::Scheduler] {
        let holder = cluster.plane.wait_for_lease(component);
        let ask = ["-n", "kube-system", "get", "lease", component.program(), "-o", "yaml"];
        let lease = cluster.as_user("super-admin", &ask).expect_success();
        assert!(lease.contains(&holder), "{holder} is not in {lease}");
        assert_eq!(cluster.plane.process(component).exit_status(), None);
    }
}
