//! The Kubernetes objects that go with the certificates (`rbac.authorization.k8s.io/v1`), as YAML.

use ring::digest;
use serde::Serialize;

use crate::{
    certificates_api::is_subdomain,
    gate::{Allow, check_binding},
    policy::Refused,
    reserved::CLUSTER_ADMINS,
    spec::{ClusterSpec, Layout},
};

/// Binds one role to one user or group: a RoleBinding in a namespace, or a ClusterRoleBinding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    name: String,
    namespace: Option<String>,
    role_kind: &'static str,
    role: String,
    subject_kind: &'static str,
    subject: String,
}

/// Who a role is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingSubject<'a> {
    /// A group: an organization of certificates.
    Group(&'a str),
    /// A user: the common name of a certificate.
    User(&'a str),
}

/// Which role is bound, and where it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingRole<'a> {
    /// A ClusterRole in the whole cluster.
    Cluster(&'a str),
    /// A ClusterRole in one namespace.
    ClusterInNamespace {
        /// The ClusterRole.
        role: &'a str,
        /// The namespace.
        namespace: &'a str,
    },
    /// A Role of one namespace.
    Namespaced {
        /// The Role.
        role: &'a str,
        /// The namespace.
        namespace: &'a str,
    },
}

/// Why no binding can be made.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BindingError {
    /// A namespace that is no DNS-1123 label.
    #[error(
        "`{name}` is no namespace: it must be a DNS-1123 label, lower case, at most 63 characters"
    )]
    Namespace {
        /// The name as it was given.
        name: String,
    },
    /// It gives too much, or to too many, for one that nobody has allowed.
    #[error("{}", .0.message)]
    Refused(Refused),
    /// A role's name that cannot be a part of a URL.
    #[error("`{name}` is no role's name: it must not be empty, `.` or `..`, nor have `/` or `%`")]
    Role {
        /// The name as it was given.
        name: String,
    },
}

impl Binding {
    /// Binds `role` to `subject`, under a name made of both.
    pub fn new(
        subject: BindingSubject<'_>,
        role: BindingRole<'_>,
        allow: Allow,
    ) -> Result<Self, BindingError> {
        check_binding(subject, role, allow).map_err(BindingError::Refused)?;
        let (role_kind, role, namespace) = match role {
            BindingRole::Cluster(role) => ("ClusterRole", role, None),
            BindingRole::ClusterInNamespace { role, namespace } => {
                ("ClusterRole", role, Some(namespace))
            }
            BindingRole::Namespaced { role, namespace } => ("Role", role, Some(namespace)),
        };
        let (subject_kind, subject) = match subject {
            BindingSubject::Group(name) => ("Group", name),
            BindingSubject::User(name) => ("User", name),
        };
        // Kubernetes' rule for RBAC names: apimachinery, api/validation/path.
        if matches!(role, "" | "." | "..") || role.contains(['/', '%']) {
            return Err(BindingError::Role { name: role.escape_debug().to_string() });
        }
        if namespace.is_some_and(|name| !is_label(name)) {
            let name = namespace.unwrap_or_default().escape_debug().to_string();
            return Err(BindingError::Namespace { name });
        }
        Ok(Self {
            name: dns_1123(&format!("kubepki-{subject}-{role}")),
            namespace: namespace.map(str::to_owned),
            role_kind,
            role: role.to_owned(),
            subject_kind,
            subject: subject.to_owned(),
        })
    }

    /// The object as one YAML document, begun with `---`.
    pub fn to_yaml(&self) -> String {
        const GROUP: &str = "rbac.authorization.k8s.io";
        let object = Object {
            api_version: "rbac.authorization.k8s.io/v1",
            kind: if self.namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" },
            metadata: Metadata { name: &self.name, namespace: self.namespace.as_deref() },
            role_ref: Reference { api_group: GROUP, kind: self.role_kind, name: &self.role },
            subjects: [Reference {
                api_group: GROUP,
                kind: self.subject_kind,
                name: &self.subject,
            }],
        };
        // Invariant: a struct of strings always has a YAML form.
        format!("---\n{}", kubepki_report::yaml(&object).expect("strings serialise"))
    }
}

/// The ClusterRoleBindings without which `admin` and the apiserver's kubelet client have no rights.
pub(crate) fn rbac(spec: &ClusterSpec) -> String {
    // `kubernetes` is the apiserver's name in the tutorial, which has one certificate for both uses.
    let kubelet_client = match spec.layout {
        Layout::HardWay => "kubernetes",
        _ => "kube-apiserver-kubelet-client",
    };
    let header = format!(
        "# Made by kubepki for the cluster `{}`. Apply it once the apiserver runs, with the\n\
         # break-glass credential: kubectl --kubeconfig <super-admin> apply -f rbac.yaml\n",
        spec.name
    );
    let admins = binding("kubepki:cluster-admins", "cluster-admin", "Group", CLUSTER_ADMINS);
    let kubelets = binding(
        "kubepki:apiserver-kubelet-client",
        "system:kubelet-api-admin",
        "User",
        kubelet_client,
    );
    header + &admins + &kubelets
}

/// A ClusterRoleBinding of this very name.
pub(crate) fn binding(name: &str, role: &str, subject_kind: &'static str, subject: &str) -> String {
    let binding = Binding {
        name: name.to_owned(),
        namespace: None,
        role_kind: "ClusterRole",
        role: role.to_owned(),
        subject_kind,
        subject: subject.to_owned(),
    };
    binding.to_yaml()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    api_version: &'static str,
    kind: &'static str,
    metadata: Metadata<'a>,
    role_ref: Reference<'a>,
    subjects: [Reference<'a>; 1],
}

#[derive(Serialize)]
struct Metadata<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    api_group: &'static str,
    kind: &'static str,
    name: &'a str,
}

fn is_label(name: &str) -> bool {
    name.len() <= 63 && !name.contains('.') && is_subdomain(name)
}

/// A DNS-1123 subdomain made of any text. One that had to be changed gets a part of the text's
/// digest, so that two texts never share a name.
fn dns_1123(text: &str) -> String {
    // One label of 63 characters, less the digest and its hyphen.
    const LONGEST: usize = 54;
    let folded: String = text
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .take(LONGEST)
        .collect();
    let trimmed = folded.trim_matches('-');
    if trimmed == text {
        return folded;
    }
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let digest: String = digest.as_ref()[..4].iter().map(|octet| format!("{octet:02x}")).collect();
    format!("{trimmed}-{digest}")
}

#[cfg(test)]
mod tests {
    use kubepki_ca::DnsName;

    use super::*;

    #[test]
    fn a_role_in_a_namespace_is_a_role_binding() {
        let role = BindingRole::ClusterInNamespace { role: "view", namespace: "web" };
        let binding = Binding::new(BindingSubject::User("jane"), role, Allow::default()).unwrap();
        assert_eq!(
            binding.to_yaml(),
            "---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: kubepki-jane-view
  namespace: web
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: view
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: jane
"
        );
    }

    #[test]
    fn names_are_dns_1123_and_never_shared() {
        let mut seen = std::collections::HashSet::new();
        let long = "x".repeat(500);
        for user in ["jane", "Jane", "jane@example.com", "jane.example.com", "ä", "-", &long] {
            let binding = Binding::new(
                BindingSubject::Group(user),
                BindingRole::Cluster("view"),
                Allow::default(),
            );
            let name = binding.unwrap().name;
            assert_eq!(DnsName::parse(&name).unwrap().as_str(), name);
            assert!(seen.insert(name));
        }
    }

    #[test]
    fn bad_namespaces_and_roles_are_refused() {
        let user = BindingSubject::User("jane");
        for namespace in ["", "Web", "a.b", "a_b", "-a", &"a".repeat(64), "a\n"] {
            let role = BindingRole::Namespaced { role: "view", namespace };
            let error = Binding::new(user, role, Allow::default()).unwrap_err();
            assert!(matches!(error, BindingError::Namespace { .. }), "{namespace:?}");
        }
        for role in ["", ".", "..", "a/b", "a%b"] {
            let error =
                Binding::new(user, BindingRole::Cluster(role), Allow::default()).unwrap_err();
            assert!(matches!(error, BindingError::Role { .. }), "{role:?}");
        }
        Binding::new(user, BindingRole::Cluster("system:node-proxier"), Allow::EVERYTHING).unwrap();
    }
}
