//! Kubernetes' CertificateSigningRequest (`certificates.k8s.io/v1`): the object as YAML, and what
//! its built-in signers refuse, found before anything is sent. Sends nothing.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use kubepki_ca::{AttributeType, RequestedName, SigningRequest, SubjectAltName};
use serde_json::json;

use crate::spec::{InvalidValue, Lifetime, choose, quote};

/// A usage in the API's words, such as `client auth`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Usage(&'static str);

impl Usage {
    pub(crate) const CLIENT_AUTH: Self = Self("client auth");
    pub(crate) const DIGITAL_SIGNATURE: Self = Self("digital signature");
    pub(crate) const KEY_ENCIPHERMENT: Self = Self("key encipherment");
    pub(crate) const SERVER_AUTH: Self = Self("server auth");

    /// The word of the API.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

/// Every usage that the API knows (`KeyUsage` of k8s.io/api/certificates/v1).
const USAGES: [Usage; 23] = [
    Usage("signing"),
    Usage("digital signature"),
    Usage("content commitment"),
    Usage("key encipherment"),
    Usage("key agreement"),
    Usage("data encipherment"),
    Usage("cert sign"),
    Usage("crl sign"),
    Usage("encipher only"),
    Usage("decipher only"),
    Usage("any"),
    Usage("server auth"),
    Usage("client auth"),
    Usage("code signing"),
    Usage("email protection"),
    Usage("s/mime"),
    Usage("ipsec end system"),
    Usage("ipsec tunnel"),
    Usage("ipsec user"),
    Usage("timestamping"),
    Usage("ocsp signing"),
    Usage("microsoft sgc"),
    Usage("netscape sgc"),
];

/// Reads `client auth` and, as it is easier to type, `client-auth`.
impl FromStr for Usage {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        choose("usage", &text.replace('-', " "), USAGES, Self::name)
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Who is to sign, `<domain>/<path>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignerName(String);

impl SignerName {
    /// `kubernetes.io/kube-apiserver-client`.
    pub const KUBE_APISERVER_CLIENT: &str = "kubernetes.io/kube-apiserver-client";
    /// `kubernetes.io/kube-apiserver-client-kubelet`.
    pub const KUBE_APISERVER_CLIENT_KUBELET: &str = "kubernetes.io/kube-apiserver-client-kubelet";
    /// `kubernetes.io/kubelet-serving`.
    pub const KUBELET_SERVING: &str = "kubernetes.io/kubelet-serving";

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The usages to ask a built-in signer for; none are known of others.
    pub fn usages(&self) -> Vec<Usage> {
        match self.as_str() {
            Self::KUBE_APISERVER_CLIENT | Self::KUBE_APISERVER_CLIENT_KUBELET => {
                vec![Usage::DIGITAL_SIGNATURE, Usage::CLIENT_AUTH]
            }
            Self::KUBELET_SERVING => vec![Usage::DIGITAL_SIGNATURE, Usage::SERVER_AUTH],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for SignerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SignerName {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid = |reason: &str| {
            let message = format!("{} is no signer: {reason}", quote(text));
            InvalidValue::new(message).hinted(format!(
                "write one of {}, {}, {}, or <domain>/<name> of your own",
                Self::KUBE_APISERVER_CLIENT,
                Self::KUBE_APISERVER_CLIENT_KUBELET,
                Self::KUBELET_SERVING
            ))
        };
        let Some((domain, path)) = text.split_once('/') else {
            return Err(invalid("it has no `/`"));
        };
        let is_domain = domain.contains('.') && is_subdomain(domain);
        // 571 = 253 for the domain, 1, and 63 + 1 + 253 for the path (validateSignerName).
        if !is_domain || !path.split('/').all(is_subdomain) || text.len() > 571 {
            return Err(invalid("it is no `<domain>/<name>` in lower case"));
        }
        let known = [
            Self::KUBE_APISERVER_CLIENT,
            Self::KUBE_APISERVER_CLIENT_KUBELET,
            Self::KUBELET_SERVING,
        ];
        if text == "kubernetes.io/legacy-unknown" {
            return Err(invalid("certificates.k8s.io/v1 has it no longer"));
        }
        if domain == "kubernetes.io" && !known.contains(&text) {
            return Err(invalid("Kubernetes has no such signer"));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A rule of a built-in signer, or of the API, that a request breaks. Displayed as `RULE: MESSAGE`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {message}")]
pub struct SignerRefusal {
    /// The rule's name, such as `usages`.
    pub rule: &'static str,
    /// What breaks it.
    pub message: String,
}

/// A CertificateSigningRequest that no built-in rule refuses.
#[derive(Clone, Debug)]
pub struct CertificateSigningRequest {
    name: String,
    signer: SignerName,
    usages: Vec<Usage>,
    expiration: Option<Lifetime>,
    request: SigningRequest,
}

impl CertificateSigningRequest {
    /// Checks what the API and the signer would check (pkg/apis/certificates/helpers.go and
    /// plugin/pkg/admission/certificates of Kubernetes).
    pub fn new(
        name: &str,
        signer: SignerName,
        usages: Vec<Usage>,
        expiration: Option<Lifetime>,
        request: SigningRequest,
    ) -> Result<Self, SignerRefusal> {
        let this = Self { name: name.to_owned(), signer, usages, expiration, request };
        this.check_object()?;
        match this.signer.as_str() {
            SignerName::KUBE_APISERVER_CLIENT => this.check_client()?,
            SignerName::KUBE_APISERVER_CLIENT_KUBELET => this.check_kubelet_client()?,
            SignerName::KUBELET_SERVING => this.check_kubelet_serving()?,
            _ => {}
        }
        Ok(this)
    }

    /// The object as YAML.
    pub fn to_yaml(&self) -> String {
        // Invariant: strings, numbers and lists of them are always YAML.
        kubepki_report::yaml(&self.to_object()).expect("plain values")
    }

    /// The object, as the API takes it.
    pub(crate) fn to_object(&self) -> serde_json::Value {
        let usages: Vec<_> = self.usages.iter().map(|usage| usage.name()).collect();
        let mut spec = json!({
            "request": STANDARD.encode(self.request.to_pem()),
            "signerName": self.signer.as_str(),
            "usages": usages,
        });
        if let Some(expiration) = self.expiration {
            spec["expirationSeconds"] = expiration.duration().as_secs().into();
        }
        json!({
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": { "name": self.name },
            "spec": spec,
        })
    }

    fn check_object(&self) -> Result<(), SignerRefusal> {
        if !is_subdomain(&self.name) {
            return refused("name", format!("{} is no DNS-1123 subdomain", quote(&self.name)));
        }
        if self.usages.is_empty() {
            return refused(
                "usages",
                format!("there are none, and none are known of {}", self.signer),
            );
        }
        let mut sorted = self.usages.clone();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            return refused("usages", format!("`{}` is there twice", twice[0]));
        }
        match self.expiration {
            Some(expiration) if expiration.duration().as_secs() < 600 => {
                refused("expiration", format!("{expiration} is less than 10 minutes"))
            }
            // The field is an int32.
            Some(expiration) if i32::try_from(expiration.duration().as_secs()).is_err() => {
                refused("expiration", format!("{expiration} is more than the field holds"))
            }
            _ => Ok(()),
        }
    }

    fn check_client(&self) -> Result<(), SignerRefusal> {
        let allowed = [Usage::CLIENT_AUTH, Usage::DIGITAL_SIGNATURE, Usage::KEY_ENCIPHERMENT];
        self.check_usages(Usage::CLIENT_AUTH, &allowed)?;
        if self.organizations().any(|group| group == "system:masters") {
            let message = "the admission plugin CertificateSubjectRestriction refuses it";
            return refused("system-masters", message.to_owned());
        }
        Ok(())
    }

    fn check_kubelet_client(&self) -> Result<(), SignerRefusal> {
        self.check_node()?;
        if let Some(name) = self.request.requested_names().next() {
            return refused("names", format!("`{name}`: a kubelet's client certificate has none"));
        }
        self.check_kubelet_usages(Usage::CLIENT_AUTH)
    }

    fn check_kubelet_serving(&self) -> Result<(), SignerRefusal> {
        self.check_node()?;
        let mut count = 0;
        for name in self.request.requested_names() {
            match name {
                RequestedName::Known(SubjectAltName::Dns(_) | SubjectAltName::Ip(_)) => count += 1,
                other => return refused("names", format!("`{other}` is no DNS name or address")),
            }
        }
        if count == 0 {
            return refused("names", "there is no DNS name and no address".to_owned());
        }
        self.check_kubelet_usages(Usage::SERVER_AUTH)
    }

    fn check_node(&self) -> Result<(), SignerRefusal> {
        let groups: Vec<_> = self.organizations().collect();
        if groups != ["system:nodes"] {
            return refused("organization", "O is not system:nodes alone".to_owned());
        }
        // Go keeps the last CN.
        let names = self.request.requested_subject().values(&AttributeType::CommonName);
        match names.last() {
            Some(name) if name.starts_with("system:node:") => Ok(()),
            _ => refused("common-name", "CN does not begin with system:node:".to_owned()),
        }
    }

    /// Exactly the one usage and `digital signature`, with `key encipherment` or without.
    fn check_kubelet_usages(&self, usage: Usage) -> Result<(), SignerRefusal> {
        let allowed = [usage, Usage::DIGITAL_SIGNATURE, Usage::KEY_ENCIPHERMENT];
        self.check_usages(Usage::DIGITAL_SIGNATURE, &allowed)?;
        self.check_usages(usage, &allowed)
    }

    fn check_usages(&self, needed: Usage, allowed: &[Usage]) -> Result<(), SignerRefusal> {
        if !self.usages.contains(&needed) {
            return refused("usages", format!("`{needed}` is missing for {}", self.signer));
        }
        match self.usages.iter().find(|usage| !allowed.contains(usage)) {
            Some(other) => refused("usages", format!("{} gives no `{other}`", self.signer)),
            None => Ok(()),
        }
    }

    fn organizations(&self) -> impl Iterator<Item = &str> {
        self.request.requested_subject().values(&AttributeType::Organization)
    }
}

fn refused(rule: &'static str, message: String) -> Result<(), SignerRefusal> {
    Err(SignerRefusal { rule, message })
}

/// A DNS-1123 subdomain (RFC 1123, 2.1, in lower case), of at most 253 characters.
pub(crate) fn is_subdomain(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(inner)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubepki_ca::{KeyAlgorithm, KeyPair, Subject};

    fn check(
        signer: &str,
        usages: &str,
        cn: &str,
        groups: &[&str],
        names: &[&str],
    ) -> Result<CertificateSigningRequest, &'static str> {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let names: Vec<_> = names.iter().map(|name| name.parse().unwrap()).collect();
        let subject = Subject::new(cn).with_organizations(groups.iter().copied());
        let request = SigningRequest::create(&subject, &names, &key).unwrap();
        let usages = usages.split(',').map(|usage| usage.parse().unwrap()).collect();
        let expiration = Some("24h".parse().unwrap());
        let signer = signer.parse().unwrap();
        CertificateSigningRequest::new("a-b.c", signer, usages, expiration, request)
            .map_err(|refusal| refusal.rule)
    }

    #[test]
    fn built_in_signers_have_their_rules() {
        let client = SignerName::KUBE_APISERVER_CLIENT;
        let kubelet = SignerName::KUBE_APISERVER_CLIENT_KUBELET;
        let serving = SignerName::KUBELET_SERVING;
        let (user, node, nodes) = ("jane", "system:node:a", "system:nodes");
        let ca = "client auth,digital signature";
        for (signer, usages, cn, group, names, rule) in [
            (client, "client auth", user, "dev", &["a"][..], None),
            (client, "client-auth,key-encipherment", user, "dev", &[], None),
            (client, "digital signature", user, "dev", &[], Some("usages")),
            (client, "client auth,server auth", user, "dev", &[], Some("usages")),
            (client, ca, user, "system:masters", &[], Some("system-masters")),
            (kubelet, ca, node, nodes, &[], None),
            (kubelet, "client auth,digital signature,key encipherment", node, nodes, &[], None),
            (kubelet, "client auth", node, nodes, &[], Some("usages")),
            (kubelet, ca, node, "dev", &[], Some("organization")),
            (kubelet, ca, user, nodes, &[], Some("common-name")),
            (kubelet, ca, node, nodes, &["a"], Some("names")),
            (serving, "server auth,digital signature", node, nodes, &["a", "10.0.0.1"], None),
            (serving, "server auth,digital signature", node, nodes, &[], Some("names")),
            (serving, "server auth,digital signature", node, nodes, &["a://b"], Some("names")),
            (serving, ca, node, nodes, &["a"], Some("usages")),
            ("example.com/mine", "any", user, "dev", &[], None),
            ("example.com/mine", "any,any", user, "dev", &[], Some("usages")),
        ] {
            let result = check(signer, usages, cn, &[group], names);
            assert_eq!(result.err(), rule, "{signer} {usages} {cn} {group} {names:?}");
        }
    }

    #[test]
    fn signer_names_and_usages_are_the_apis() {
        for bad in [
            "kubernetes.io",
            "kubernetes.io/legacy-unknown",
            "kubernetes.io/other",
            "x/y",
            "Example.com/a",
            "example.com/",
            "/a",
            "example.com/a b",
        ] {
            assert!(bad.parse::<SignerName>().unwrap_err().hint().is_some(), "{bad}");
        }
        assert!("client  auth".parse::<Usage>().is_err());
    }

    #[test]
    fn the_object_is_yaml() {
        let yaml = check("example.com/mine", "any", "jane", &[], &[]).unwrap().to_yaml();
        let object: serde_json::Value = serde_yaml::from_str(&yaml).unwrap();
        assert_eq!(object["spec"]["expirationSeconds"], 86400);
        let request = STANDARD.decode(object["spec"]["request"].as_str().unwrap()).unwrap();
        assert!(request.starts_with(b"-----BEGIN CERTIFICATE REQUEST-----\n"));
        assert_eq!(object["metadata"]["name"], "a-b.c");
    }
}
