//! What the tests of kubepki check against: programs that nobody here wrote. Depends on no
//! other crate of the workspace, so that no fault of theirs can hide behind it.
//!
//! * [`openssl`], [`certtool`] and [`pkilint`] judge certificates;
//! * [`ControlPlane`] starts a real etcd, kube-apiserver, kube-controller-manager and
//!   kube-scheduler from a host's files; [`kubeadm`] and [`tutorial`] make such files without us;
//! * [`programs`], [`ports`] and [`process`] are what those stand on, open to other tests.
//!
//! Everything here panics when the machine lacks something or a deadline passes: a test that
//! cannot check must fail. `tests/setup` installs all that is needed. What a checker *decides*
//! (a certificate refused, a request forbidden) is a value instead, so that tests can ask for it.
//!
//! ```no_run
//! use kubepki_testkit::{ControlPlane, HostFiles, Ports, Setup};
//!
//! let ports = Ports::reserve(); // first, because kubeconfigs name the apiserver's port
//! let host = std::path::Path::new("root/hosts/server"); // made for `ports.apiserver.number()`
//! let mut plane = ControlPlane::new(Setup::new(HostFiles::of_host(host), ports));
//! plane.start();
//! plane.kubectl("root/users/admin.conf".as_ref(), &["get", "namespaces"]).expect_success();
//! ```

#![allow(
    clippy::disallowed_methods,
    reason = "a test rig reads the environment, the clock and files; nothing that ships depends on it"
)]

pub mod certtool;
mod control_plane;
pub mod kubeadm;
pub mod machine;
pub mod network;
pub mod openssl;
pub mod pkilint;
pub mod ports;
pub mod process;
pub mod programs;
pub mod tutorial;
mod verification;

pub use control_plane::{
    Component, ControlPlane, EtcdFiles, FrontProxyFiles, HostFiles, KeyedCertificate, Ports, Setup,
    point_kubeconfig_at, wait_for,
};
pub use network::Network;
pub use programs::Output;
pub use verification::{Purpose, Verification};
