//! A kubeconfig as kubectl understands it. Parses no YAML itself.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kubepki_testkit::programs;

/// What kubectl reads in a kubeconfig.
pub(super) struct Kubeconfig {
    /// The file.
    pub(super) file: PathBuf,
    /// Its names and addresses, a line for each.
    pub(super) heading: String,
    /// The embedded CA certificate, in a file of its own.
    pub(super) authority: PathBuf,
    /// The embedded client certificate.
    pub(super) certificate: PathBuf,
    /// The embedded client key.
    pub(super) key: PathBuf,
}

impl Kubeconfig {
    /// Has kubectl read a file, and puts what it embeds into a new folder.
    pub(super) fn read(file: &Path, folder: &Path) -> Self {
        let mut command = programs::command("kubectl");
        command.arg("--kubeconfig").arg(file).args(["config", "view", "--raw"]);
        command.args(["-o", &format!("go-template={TEMPLATE}")]);
        let said = programs::finish(command, b"").expect_success();
        let parts: Vec<_> = said.split('%').collect();
        let [heading, authority, certificate, key] = parts[..] else {
            panic!("{}: four parts were expected: {said}", file.display())
        };
        fs::create_dir_all(folder).unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).unwrap();
            path
        };
        Self {
            file: file.to_owned(),
            heading: heading.trim().to_owned(),
            authority: write("ca.crt", authority),
            certificate: write("client.crt", certificate),
            key: write("client.key", key),
        }
    }
}

/// Each list in full, so that what should not be there is seen too.
const TEMPLATE: &str = r#"{{.apiVersion}} {{.kind}}
{{range .clusters}}cluster {{.name}} {{.cluster.server}}
{{end}}{{range .contexts}}context {{.name}} {{.context.cluster}} {{.context.user}}
{{end}}{{range .users}}user {{.name}}
{{end}}current {{index . "current-context"}}
{{range .clusters}}%{{index .cluster "certificate-authority-data" | base64decode}}{{end -}}
{{range .users}}%{{index .user "client-certificate-data" | base64decode}}{{end -}}
{{range .users}}%{{index .user "client-key-data" | base64decode}}{{end}}"#;
