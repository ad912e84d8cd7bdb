//! The role binding that goes with an identity.

use std::path::PathBuf;

use kubepki_cluster::{
    Allow,
    identity::Identity,
    manifest::{Binding, BindingError, BindingRole, BindingSubject},
};

use super::super::invalid;
use crate::{
    context::Context,
    error::CommandError,
    files::{self, Access, IfExists, NewFile, named_file},
    kubectl::Kubectl,
};

#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Role binding")]
pub(super) struct RoleBinding {
    /// Bind this ClusterRole to the identity in one namespace
    #[arg(long, requires = "namespace", conflicts_with = "cluster_role")]
    role: Option<String>,
    /// The namespace of the role binding
    #[arg(long, requires = "role")]
    namespace: Option<String>,
    /// Bind this ClusterRole to the identity in the whole cluster
    #[arg(long)]
    cluster_role: Option<String>,
    /// Bind the role to this group instead
    #[arg(long, value_name = "GROUP")]
    bind_group: Option<String>,
    /// Apply the binding to the cluster, with kubectl
    #[arg(long)]
    apply: bool,
    /// The file to write the binding to [default: NAME.rbac.yaml]
    #[arg(long, value_name = "FILE", value_parser = named_file)]
    rbac_output: Option<PathBuf>,
    #[command(flatten)]
    kubectl: Kubectl,
}

impl RoleBinding {
    /// The binding that is asked for.
    pub(super) fn binding(
        &self,
        identity: &Identity,
        allow: Allow,
    ) -> Result<Option<Binding>, CommandError> {
        let role = match (&self.cluster_role, &self.role, &self.namespace) {
            (Some(role), _, _) => BindingRole::Cluster(role),
            (None, Some(role), Some(namespace)) => {
                BindingRole::ClusterInNamespace { role, namespace }
            }
            _ if self.apply => {
                return Err(CommandError::usage("`--apply` needs a role binding")
                    .hint("add `--role view --namespace web` or `--cluster-role view`"));
            }
            _ => return Ok(None),
        };
        let subject = match &self.bind_group {
            Some(group) => BindingSubject::Group(group),
            None => BindingSubject::User(identity.user_name()),
        };
        let binding = Binding::new(subject, role, allow);
        binding.map(Some).map_err(|error| match error {
            BindingError::Refused(refused) => invalid(&refused.into()),
            _ => CommandError::usage(error.to_string()),
        })
    }

    /// Finds out before anything is signed whether the binding can be written.
    pub(super) fn check(&self, identity: &Identity) -> Result<(), CommandError> {
        files::check_targets([self.path(identity).as_path()], IfExists::Replace)
    }

    /// The file of the binding, which is written with the credential.
    pub(super) fn file<'a>(&self, yaml: &'a str, identity: &Identity) -> NewFile<'a> {
        let (path, contents) = (self.path(identity), yaml.as_bytes());
        NewFile { path, contents, access: Access::Everybody }
    }

    /// Says where the binding is, and sends it if that is asked for.
    pub(super) fn send(
        &self,
        yaml: &str,
        identity: &Identity,
        context: &mut Context,
    ) -> Result<(), CommandError> {
        let path = self.path(identity);
        context.printer.talk(&format!("wrote `{}`", path.display()));
        if self.apply {
            let said = self.kubectl.apply(yaml).map_err(|error| {
                let path = path.display();
                error.hint(format!(
                    "the credential works; to bind its role: kubectl apply -f {path}"
                ))
            })?;
            context.printer.talk(said.trim());
        } else {
            context.printer.talk(&format!("next: kubectl apply -f {}", path.display()));
        }
        Ok(())
    }

    fn path(&self, identity: &Identity) -> PathBuf {
        let default = || PathBuf::from(format!("{}.rbac.yaml", identity.file_name));
        self.rbac_output.clone().unwrap_or_else(default)
    }
}
