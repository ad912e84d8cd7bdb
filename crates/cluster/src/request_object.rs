//! CertificateSigningRequest objects of `certificates.k8s.io/v1`, as an apiserver shows them and
//! takes them back. Speaks to no apiserver.

use jiff::Timestamp;
use kubepki_ca::{Certificate, PublicKey};
use serde_json::{Map, Value, json};

use base64::{Engine, engine::general_purpose::STANDARD};

/// A CertificateSigningRequest object, with every field the apiserver gave kept.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestObject {
    object: Value,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestState {
    /// Approved, and not signed yet.
    Approved,
    /// Denied.
    Denied,
    /// The signer would not sign it.
    Failed,
    /// Signed.
    Issued,
    /// Nobody has decided.
    Pending,
}

impl RequestState {
    /// The word that kubectl shows for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::Denied => "Denied",
            Self::Failed => "Failed",
            Self::Issued => "Approved,Issued",
            Self::Pending => "Pending",
        }
    }
}

/// A decision about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A signer may sign it.
    Approve,
    /// No signer may.
    Deny,
}

/// Why an object is not what it should be.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestObjectError {
    /// It has been decided already, and a decision is final.
    #[error("`{name}` is {state} already")]
    Decided {
        /// The object's name.
        name: String,
        /// The word for its state.
        state: &'static str,
    },
    /// A field is missing or of another type.
    #[error("the apiserver's answer has no usable `{field}`")]
    Field {
        /// The field's path.
        field: &'static str,
    },
    /// It is no JSON.
    #[error("the apiserver's answer is no JSON")]
    Json,
}

impl RequestObject {
    /// Reads an object, as `kubectl get csr NAME -o json` prints it.
    pub fn parse(text: &str) -> Result<Self, RequestObjectError> {
        let object: Value = serde_json::from_str(text).map_err(|_| RequestObjectError::Json)?;
        Self::of(object)
    }

    /// Reads a list of objects.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, RequestObjectError> {
        let list: Value = serde_json::from_str(text).map_err(|_| RequestObjectError::Json)?;
        let items = list["items"].as_array().ok_or(RequestObjectError::Field { field: "items" })?;
        items.iter().cloned().map(Self::of).collect()
    }

    fn of(object: Value) -> Result<Self, RequestObjectError> {
        let request = Self { object };
        if request.name().is_empty() {
            return Err(RequestObjectError::Field { field: "metadata.name" });
        }
        Ok(request)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().unwrap_or_default()
    }

    /// Its UID, which no other object ever has; empty where the apiserver gave none.
    pub fn uid(&self) -> &str {
        self.object["metadata"]["uid"].as_str().unwrap_or_default()
    }

    /// When it was made, as the apiserver says.
    pub fn created(&self) -> Option<Timestamp> {
        self.object["metadata"]["creationTimestamp"].as_str()?.parse().ok()
    }

    /// The signer it is for.
    pub fn signer_name(&self) -> &str {
        self.object["spec"]["signerName"].as_str().unwrap_or_default()
    }

    /// The user who made it.
    pub fn username(&self) -> &str {
        self.object["spec"]["username"].as_str().unwrap_or_default()
    }

    /// The groups of the user who made it.
    pub fn groups(&self) -> Vec<&str> {
        let groups = self.object["spec"]["groups"].as_array();
        groups.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// How long the certificate should be good for; none where that is left to the signer.
    pub fn expiration_seconds(&self) -> Result<Option<i64>, RequestObjectError> {
        match &self.object["spec"]["expirationSeconds"] {
            Value::Null => Ok(None),
            other => other
                .as_i64()
                .map(Some)
                .ok_or(RequestObjectError::Field { field: "spec.expirationSeconds" }),
        }
    }

    /// The usages that were asked for.
    pub fn usages(&self) -> Vec<&str> {
        let usages = self.object["spec"]["usages"].as_array();
        usages.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The PKCS#10 request, as PEM.
    pub fn request_pem(&self) -> Result<Vec<u8>, RequestObjectError> {
        decode(&self.object["spec"]["request"])
            .ok_or(RequestObjectError::Field { field: "spec.request" })
    }

    /// The certificate and what signed it, as PEM and nothing else, once it is issued.
    ///
    /// # Errors
    /// [`RequestObjectError::Field`] when the answer holds something else there.
    pub fn certificate_pem(&self) -> Result<Option<Vec<u8>>, RequestObjectError> {
        let Some(text) = self.certificate_text() else { return Ok(None) };
        let certificates = Certificate::all_from_pem(&text)
            .map_err(|_| RequestObjectError::Field { field: "status.certificate" })?;
        let pem: String = certificates.iter().map(Certificate::to_pem).collect();
        Ok(Some(pem.into_bytes()))
    }

    fn certificate_text(&self) -> Option<Vec<u8>> {
        decode(&self.object["status"]["certificate"]).filter(|pem| !pem.is_empty())
    }

    /// How far it has come.
    pub fn state(&self) -> RequestState {
        if self.condition("Denied").is_some() {
            RequestState::Denied
        } else if self.condition("Failed").is_some() {
            RequestState::Failed
        } else if self.certificate_text().is_some() {
            RequestState::Issued
        } else if self.condition("Approved").is_some() {
            RequestState::Approved
        } else {
            RequestState::Pending
        }
    }

    /// Why it is denied or failed, in the words of whoever decided.
    pub fn reason(&self) -> Option<String> {
        let condition = self.condition("Denied").or_else(|| self.condition("Failed"))?;
        let part = |name: &str| condition[name].as_str().unwrap_or_default().to_owned();
        Some(format!("{}: {}", part("reason"), part("message")))
    }

    /// The body for the `approval` subresource.
    ///
    /// # Errors
    /// [`RequestObjectError::Decided`] when somebody has decided otherwise.
    pub fn decided(
        &self,
        decision: Decision,
        reason: &str,
        message: &str,
        now: Timestamp,
    ) -> Result<String, RequestObjectError> {
        let (wanted, other) = match decision {
            Decision::Approve => ("Approved", "Denied"),
            Decision::Deny => ("Denied", "Approved"),
        };
        if self.condition(other).is_some() {
            let state = self.state().name();
            return Err(RequestObjectError::Decided { name: self.name().to_owned(), state });
        }
        let mut body = self.object.clone();
        let status = object_at(&mut body, "status");
        let conditions = status.entry("conditions").or_insert_with(|| json!([]));
        if !conditions.is_array() {
            *conditions = json!([]);
        }
        if let Some(conditions) = conditions.as_array_mut()
            && !conditions.iter().any(|condition| condition["type"] == wanted)
        {
            conditions.push(json!({
                "type": wanted,
                "status": "True",
                "reason": reason,
                "message": message,
                "lastUpdateTime": now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            }));
        }
        Ok(body.to_string())
    }

    /// The body for the `status` subresource, with this certificate.
    pub fn issued(&self, certificate_pem: &str) -> String {
        let mut body = self.object.clone();
        let status = object_at(&mut body, "status");
        status.insert("certificate".to_owned(), json!(STANDARD.encode(certificate_pem)));
        body.to_string()
    }

    fn condition(&self, kind: &str) -> Option<&Value> {
        let conditions = self.object["status"]["conditions"].as_array()?;
        conditions.iter().find(|condition| condition["type"] == kind)
    }
}

/// Whether a private key belongs to a certificate, both as PEM.
///
/// # Errors
/// [`kubepki_ca::Error`] when one of them cannot be read.
pub fn is_pair(certificate: &[u8], key: &[u8]) -> Result<bool, kubepki_ca::Error> {
    let certificate = Certificate::from_pem(certificate)?;
    Ok(certificate.is_for(&PublicKey::of_private_pem(key)?))
}

fn decode(value: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(value.as_str()?).ok()
}

/// The object in a field, which is made where it is missing.
fn object_at<'a>(body: &'a mut Value, field: &str) -> &'a mut Map<String, Value> {
    if !body.is_object() {
        *body = json!({});
    }
    let value = &mut body[field];
    if !value.is_object() {
        *value = json!({});
    }
    // Invariant: the line above has made it one.
    value.as_object_mut().expect("an object")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(status: &Value) -> RequestObject {
        let spec = json!({"request": STANDARD.encode("PEM"), "signerName": "kubernetes.io/kubelet-serving", "usages": ["server auth"], "username": "system:node:a"});
        let object = json!({"metadata": {"name": "csr-1", "x": 1}, "spec": spec, "status": status});
        RequestObject::parse(&object.to_string()).unwrap()
    }

    #[test]
    fn a_request_goes_from_pending_to_issued() {
        let now = "2026-11-20T12:00:00.5Z".parse().unwrap();
        let pending = object(&json!({}));
        assert_eq!(pending.state(), RequestState::Pending);
        let body = pending.decided(Decision::Approve, "KubepkiApprove", "by hand", now).unwrap();
        assert!(body.contains(r#""lastUpdateTime":"2026-11-20T12:00:00Z""#), "{body}");
        let approved = RequestObject::parse(&body).unwrap();
        assert_eq!(approved.state(), RequestState::Approved);
        // Twice is once, and unknown fields stay.
        let again = approved.decided(Decision::Approve, "x", "y", now).unwrap();
        assert_eq!(RequestObject::parse(&again).unwrap(), approved);
        assert!(again.contains(r#""x":1"#));
        let issued = RequestObject::parse(&approved.issued("CERT")).unwrap();
        assert_eq!(issued.state(), RequestState::Issued);
        assert_eq!(issued.certificate_text().unwrap(), b"CERT");
    }

    #[test]
    fn a_decision_is_final() {
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let denied =
            object(&json!({"conditions": [{"type": "Denied", "reason": "No", "message": "m"}]}));
        assert_eq!(denied.reason().unwrap(), "No: m");
        let error = denied.decided(Decision::Approve, "", "", now).unwrap_err();
        assert_eq!(error.to_string(), "`csr-1` is Denied already");
    }

    #[test]
    fn strange_answers_are_errors() {
        for text in ["", "{", "null", "[]", "{}", r#"{"metadata": {"name": 1}}"#] {
            assert!(RequestObject::parse(text).is_err(), "{text}");
        }
        let odd = RequestObject::parse(r#"{"metadata": {"name": "a"}, "status": 1, "spec": "x"}"#)
            .unwrap();
        assert_eq!(odd.state(), RequestState::Pending);
        assert!(odd.request_pem().is_err());
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        odd.decided(Decision::Deny, "a", "b", now).unwrap();
    }
}
