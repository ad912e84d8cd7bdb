//! What was written: the fields of a spec as YAML has them, nothing understood yet.

use serde::Deserialize;

use super::{
    error::{InvalidValue, SpecError},
    explain,
    extra_args::RawExtraArgs,
    outline,
};

/// The document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawCluster {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) endpoint: String,
    pub(super) domain: Option<String>,
    #[serde(rename = "serviceCIDRs")]
    pub(super) service_cidrs: Vec<String>,
    pub(super) layout: Option<String>,
    pub(super) csr_signing: Option<bool>,
    pub(super) apiserver_port: Option<i64>,
    pub(super) kubernetes_version: Option<String>,
    pub(super) encryption: Option<String>,
    pub(super) kubelets: Option<String>,
    #[serde(default)]
    pub(super) extra_args: RawExtraArgs,
    #[serde(default)]
    pub(super) certificates: RawCertificates,
    pub(super) hosts: Vec<RawHost>,
    pub(super) users: Option<Vec<RawUser>>,
    pub(super) places: Option<String>,
    pub(super) trust: Option<String>,
    pub(super) authorities: Option<Vec<RawAuthority>>,
    pub(super) entries: Option<Vec<RawEntry>>,
}

/// `certificates`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawCertificates {
    pub(super) key_algorithm: Option<String>,
    pub(super) service_account_key_algorithm: Option<String>,
    pub(super) lifetime: Option<String>,
    pub(super) ca_lifetime: Option<String>,
    pub(super) renew_before: Option<String>,
    #[serde(rename = "apiserverSANs", default)]
    pub(super) apiserver_sans: Vec<String>,
}

/// An item of `hosts`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawHost {
    pub(super) name: String,
    pub(super) roles: Vec<String>,
    pub(super) addresses: Vec<String>,
    #[serde(default)]
    pub(super) names: Vec<String>,
    #[serde(rename = "podCIDR")]
    pub(super) pod_cidr: Option<String>,
}

/// An item of `users`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawUser {
    pub(super) name: String,
    #[serde(default)]
    pub(super) groups: Vec<String>,
    pub(super) uid: Option<String>,
    pub(super) lifetime: Option<String>,
}

/// An item of `authorities`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawAuthority {
    pub(super) name: String,
    pub(super) certificate: String,
    pub(super) key: String,
    pub(super) common_name: Option<String>,
    #[serde(default)]
    pub(super) organizations: Vec<String>,
    pub(super) key_algorithm: Option<String>,
}

/// An item of `entries`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RawEntry {
    pub(super) name: String,
    pub(super) host: Option<String>,
    pub(super) role: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) certificate: Option<String>,
    pub(super) key: Option<String>,
    pub(super) public: Option<String>,
    pub(super) kubeconfig: Option<String>,
    pub(super) common_name: Option<String>,
    pub(super) organizations: Option<Vec<String>>,
    pub(super) uid: Option<String>,
    pub(super) subject_alt_names: Option<Vec<String>>,
    pub(super) usages: Option<Vec<String>>,
    pub(super) key_algorithm: Option<String>,
    pub(super) lifetime: Option<String>,
    pub(super) keep_key: Option<bool>,
    pub(super) chain: Option<bool>,
    pub(super) cluster: Option<String>,
    pub(super) user: Option<String>,
    pub(super) server: Option<String>,
    pub(super) trust: Option<String>,
}

impl RawCluster {
    /// Reads one YAML document, bounded before it is believed.
    pub(super) fn parse(text: &str) -> Result<Self, SpecError> {
        if let Some(location) = outline::too_deep_brackets(text) {
            let invalid = InvalidValue::new(outline::TOO_DEEP).hinted("is this the right file?");
            return Err(SpecError::new(invalid).at(Some(location)));
        }
        outline::check(text)
            .and_then(|()| serde_yaml::from_str(text))
            .map_err(|error| explain::explain(&error, text))
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    /// The fields that serde lists when it meets one that is not there.
    fn fields_of<T: DeserializeOwned + std::fmt::Debug>() -> Vec<String> {
        let error = serde_yaml::from_str::<T>("'?': 1").unwrap_err();
        explain::quoted_names(error.to_string().split_once(", expected ").unwrap().1)
    }

    #[test]
    fn the_json_schema_has_exactly_these_fields() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../../../docs/cluster.schema.json")).unwrap();
        for (at, mut fields) in [
            ("", fields_of::<RawCluster>()),
            ("/properties/certificates", fields_of::<RawCertificates>()),
            ("/properties/hosts/items", fields_of::<RawHost>()),
            ("/properties/users/items", fields_of::<RawUser>()),
            ("/properties/authorities/items", fields_of::<RawAuthority>()),
            ("/properties/entries/items", fields_of::<RawEntry>()),
        ] {
            let object = schema.pointer(at).unwrap();
            assert_eq!(object["additionalProperties"], false, "{at}");
            let mut described: Vec<_> =
                object["properties"].as_object().unwrap().keys().cloned().collect();
            described.sort();
            fields.sort();
            assert_eq!(described, fields, "{at}");
        }
    }
}
