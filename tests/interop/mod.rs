//! Everything that `kubepki apply` makes, judged by programs that nobody here wrote: each example,
//! each layout and each key algorithm by openssl, GnuTLS, pkilint and kubectl.

mod certificate;
mod expected;
mod gnutls;
mod kubeconfig;
mod kubectl;
mod layouts;
mod made;
mod openssl;
mod pkilint;
mod spec;

pub(crate) use certificate::Certificate;

use made::Made;

use crate::environment::Environment;

/// One CA, one server, one client: enough for what only the algorithm changes.
const SMALL: &str = "
apiVersion: kubepki/v1alpha1
kind: Cluster
name: small
endpoint: api.example.com:6443
serviceCIDRs: [10.32.0.0/24]
certificates: {keyAlgorithm: ecdsa-p256}
hosts:
- {name: server, roles: [control-plane], addresses: [10.240.0.10]}
users: []
";

#[test]
fn the_hard_way_example_is_accepted() {
    let made = Made::of(&spec::example("hard-way"));
    accepted_by_all(&made);
    // The one batch with names of every kind; the list holds nothing that is not needed.
    pkilint::report(&made).expect_clean_with_all_entries_used();
}

#[test]
fn the_ha_example_is_accepted() {
    accepted_by_all(&Made::of(&spec::example("ha")));
}

#[test]
fn the_kubeadm_example_is_accepted() {
    accepted_by_all(&Made::of(&spec::example("kubeadm")));
}

#[test]
fn the_hard_way_layout_is_accepted() {
    let spec = spec::example("hard-way").replace("\nlayout: hosts\n", "\nlayout: hard-way\n");
    accepted_by_all(&Made::of(&spec));
}

#[test]
fn ecdsa_p384_is_accepted() {
    let tokens = "serviceAccountKeyAlgorithm: ";
    let spec = spec::example("hard-way")
        .replace(&format!("{tokens}rsa-2048"), &format!("{tokens}ecdsa-p256"));
    accepted_by_all(&Made::of(&with_algorithm(&spec, "ecdsa-p384")));
}

#[test]
fn ed25519_is_accepted() {
    accepted_by_all(&Made::of(&with_algorithm(&spec::example("hard-way"), "ed25519")));
}

#[test]
fn rsa_2048_is_accepted() {
    accepted_by_all(&Made::of(&with_algorithm(&spec::example("hard-way"), "rsa-2048")));
}

#[test]
fn rsa_3072_is_accepted() {
    accepted_by_all(&Made::of(&with_algorithm(&spec::example("hard-way"), "rsa-3072")));
}

/// The small cluster, because these keys take long to make.
#[test]
fn rsa_4096_is_accepted() {
    accepted_by_all(&Made::of(&with_algorithm(SMALL, "rsa-4096")));
}

/// A folder where the spec was applied to the PKI root `root`.
fn applied(spec: &str) -> Environment {
    let environment = Environment::of_spec(spec);
    environment.kubepki(&["apply", "--file", "cluster.yaml", "--dir", "root"]).expect_success();
    environment
}

/// The spec with another `keyAlgorithm`.
fn with_algorithm(spec: &str, algorithm: &str) -> String {
    let default = "keyAlgorithm: ecdsa-p256";
    assert_eq!(spec.matches(default).count(), 1, "{default:?} in {spec}");
    spec.replace(default, &format!("keyAlgorithm: {algorithm}"))
}

fn accepted_by_all(made: &Made) {
    kubectl::judge(made);
    openssl::judge(made);
    gnutls::judge(made);
    pkilint::report(made).expect_clean();
}
