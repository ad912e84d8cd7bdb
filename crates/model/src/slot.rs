//! What a file of a Kubernetes PKI is for. Facts only: each slot has its row in [`TABLE`].

use crate::{CommonName, Form, ProfileName, SlotFacts, TABLE};

/// What a certificate, key pair or kubeconfig is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Slot {
    /// An administrator.
    Admin,
    /// The apiserver's serving certificate.
    Apiserver,
    /// What the apiserver shows to etcd.
    ApiserverEtcdClient,
    /// What the apiserver shows to kubelets.
    ApiserverKubeletClient,
    /// The kubeconfig with which a kubelet asks for its first certificate.
    BootstrapKubelet,
    /// The token with which kubelets ask for their first certificates, as a manifest.
    BootstrapToken,
    /// The CA of clients, where servers have another.
    ClientCa,
    /// The CA of clients, kubelets and the apiserver.
    ClusterCa,
    /// What the controller manager shows to the apiserver.
    ControllerManager,
    /// The controller manager's serving certificate.
    ControllerManagerServer,
    /// The CA of etcd.
    EtcdCa,
    /// The file with the keys that encrypt Secrets in etcd.
    EncryptionConfig,
    /// What a health check shows to etcd.
    EtcdHealthcheckClient,
    /// What etcd members show to each other.
    EtcdPeer,
    /// The CA of what etcd members show to each other, where their clients know another.
    EtcdPeerCa,
    /// etcd's serving certificate.
    EtcdServer,
    /// The CA of etcd's clients and serving certificates, where its peers have another.
    EtcdServerCa,
    /// The CA of the front proxy.
    FrontProxyCa,
    /// What the front proxy shows to aggregated API servers.
    FrontProxyClient,
    /// What kube-proxy shows to the apiserver.
    KubeProxy,
    /// What a kubelet shows to the apiserver.
    Kubelet,
    /// A kubelet's serving certificate.
    KubeletServer,
    /// What only a spec knows, by a name of its own; the only one without a row.
    Other,
    /// The manifest that gives the clients their rights.
    Rbac,
    /// What the scheduler shows to the apiserver.
    Scheduler,
    /// The scheduler's serving certificate.
    SchedulerServer,
    /// The CA of servers, where clients have another.
    ServerCa,
    /// The key that signs ServiceAccount tokens.
    ServiceAccount,
    /// The CA's certificate in a file of its own, with which a controller manager signs requests.
    SigningCertificate,
    /// The break-glass administrator, whose group is above RBAC.
    SuperAdmin,
    /// Somebody or something that speaks to the apiserver.
    User,
}

impl Slot {
    /// Its row of [`TABLE`]; none for [`Slot::Other`].
    pub fn facts(self) -> Option<&'static SlotFacts> {
        TABLE.iter().find(|row| row.slot == self)
    }

    /// What its entry is called, such as `apiserver`; a user's has the user's name in it.
    pub fn name(self) -> &'static str {
        self.facts().map_or("other", |row| row.name)
    }

    /// The slot whose entry has this name; none for a user's, and for a name that only a spec knows.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name && row.slot != Self::User).map(|row| row.slot)
    }

    /// The slot of the entry that `kubepki adopt` makes of it. k3s' CA of clients is the one that a
    /// spec calls `ca`, for it issues the users.
    #[must_use]
    pub const fn adopted(self) -> Self {
        match self {
            Self::ClientCa => Self::ClusterCa,
            Self::EtcdServerCa => Self::EtcdCa,
            _ => self,
        }
    }

    /// Returns the user of Kubernetes' own ClusterRoleBindings that it has to be.
    pub fn component(self) -> Option<&'static str> {
        match self.facts()?.certificate?.common_name {
            CommonName::Fixed(name) if name.starts_with("system:") => Some(name),
            _ => None,
        }
    }

    /// Whether it is a user's.
    pub const fn is_user(self) -> bool {
        matches!(self, Self::Admin | Self::SuperAdmin | Self::User)
    }

    /// Whether it is a CA.
    pub fn is_authority(self) -> bool {
        self.profile() == Some(ProfileName::Ca)
    }

    /// Whether it is made once and never replaced, because what others hold would lose its worth with
    /// it: what a CA or a ServiceAccount key has signed, and what was encrypted.
    pub fn is_never_replaced(self) -> bool {
        let is_made_once = |row: &SlotFacts| matches!(row.form, Form::KeyPair | Form::Secret);
        self.is_authority() || self.facts().is_some_and(is_made_once)
    }

    /// The CA that issues it; none for CAs and for what is no certificate.
    pub fn authority(self) -> Option<Self> {
        self.facts()?.certificate?.issuer
    }

    /// Whether it is shown to a server, and so needs `clientAuth`.
    pub fn is_client(self) -> bool {
        matches!(self.profile(), Some(ProfileName::Client | ProfileName::Peer))
    }

    /// Whether it serves, and so needs `serverAuth`.
    pub fn is_server(self) -> bool {
        matches!(self.profile(), Some(ProfileName::Peer | ProfileName::Server))
    }

    /// The name in words, such as `the apiserver's serving certificate`.
    pub fn described(self) -> &'static str {
        self.facts().map_or("a file that only the spec knows", |row| row.described)
    }

    fn profile(self) -> Option<ProfileName> {
        Some(self.facts()?.certificate?.profile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Layout, Part};

    #[test]
    fn each_slot_has_one_row() {
        for (index, row) in TABLE.iter().enumerate() {
            let same = |other: &&SlotFacts| other.slot == row.slot || other.name == row.name;
            assert_eq!(TABLE[..index].iter().find(same).map(|row| row.name), None);
            assert_ne!(row.slot, Slot::Other);
            assert_eq!(row.slot.name(), row.name);
        }
    }

    /// Entries come after those that they are made from, and a client is no client of nobody.
    #[test]
    fn rows_fit_together() {
        for (index, row) in TABLE.iter().enumerate() {
            let is_before = |slot: Slot| TABLE[..index].iter().any(|row| row.slot == slot);
            let issuers = [row.certificate, row.hard_way].into_iter().flatten();
            for issuer in issuers.filter_map(|it| it.issuer) {
                assert!(issuer.is_authority() && is_before(issuer), "{}", row.name);
            }
            if let Form::TokenKubeconfig(of) = row.form {
                assert!(is_before(of), "{}", row.name);
            }
            if let Form::Copy(of, part) = row.form {
                assert!(of.facts().is_some_and(|it| it.file(part).is_some()), "{}", row.name);
            }
            for layout in Layout::ALL {
                let Some(place) = row.paths.of(layout) else { continue };
                assert_eq!(
                    place.is_of_host(),
                    place.named("x") != place.named("y") && row.slot != Slot::User,
                    "{}",
                    row.name
                );
            }
        }
    }

    #[test]
    fn every_file_of_a_row_has_a_reader_a_purpose_and_a_source() {
        for row in TABLE {
            for (index, file) in row.files.iter().enumerate() {
                assert!(!file.readers.is_empty() && !file.purpose.is_empty(), "{}", row.name);
                assert!(file.readers.iter().all(|it| !it.source.is_empty()), "{}", row.name);
                assert!(row.files[..index].iter().all(|it| it.part != file.part), "{}", row.name);
            }
            // Whatever a layout keeps for hosts is read there.
            let is_kept = row.paths.hosts.is_some_and(crate::Place::is_of_host);
            assert!(!is_kept || !row.files.is_empty(), "{}", row.name);
        }
        let kubelet = Slot::Kubelet.facts().unwrap();
        assert!([Part::Kubeconfig, Part::Key].iter().all(|part| kubelet.file(*part).is_some()));
    }
}
