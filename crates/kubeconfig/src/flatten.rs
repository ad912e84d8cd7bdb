//! Files to data: a kubeconfig that needs no other file. Opens none: a callback reads them.

use zeroize::Zeroizing;

use crate::{Data, Error, Kubeconfig, Secret};

impl Kubeconfig {
    /// Puts the contents of the CA, client certificate and key files where their paths were, as
    /// `kubectl config view --flatten` does. `read` is given each path as it is written here.
    ///
    /// Token files stay files, because whoever writes them changes them. What a failure leaves
    /// behind is of no use.
    ///
    /// # Errors
    ///
    /// `BothForms` when a path and data are given for one thing, which kubectl refuses too; and
    /// what `read` says.
    pub fn flatten<E: From<Error>>(
        &mut self,
        mut read: impl FnMut(&str) -> Result<Zeroizing<Vec<u8>>, E>,
    ) -> Result<(), E> {
        for named in &mut self.clusters {
            let cluster = &mut named.cluster;
            embed(
                &mut cluster.certificate_authority,
                &mut cluster.certificate_authority_data,
                |bytes| Data::from(bytes.to_vec()),
                || Error::both_forms("clusters", &named.name, "certificate-authority"),
                &mut read,
            )?;
        }
        for named in &mut self.users {
            let user = &mut named.user;
            embed(
                &mut user.client_certificate,
                &mut user.client_certificate_data,
                |bytes| Data::from(bytes.to_vec()),
                || Error::both_forms("users", &named.name, "client-certificate"),
                &mut read,
            )?;
            embed(
                &mut user.client_key,
                &mut user.client_key_data,
                Secret::from,
                || Error::both_forms("users", &named.name, "client-key"),
                &mut read,
            )?;
        }
        Ok(())
    }
}

fn embed<T, E: From<Error>>(
    path: &mut Option<String>,
    data: &mut Option<T>,
    make: impl FnOnce(Zeroizing<Vec<u8>>) -> T,
    both: impl FnOnce() -> Error,
    read: &mut impl FnMut(&str) -> Result<Zeroizing<Vec<u8>>, E>,
) -> Result<(), E> {
    let Some(file) = path.as_deref().filter(|path| !path.is_empty()) else { return Ok(()) };
    if data.is_some() {
        return Err(both().into());
    }
    *data = Some(make(read(file)?));
    *path = None;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_data_and_token_files_stay() {
        let mut config = Kubeconfig::parse(
            "clusters: [{name: c, cluster: {certificate-authority: a}}]
users: [{name: u, user: {client-certificate: b, client-key: c, tokenFile: d}}]
",
        )
        .unwrap();
        let read = |path: &str| Ok::<_, Error>(Zeroizing::new(format!("<{path}>").into_bytes()));
        config.flatten(read).unwrap();
        let user = &config.users[0].user;
        assert_eq!(config.clusters[0].cluster.certificate_authority, None);
        assert_eq!(config.clusters[0].cluster.certificate_authority_data, Some("<a>".into()));
        assert_eq!(user.client_certificate_data, Some("<b>".into()));
        assert_eq!(user.client_key_data, Some("<c>".into()));
        assert_eq!(user.token_file.as_deref(), Some("d"));
    }

    #[test]
    fn two_forms_of_one_thing_are_refused_as_kubectl_refuses_them() {
        let text = "users: [{name: u, user: {client-key: k, client-key-data: QUFB}}]";
        let error = Kubeconfig::parse(text)
            .unwrap()
            .flatten(|_| Ok::<_, Error>(Zeroizing::default()))
            .unwrap_err();
        assert_eq!(error, Error::both_forms("users", "u", "client-key"));
    }
}
