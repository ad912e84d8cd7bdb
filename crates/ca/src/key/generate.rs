//! Key generation. The only module that names the `rsa` crate, which is never used to sign or
//! decrypt here: RUSTSEC-2023-0071 is then out of reach (docs/design/0003-dependencies.md).

use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm,
    },
};
use rustls_pki_types::pem::SectionKind;
use zeroize::Zeroizing;

use super::{KeyPair, private};
use crate::{Error, KeyAlgorithm};

pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<KeyPair, Error> {
    let pkcs8 = match algorithm {
        KeyAlgorithm::EcdsaP256 => ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING)?,
        KeyAlgorithm::EcdsaP384 => ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING)?,
        KeyAlgorithm::Ed25519 => ed25519()?,
        KeyAlgorithm::Rsa2048 => rsa_pkcs8(algorithm, 2048)?,
        KeyAlgorithm::Rsa3072 => rsa_pkcs8(algorithm, 3072)?,
        KeyAlgorithm::Rsa4096 => rsa_pkcs8(algorithm, 4096)?,
    };
    let key = private::from_der(SectionKind::PrivateKey, pkcs8)?;
    key.self_test()?;
    Ok(key)
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> Result<Zeroizing<Vec<u8>>, Error> {
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
    Ok(Zeroizing::new(document.map_err(|_| Error::Random)?.as_ref().to_vec()))
}

/// A key without its public half (RFC 8410, 7): OpenSSL 3.0 reads no other, and ring makes the other.
fn ed25519() -> Result<Zeroizing<Vec<u8>>, Error> {
    const BEFORE_SEED: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let mut pkcs8 = Zeroizing::new([BEFORE_SEED, &[0; 32]].concat());
    SystemRandom::new().fill(&mut pkcs8[BEFORE_SEED.len()..]).map_err(|_| Error::Random)?;
    Ok(pkcs8)
}

#[cfg(not(feature = "rsa"))]
fn rsa_pkcs8(_: KeyAlgorithm, _: usize) -> Result<Zeroizing<Vec<u8>>, Error> {
    Err(Error::NotBuilt { what: "RSA key generation", feature: "rsa" })
}

#[cfg(feature = "rsa")]
use with_rsa::rsa_pkcs8;

#[cfg(feature = "rsa")]
mod with_rsa {
    use std::convert::Infallible;

    use ring::rand::{SecureRandom, SystemRandom};
    use rsa::{
        pkcs8::EncodePrivateKey,
        rand_core::{TryCryptoRng, TryRng},
    };
    use zeroize::Zeroizing;

    use crate::{Error, KeyAlgorithm};

    pub(super) fn rsa_pkcs8(
        algorithm: KeyAlgorithm,
        bits: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        // The generator below cannot report a failure, so a system without randomness is found here.
        SystemRandom::new().fill(&mut [0; 32]).map_err(|_| Error::Random)?;
        let failed = |_| Error::SelfTest { algorithm };
        let key = rsa::PrivateKey::new(&mut RingRandom, bits).map_err(failed)?;
        let document = key.to_pkcs8_der().map_err(|_| Error::SelfTest { algorithm })?;
        Ok(Zeroizing::new(document.as_bytes().to_vec()))
    }

    /// The operating system's generator, as the `rsa` crate takes it.
    struct RingRandom;

    impl TryRng for RingRandom {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            let mut bytes = [0; 4];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u32::from_le_bytes(bytes))
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            let mut bytes = [0; 8];
            self.try_fill_bytes(&mut bytes)?;
            Ok(u64::from_le_bytes(bytes))
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            // Invariant: the system answered a moment ago, and once seeded it never fails again
            // (getrandom(2)); going on with predictable bytes would be worse than stopping.
            SystemRandom::new()
                .fill(bytes)
                .expect("the operating system stopped giving randomness");
            Ok(())
        }
    }

    impl TryCryptoRng for RingRandom {}
}
