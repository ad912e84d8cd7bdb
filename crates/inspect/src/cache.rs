//! CA certificates that were read before: a fleet's files repeat the same few. Leaves are not kept,
//! because each is met once or twice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use kubepki_ca::Certificate;

use crate::artifact::ReadError;

/// The certificates of CAs that were read.
#[derive(Debug, Default)]
pub struct Cache {
    authorities: Mutex<HashMap<Vec<u8>, Arc<Certificate>>>,
}

impl Cache {
    /// Reads a certificate, or hands out the one that was read before.
    pub(crate) fn certificate(&self, der: &[u8]) -> Result<Arc<Certificate>, ReadError> {
        // A map of whole entries is whole after any panic.
        let known =
            self.authorities.lock().unwrap_or_else(PoisonError::into_inner).get(der).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let certificate = Certificate::from_der(der)
            .map(Arc::new)
            .map_err(|error| ReadError::of_parser("certificate", &error))?;
        if certificate.is_ca() {
            let mut authorities = self.authorities.lock().unwrap_or_else(PoisonError::into_inner);
            authorities.insert(der.to_vec(), Arc::clone(&certificate));
        }
        Ok(certificate)
    }
}
