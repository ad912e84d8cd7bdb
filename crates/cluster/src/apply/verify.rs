//! Verifies everything that was made before any of it is written, with code that did not make it:
//! path validation is rustls-webpki's.

use jiff::Timestamp;
use kubepki_ca::{Certificate, ExtendedKeyUsage, Purpose, Signer};
use rayon::prelude::*;

use super::issue::Products;
use crate::{
    catalog::{Catalog, Content, Position, Secret},
    encryption::EncryptionConfig,
    error::ApplyError,
    token::BootstrapTokenFile,
};

pub(super) fn products(
    products: &Products,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<(), ApplyError> {
    let failed = |position: Position, reason: String| ApplyError::Verify {
        entry: catalog.entries[position].id.clone(),
        reason,
    };
    for (position, issuer) in &products.issuers {
        if !issuer.certificate().is_for(issuer.signer().public_key()) {
            return Err(failed(*position, "its key is not its own".to_owned()));
        }
    }
    for (position, text) in &products.secrets {
        let failed = |reason: String| failed(*position, reason);
        let Content::Secret { secret, .. } = &catalog.entries[*position].content else {
            return Err(failed("it is no file of a secret".to_owned()));
        };
        match secret {
            Secret::BootstrapToken => {
                let file = BootstrapTokenFile::parse(text.as_bytes())
                    .map_err(|error| failed(error.to_string()))?;
                if file.expires <= now {
                    return Err(failed("it has expired".to_owned()));
                }
            }
            Secret::EncryptionKeys { provider } => {
                let config = EncryptionConfig::parse(text.as_bytes())
                    .map_err(|error| failed(error.to_string()))?;
                if !config.keys().map(|key| key.provider).eq([*provider]) {
                    return Err(failed("it is not one key of its provider".to_owned()));
                }
            }
        }
    }
    products.leaves.par_iter().try_for_each(|(position, (certificate, key))| {
        let failed = |reason: String| failed(*position, reason);
        let (Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. }) =
            &catalog.entries[*position].content
        else {
            return Err(failed("it is no certificate".to_owned()));
        };
        // What is read back is what will be written, not what was meant.
        let certificate = Certificate::from_pem(certificate.to_pem().as_bytes())
            .map_err(|error| failed(error.to_string()))?;
        if !certificate.is_for(key.public_key()) {
            return Err(failed("its key is not its own".to_owned()));
        }
        let trust = products.trust.get(&leaf.issuer);
        let trust = trust.ok_or_else(|| failed("its CA is unknown".to_owned()))?;
        for usage in leaf.request.profile.extended_key_usage() {
            let purpose = match usage {
                ExtendedKeyUsage::ServerAuth => Purpose::Server,
                _ => Purpose::Client,
            };
            trust.verify(&certificate, purpose, now).map_err(|error| failed(error.to_string()))?;
        }
        if *certificate.subject() != leaf.request.subject
            || certificate.subject_alt_names() != leaf.request.subject_alt_names
        {
            return Err(failed("it says something else than was asked for".to_owned()));
        }
        Ok(())
    })
}
