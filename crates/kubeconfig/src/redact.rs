//! A kubeconfig to show around: without its secrets. Nothing is shown because nobody thought of
//! it: what this crate does not know is hidden.

use crate::{AuthInfo, Cluster, Data, Fields, Kubeconfig, Secret, Value, fields::Node};

/// What stands in the place of a secret.
const REDACTED: &str = "REDACTED";

/// What base64 makes `DATA+OMITTED` of, which kubectl writes into `*-data` fields.
const OMITTED: [u8; 9] = [0x0c, 0x04, 0xc0, 0xf8, 0xe3, 0x08, 0x4d, 0x31, 0x03];

impl Kubeconfig {
    /// Replaces secrets as `kubectl config view` does: `DATA+OMITTED` for certificates and keys,
    /// `REDACTED` for tokens and passwords.
    ///
    /// Stricter than kubectl, which shows them: the values in an `exec` plugin's environment and
    /// in an `auth-provider`'s configuration, the password in a URL, PEM text where a path
    /// belongs, and fields that client-go does not know are `REDACTED` too. The arguments of an
    /// `exec` plugin and `extensions` are shown.
    pub fn redact(&mut self) {
        hide_unknown(&mut self.other, &["extensions"]);
        hide_unknown(&mut self.preferences, &["colors", "extensions"]);
        for entry in &mut self.clusters {
            hide_unknown(&mut entry.other, &[]);
            cluster(&mut entry.cluster);
        }
        for entry in &mut self.users {
            hide_unknown(&mut entry.other, &[]);
            user(&mut entry.user);
        }
        for entry in &mut self.contexts {
            hide_unknown(&mut entry.other, &[]);
            hide_unknown(&mut entry.context.other, &["extensions"]);
        }
    }
}

fn cluster(cluster: &mut Cluster) {
    let Cluster {
        server,
        certificate_authority,
        certificate_authority_data,
        insecure_skip_tls_verify: _,
        tls_server_name: _,
        proxy_url,
        other,
    } = cluster;
    hide_url_password(server);
    proxy_url.iter_mut().for_each(hide_url_password);
    certificate_authority.iter_mut().for_each(hide_pem);
    hide_data(certificate_authority_data);
    hide_unknown(other, &["disable-compression", "extensions"]);
}

fn user(user: &mut AuthInfo) {
    let AuthInfo {
        client_certificate,
        client_certificate_data,
        client_key,
        client_key_data,
        token,
        token_file,
        username: _,
        password,
        other,
    } = user;
    for path in [client_certificate, client_key, token_file] {
        path.iter_mut().for_each(hide_pem);
    }
    hide_data(client_certificate_data);
    if client_key_data.is_some() {
        *client_key_data = Some(Secret::from(OMITTED.to_vec()));
    }
    for secret in [token, password] {
        if secret.is_some() {
            *secret = Some(REDACTED.into());
        }
    }
    let known = ["as", "as-groups", "as-uid", "as-user-extra", "extensions"];
    for (name, value) in other.iter_mut() {
        match (name, value.as_fields_mut()) {
            ("exec", Some(exec)) => hide_exec(exec),
            ("auth-provider", Some(provider)) => hide_unknown(provider, &["name"]),
            (name, _) if known.contains(&name) => {}
            _ => hide(value),
        }
    }
}

fn hide_exec(exec: &mut Fields) {
    if let Some(Value(Node::List(variables))) = exec.get_mut("env") {
        for variable in variables {
            match variable.as_fields_mut() {
                Some(fields) => hide_unknown(fields, &["name"]),
                None => hide(variable),
            }
        }
    }
    let public = [
        "apiVersion",
        "args",
        "command",
        "env",
        "installHint",
        "interactiveMode",
        "provideClusterInfo",
    ];
    hide_unknown(exec, &public);
}

fn hide_unknown(fields: &mut Fields, known: &[&str]) {
    for (name, value) in fields.iter_mut() {
        if !known.contains(&name) {
            hide(value);
        }
    }
}

/// Replaces every scalar; the names of fields stay.
fn hide(value: &mut Value) {
    match &mut value.0 {
        Node::Fields(fields) => hide_unknown(fields, &[]),
        Node::List(items) => items.iter_mut().for_each(hide),
        Node::Plain(text) if text.expose() == "null" => {}
        Node::Plain(_) | Node::Text(_) => *value = REDACTED.into(),
    }
}

fn hide_data(data: &mut Option<Data>) {
    if data.is_some() {
        *data = Some(Data::from(OMITTED.to_vec()));
    }
}

/// Somebody pastes a key, or its base64, where the path of its file belongs.
fn hide_pem(path: &mut String) {
    const BASE64_OF_PEM: &str = "LS0tLS1";
    if path.contains("-----BEGIN") || path.starts_with(BASE64_OF_PEM) {
        *path = REDACTED.to_owned();
    }
}

fn hide_url_password(url: &mut String) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let Some(at) = url[start..end].rfind('@') else { return };
    let user_info = &url[start..start + at];
    let hidden = match user_info.split_once(':') {
        Some((name, _)) => format!("{name}:{REDACTED}"),
        // A user name alone may be a token.
        None => REDACTED.to_owned(),
    };
    url.replace_range(start..start + at, &hidden);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left_wherever_it_is() {
        let mut config = Kubeconfig::parse(
            "x-top: s3cret
preferences: {colors: true, x: s3cret}
clusters:
- name: c
  token: s3cret
  cluster: {server: 'https://a:s3cret@h:6443/p@q', proxy-url: 'http://s3cret@proxy', x: [s3cret]}
users:
- name: u
  client-key-data: s3cret
  user:
    token: s3cret
    password: s3cret
    username: jane
    as: root
    client-key: \"-----BEGIN s3cret\"
    client-certificate-data: czNjcmV0
    client-key-data: czNjcmV0
    exec: {command: login, args: [-v], env: [{name: A, value: s3cret}, s3cret], token: s3cret}
    auth-provider: {name: oidc, config: {id-token: s3cret}}
    apiKey: {deep: [1, s3cret]}
contexts: [{name: k, x: s3cret, context: {cluster: c, user: u, password: s3cret}}]
",
        )
        .unwrap();
        config.redact();
        let text = config.to_yaml();
        assert!(!text.contains("s3cret") && !text.contains("czNjcmV0"), "{}", *text);
        for kept in [
            "server: \"https://a:REDACTED@h:6443/p@q\"",
            "proxy-url: http://REDACTED@proxy",
            "client-key-data: DATA+OMITTED",
            "client-certificate-data: DATA+OMITTED",
            "token: REDACTED",
            "username: jane",
            "as: root",
            "colors: true",
            "command: login",
            "- \"-v\"",
            "name: oidc",
        ] {
            assert!(text.replace('"', "").contains(&kept.replace('"', "")), "{kept}\n{}", *text);
        }
        let again = Kubeconfig::parse(text.as_bytes()).unwrap();
        assert_eq!(again.to_yaml(), text);
    }
}
