//! Somebody's manifest of a CertificateSigningRequest, held against the API's and the signers'
//! rules before it is sent. Sends nothing.

use base64::{Engine, engine::general_purpose::STANDARD};
use kubepki_ca::SigningRequest;
use serde_json::Value;

use crate::{
    certificates_api::{CertificateSigningRequest, SignerName, SignerRefusal, Usage},
    policy::Refused,
    spec::{InvalidValue, too_deep_brackets},
};

/// A CertificateSigningRequest that may be sent, with every field of the manifest kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission(Value);

/// Why a manifest is not sent.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubmissionError {
    /// A field is missing or of another type.
    #[error("`{field}` is not what it should be: {wanted}")]
    Field {
        /// The field's path.
        field: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// Another kind of object, or more than one.
    #[error("it holds no CertificateSigningRequest of certificates.k8s.io/v1, alone")]
    Kind,
    /// The PKCS#10 request cannot be taken.
    #[error("its request breaks the rule {0}")]
    Request(Refused),
    /// The API or the signer would refuse it.
    #[error("its signer would refuse it by the rule {0}")]
    Signer(SignerRefusal),
    /// A value that the API does not know.
    #[error(transparent)]
    Value(InvalidValue),
    /// It is no YAML or JSON.
    #[error("it is no YAML")]
    Yaml,
}

impl Submission {
    /// Reads a manifest, YAML or JSON, and checks all that the API and a built-in signer would.
    pub fn parse(manifest: &str) -> Result<Self, SubmissionError> {
        if too_deep_brackets(manifest).is_some() {
            return Err(SubmissionError::Yaml);
        }
        let mut documents = serde_yaml::Deserializer::from_str(manifest).map(|document| {
            serde::Deserialize::deserialize(document).map_err(|_| SubmissionError::Yaml)
        });
        let object: Value = documents.next().ok_or(SubmissionError::Kind)??;
        let is_alone = documents.all(|more| more == Ok(Value::Null));
        let of_kind = |field: &str, wanted: &str| object[field] == wanted;
        if !is_alone
            || !of_kind("apiVersion", "certificates.k8s.io/v1")
            || !of_kind("kind", "CertificateSigningRequest")
        {
            return Err(SubmissionError::Kind);
        }
        check(&object)?;
        Ok(Self(object))
    }

    /// The object as JSON, to be sent.
    pub fn body(&self) -> String {
        self.0.to_string()
    }
}

impl From<&CertificateSigningRequest> for Submission {
    fn from(request: &CertificateSigningRequest) -> Self {
        Self(request.to_object())
    }
}

fn check(object: &Value) -> Result<(), SubmissionError> {
    let field = |field, wanted| move || SubmissionError::Field { field, wanted };
    let (metadata, spec) = (&object["metadata"], &object["spec"]);
    let name = match (metadata["name"].as_str(), metadata["generateName"].as_str()) {
        (Some(name), _) => name.to_owned(),
        // The apiserver adds five characters.
        (None, Some(prefix)) => format!("{prefix}xxxxx"),
        (None, None) => return Err(field("metadata.name", "a text")()),
    };
    let signer = spec["signerName"].as_str().ok_or_else(field("spec.signerName", "a text"))?;
    let signer: SignerName = signer.parse().map_err(SubmissionError::Value)?;
    let a_list = "a list of usages";
    let usages = spec["usages"].as_array().ok_or_else(field("spec.usages", a_list))?;
    let usages = usages.iter().map(|usage| {
        let usage = usage.as_str().ok_or_else(field("spec.usages", a_list))?;
        usage.parse::<Usage>().map_err(SubmissionError::Value)
    });
    let usages = usages.collect::<Result<Vec<_>, _>>()?;
    let seconds = match &spec["expirationSeconds"] {
        Value::Null => None,
        other => Some(other.as_i64().ok_or_else(field("spec.expirationSeconds", "a number"))?),
    };
    let expiration = seconds.map(|seconds| format!("{seconds}s").parse()).transpose();
    let request = spec["request"].as_str().and_then(|text| {
        let text: String = text.split_ascii_whitespace().collect();
        STANDARD.decode(text).ok()
    });
    let request = request.ok_or_else(field("spec.request", "PEM in base64"))?;
    let request = SigningRequest::from_pem(&request)
        .map_err(|error| SubmissionError::Request(Refused::from(error)))?;
    let expiration = expiration.map_err(SubmissionError::Value)?;
    CertificateSigningRequest::new(&name, signer, usages, expiration, request)
        .map(drop)
        .map_err(SubmissionError::Signer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kubepki_ca::{KeyAlgorithm, KeyPair, Subject};

    fn manifest() -> String {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let subject = Subject::new("jane").with_organizations(["dev"]);
        let request = SigningRequest::create(&subject, &[], &key).unwrap();
        let signer: SignerName = SignerName::KUBE_APISERVER_CLIENT.parse().unwrap();
        let usages = signer.usages();
        let expiration = Some("24h".parse().unwrap());
        let request = CertificateSigningRequest::new("jane", signer, usages, expiration, request);
        request.unwrap().to_yaml()
    }

    #[test]
    fn what_is_in_order_is_sent_with_every_field() {
        let yaml = manifest();
        let with_label = yaml.replace("metadata:\n", "metadata:\n  labels: {team: blue}\n");
        let body: Value =
            serde_json::from_str(&Submission::parse(&with_label).unwrap().body()).unwrap();
        assert_eq!(body["metadata"]["labels"]["team"], "blue");
        assert_eq!(body["spec"]["expirationSeconds"], 86400);
        assert!(Submission::parse(&format!("---\n{yaml}---\n")).is_ok());
        assert!(Submission::parse(&body.to_string()).is_ok());
        let generated = yaml.replace("  name: jane\n", "  generateName: jane-\n");
        assert!(Submission::parse(&generated).is_ok());
    }

    #[test]
    fn what_would_be_refused_is_not_sent() {
        let yaml = manifest();
        let parse = |text: &str| Submission::parse(text).unwrap_err().to_string();
        for (was, now, part) in [
            ("kind: CertificateSigningRequest", "kind: Secret", "no CertificateSigningRequest"),
            ("certificates.k8s.io/v1", "certificates.k8s.io/v1beta1", "no CertificateSigningReq"),
            ("name: jane", "name: ../jane", "name: "),
            ("name: jane", "name: 7", "`metadata.name`"),
            ("kubernetes.io/kube-apiserver-client", "kubernetes.io/else", "no such signer"),
            ("client auth", "server auth", "usages: "),
            ("client auth", "cook", "`cook`"),
            ("86400", "60", "expiration: "),
            ("86400", "'60'", "`spec.expirationSeconds`"),
            ("86400", "-1", "duration"),
            ("  request: ", "  request: AAAA", "malformed"),
            ("  request: ", "  request: '!'\n  other: ", "`spec.request`"),
        ] {
            assert!(yaml.contains(was), "{was}");
            let said = parse(&yaml.replacen(was, now, 1));
            assert!(said.contains(part), "{now}: {said}");
        }
        for text in
            ["", "[", "x", "a: b", "\0", &"[".repeat(100_000), &format!("{yaml}---\n{yaml}")]
        {
            parse(text);
        }
    }
}
