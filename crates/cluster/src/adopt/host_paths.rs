//! Where the files lie on a machine: said, or told by the folder that was adopted, or by the file of
//! the apiserver's certificate, which every tool calls otherwise. Facts only.

use super::{AdoptOptions, Note, guess::Guess, leaves::Leaf, role::Role};
use crate::spec::HostPaths;

/// Where the files lie on a machine; none where nothing tells.
pub(super) fn of(
    leaves: &[Leaf<'_>],
    options: &AdoptOptions,
    notes: &mut Vec<Note>,
) -> Guess<Option<HostPaths>> {
    if let Some(places) = &options.places {
        return Guess::new(Some(places.clone()), "`--places`");
    }
    if let Some(places) = &options.folder {
        return Guess::new(Some(places.clone()), "the folder that was adopted");
    }
    let has = |file: &str| leaves.iter().any(|leaf| leaf.path().as_str() == file);
    let apiservers = leaves.iter().filter(|leaf| leaf.role == Role::Apiserver);
    let mut tools = apiservers.filter_map(|leaf| {
        let row = FILES.iter().find(|row| row.apiserver == leaf.path().as_str())?;
        row.beside.is_none_or(has).then_some((row, leaf.path()))
    });
    let Some((row, path)) = tools.next() else {
        return Guess::new(None, "where the files lie on a machine is not known");
    };
    let places = row.places.parse().ok();
    let source = format!("assumed from `{path}`, which is {}", row.tool);
    let what = format!("that machines have the files in {}", row.what());
    notes.push(Note::Assumed { what, option: Some("--places") });
    Guess::new(places, source)
}

/// Which tool calls the apiserver's certificate so, and where the adopted folder then lies.
struct Row {
    apiserver: &'static str,
    /// Another file, where the first is no tool's alone.
    beside: Option<&'static str>,
    tool: &'static str,
    places: &'static str,
}

impl Row {
    fn what(&self) -> String {
        match self.places {
            "hard-way" => "the tutorial's folders".to_owned(),
            folder => format!("`{folder}`"),
        }
    }
}

#[rustfmt::skip]
const FILES: [Row; 8] = [
    Row { apiserver: "pki/apiserver.crt", beside: None, tool: "kubeadm's", places: "/etc/kubernetes" },
    Row { apiserver: "apiserver.crt", beside: Some("apiserver-kubelet-client.crt"), tool: "kubeadm's", places: "/etc/kubernetes/pki" },
    Row { apiserver: "serving-kube-apiserver.crt", beside: None, tool: "k3s's", places: "/var/lib/rancher/k3s/server/tls" },
    Row { apiserver: "tls/serving-kube-apiserver.crt", beside: None, tool: "k3s's", places: "/var/lib/rancher/k3s/server" },
    Row { apiserver: "server/tls/serving-kube-apiserver.crt", beside: None, tool: "k3s's", places: "/var/lib/rancher/k3s" },
    Row { apiserver: "kube-api-server.crt", beside: None, tool: "the tutorial's", places: "hard-way" },
    Row { apiserver: "kubernetes.pem", beside: None, tool: "the tutorial's with cfssl", places: "hard-way" },
    Row { apiserver: "kubernetes.crt", beside: None, tool: "the tutorial's", places: "hard-way" },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_one_that_a_spec_takes() {
        for row in FILES {
            row.places.parse::<HostPaths>().unwrap();
        }
    }
}
