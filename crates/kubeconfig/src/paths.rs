//! The files a kubeconfig names. Opens none of them.

use std::path::{Component, Path, PathBuf};

use crate::{Error, Kubeconfig, Value};

impl Kubeconfig {
    /// Makes every relative path absolute, counted from `folder`, the absolute path of the folder
    /// in which this kubeconfig lies: to be done before it is written to another folder.
    ///
    /// The paths are client-go's: the CA, client certificate, key and token files, and the command
    /// of an `exec` plugin unless it is looked for on the `PATH`. As there, `..` is resolved in the
    /// text alone.
    ///
    /// # Errors
    ///
    /// `UnprintableFolder` when there is a path to resolve and `folder` is not UTF-8.
    pub fn resolve_paths(&mut self, folder: &Path) -> Result<(), Error> {
        for path in self.paths() {
            if !path.is_empty() && Path::new(path).is_relative() {
                let whole = clean(&folder.join(&*path));
                *path = whole.into_os_string().into_string().map_err(|folder| {
                    Error::UnprintableFolder { folder: folder.to_string_lossy().into_owned() }
                })?;
            }
        }
        for user in &mut self.users {
            let Some(command) = user.user.other.get_mut("exec").and_then(command) else { continue };
            let Some(text) = command.as_text() else { continue };
            if text.contains('/') && Path::new(text).is_relative() {
                let whole = clean(&folder.join(text));
                *command = Value::from(whole.into_os_string().into_string().map_err(|folder| {
                    Error::UnprintableFolder { folder: folder.to_string_lossy().into_owned() }
                })?);
            }
        }
        Ok(())
    }

    fn paths(&mut self) -> impl Iterator<Item = &mut String> {
        let clusters = self.clusters.iter_mut();
        let of_clusters = clusters.flat_map(|entry| &mut entry.cluster.certificate_authority);
        let of_users = self.users.iter_mut().flat_map(|entry| {
            let user = &mut entry.user;
            [&mut user.client_certificate, &mut user.client_key, &mut user.token_file]
                .into_iter()
                .flatten()
        });
        of_clusters.chain(of_users)
    }
}

fn command(exec: &mut Value) -> Option<&mut Value> {
    exec.as_fields_mut()?.get_mut("command")
}

/// The path without `.` and `..`, as Go's `filepath.Clean`.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_are_counted_from_the_folder_and_others_stay() {
        let mut config = Kubeconfig::parse(
            "clusters: [{name: c, cluster: {certificate-authority: ../../../ca.crt}}]
users:
- {name: a, user: {client-certificate: ./x/../a.crt, client-key: /k, tokenFile: t}}
- {name: b, user: {exec: {command: bin/login}}}
- {name: c, user: {exec: {command: login}}}
",
        )
        .unwrap();
        config.resolve_paths(Path::new("/home/jane")).unwrap();
        let user = &config.users[0].user;
        assert_eq!(config.clusters[0].cluster.certificate_authority.as_deref(), Some("/ca.crt"));
        assert_eq!(user.client_certificate.as_deref(), Some("/home/jane/a.crt"));
        assert_eq!(user.client_key.as_deref(), Some("/k"));
        assert_eq!(user.token_file.as_deref(), Some("/home/jane/t"));
        let command = |at: usize| {
            let exec = config.users[at].user.other.get("exec").unwrap().as_fields().unwrap();
            exec.get("command").unwrap().as_text().unwrap().to_owned()
        };
        assert_eq!((command(1).as_str(), command(2).as_str()), ("/home/jane/bin/login", "login"));
    }
}
