//! PKCS#12 (RFC 7292), for Java and Windows. Writes it; reads none.

use zeroize::Zeroizing;

use crate::{Certificate, Error, KeyPair};

/// Packs a certificate, its key and its CAs into one DER PFX, under a passphrase.
///
/// PBES2 with AES-256 and HMAC-SHA-256, 600,000 rounds, which OpenSSL 3 and Java 17 read.
/// `alias` is the name under which Java shows the entry.
///
/// # Errors
/// [`Error::Malformed`] when the parts cannot be encoded, [`Error::NotBuilt`] without the feature
/// `pkcs12`.
#[cfg_attr(not(feature = "pkcs12"), expect(unused_variables, reason = "nothing is written"))]
pub fn to_pkcs12(
    alias: &str,
    certificate: &Certificate,
    key: &KeyPair,
    authorities: &[Certificate],
    passphrase: &str,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    #[cfg(feature = "pkcs12")]
    return write(alias, certificate, key, authorities, passphrase);
    #[cfg(not(feature = "pkcs12"))]
    Err(Error::NotBuilt { what: "PKCS#12", feature: "pkcs12" })
}

#[cfg(feature = "pkcs12")]
fn write(
    alias: &str,
    certificate: &Certificate,
    key: &KeyPair,
    authorities: &[Certificate],
    passphrase: &str,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    use p12_keystore::{
        Certificate as Bag, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey,
        PrivateKeyChain,
    };
    let failed = |error: p12_keystore::error::Error| Error::malformed("PKCS#12", error);
    let chain = std::iter::once(certificate).chain(authorities);
    let chain: Vec<_> = chain
        .map(|certificate| Bag::from_der(certificate.der()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    let private = PrivateKey::from_der(key.pkcs8()).map_err(failed)?;
    // The local key id only has to be the same on key and certificate.
    let entry = PrivateKeyChain::new(&certificate.sha256()[..20], private, chain);
    let mut store = KeyStore::new();
    store.add_entry(alias, KeyStoreEntry::PrivateKeyChain(entry));
    store
        .writer(passphrase)
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .encryption_iterations(ITERATIONS)
        .mac_algorithm(MacAlgorithm::HmacSha256)
        .mac_iterations(ITERATIONS)
        .write()
        .map(Zeroizing::new)
        .map_err(failed)
}

/// Rounds of the key derivation: what OWASP asks of PBKDF2 with HMAC-SHA-256.
#[cfg(feature = "pkcs12")]
const ITERATIONS: u32 = 600_000;
