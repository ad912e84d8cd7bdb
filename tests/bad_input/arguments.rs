//! Wrong arguments of `init`, and a `machines.txt` with errors.

use std::fs;

use super::{Environment, FAILED, USAGE, refuses};

const SERVER: &str = "10.240.0.10 server.kubernetes.local server\n";

#[test]
fn init_does_not_overwrite() {
    let environment = Environment::of_spec("# mine\n");
    refuses("init-exists", USAGE, &environment, &["init"]);
    assert_eq!(environment.read("cluster.yaml"), "# mine\n");
}

#[test]
fn init_does_not_write_through_a_dangling_link() {
    let environment = Environment::new();
    std::os::unix::fs::symlink("elsewhere.yaml", environment.path("cluster.yaml")).unwrap();
    refuses("init-exists", USAGE, &environment, &["init"]);
}

#[test]
fn init_into_a_directory_that_is_not_there() {
    let environment = Environment::new();
    refuses("init-no-directory", FAILED, &environment, &["init", "--dir", "pki"]);
}

#[test]
fn machines_that_are_not_there() {
    let environment = Environment::new();
    refuses("machines-missing", USAGE, &environment, &["init", "--machines", "machines.txt"]);
}

#[test]
fn machines_with_an_invalid_address() {
    refuses_machines(
        "machines-address",
        "10.240.0.256 node-0.kubernetes.local node-0 10.200.0.0/24",
    );
}

#[test]
fn machines_with_a_missing_column() {
    refuses_machines("machines-column", "10.240.0.20 node-0.kubernetes.local");
}

#[test]
fn machines_with_a_column_too_many() {
    refuses_machines("machines-columns", "10.240.0.20 node-0.local node-0 10.200.0.0/24 worker");
}

#[test]
fn machines_with_an_address_in_a_network() {
    refuses_machines("machines-subnet", "10.240.0.20 node-0.local node-0 10.200.0.1/24");
}

#[test]
fn a_machine_that_is_listed_twice() {
    refuses_machines("machines-twice", "10.240.0.20 server.local server 10.200.0.0/24");
}

#[test]
fn machines_without_a_server() {
    let environment = Environment::new();
    environment.write("machines.txt", "10.240.0.20 node-0.local node-0 10.200.0.0/24\n");
    refuses("machines-no-server", USAGE, &environment, &["init", "--machines", "machines.txt"]);
}

#[test]
fn machines_that_are_a_binary() {
    let environment = Environment::new();
    fs::write(environment.path("machines.txt"), [0x7f, b'E', b'L', b'F', 0, 0xff]).unwrap();
    refuses("machines-binary", USAGE, &environment, &["init", "--machines", "machines.txt"]);
}

#[test]
fn a_host_argument_that_is_no_host() {
    refuses("init-host", USAGE, &Environment::new(), &["init", "--host", "server@10.0.0.1"]);
}

#[test]
fn a_host_argument_with_an_unknown_role() {
    let args = ["init", "--host", "server=boss@10.0.0.1"];
    refuses("init-role", USAGE, &Environment::new(), &args);
}

#[test]
fn host_arguments_that_name_one_host_twice() {
    let host = ["--host", "a=control-plane+etcd@10.0.0.1", "--host", "a=worker@10.0.0.2"];
    refuses("init-host-twice", USAGE, &Environment::new(), &[&["init"], &host[..]].concat());
}

#[test]
fn an_endpoint_argument_that_is_a_url() {
    let args = ["init", "--endpoint", "https://api.example.com:6443"];
    refuses("init-endpoint", USAGE, &Environment::new(), &args);
}

#[test]
fn an_unknown_algorithm_argument() {
    let args = ["init", "--key-algorithm", "rsa-1024"];
    refuses("init-key-algorithm", USAGE, &Environment::new(), &args);
}

#[test]
fn an_unknown_layout_argument() {
    refuses("init-layout", USAGE, &Environment::new(), &["init", "--layout", "flat"]);
}

#[track_caller]
fn refuses_machines(name: &str, line: &str) {
    let environment = Environment::new();
    environment.write("machines.txt", &format!("{SERVER}{line}\n"));
    refuses(name, USAGE, &environment, &["init", "--machines", "machines.txt"]);
}
