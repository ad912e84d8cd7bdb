//! Public keys and the algorithms of signatures, as they are written (RFC 3279, 4055, 5480, 5758, 8410).

use kubepki_ca::der::Value;

use super::{BIT_STRING, INTEGER, Malformed, OBJECT_IDENTIFIER, SEQUENCE};

const EC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const EDDSA: [&[u8]; 2] = [b"\x2b\x65\x70", b"\x2b\x65\x71"];
/// The arcs of RSA, and of ECDSA with digests of any kind.
const PKCS1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01";
const ECDSA_WITH: [&[u8]; 3] = [
    b"\x2a\x86\x48\xce\x3d\x04\x01",
    b"\x2a\x86\x48\xce\x3d\x04\x03",
    b"\x60\x86\x48\x01\x65\x03\x04\x03",
];
const NULL: &[u8] = b"\x05\x00";

/// What is wrong with the parameters of a signature's algorithm.
pub(super) fn algorithm(algorithm: &Value<'_>) -> Result<Option<String>, Malformed> {
    let (identifier, parameters) = parts(algorithm)?;
    let is_elliptic =
        EDDSA.contains(&identifier) || ECDSA_WITH.iter().any(|it| identifier.starts_with(it));
    Ok(match (identifier.strip_prefix(PKCS1), parameters) {
        // Those of RSA-PSS, which are many, are read where it is verified.
        (Some([10]), _) => None,
        (Some(_), Some(NULL)) => None,
        (Some(_), _) => Some("the algorithm of its RSA signature lacks its NULL".to_owned()),
        (None, Some(_)) if is_elliptic => {
            Some("the algorithm of its signature has parameters, which it may not have".to_owned())
        }
        (None, _) => None,
    })
}

/// What is wrong with a public key.
pub(super) fn public(info: &Value<'_>) -> Result<Option<String>, Malformed> {
    let [algorithm, bits] = info.fields::<2>(SEQUENCE)?;
    bits.expect(BIT_STRING)?;
    let (identifier, parameters) = parts(&algorithm)?;
    let Some((0, bits)) = bits.content.split_first() else {
        return Err("its public key is no whole octets".into());
    };
    Ok(match identifier {
        EC => point(parameters, bits).map(str::to_owned),
        _ if identifier.strip_prefix(PKCS1) == Some(&[1]) => {
            rsa(parameters, bits)?.map(str::to_owned)
        }
        _ if EDDSA.contains(&identifier) && parameters.is_some() => {
            Some("the algorithm of its public key has parameters, which it may not have".to_owned())
        }
        _ => None,
    })
}

/// The identifier and the parameters of an AlgorithmIdentifier.
fn parts<'a>(algorithm: &Value<'a>) -> Result<(&'a [u8], Option<&'a [u8]>), Malformed> {
    let fields = algorithm.children(SEQUENCE)?;
    let (identifier, parameters) = match fields.as_slice() {
        [identifier] => (identifier, None),
        [identifier, parameters] => (identifier, Some(parameters.raw)),
        _ => return Err("an algorithm has too few or too many fields".into()),
    };
    identifier.expect(OBJECT_IDENTIFIER)?;
    Ok((identifier.content, parameters))
}

fn rsa(parameters: Option<&[u8]>, bits: &[u8]) -> Result<Option<&'static str>, Malformed> {
    let key = Value::only(bits)?;
    key.check()?;
    let is_positive = |number: &Value<'_>| number.content.first().is_some_and(|it| it & 0x80 == 0);
    let [modulus, exponent] = key.fields::<2>(SEQUENCE)?;
    modulus.expect(INTEGER)?;
    exponent.expect(INTEGER)?;
    Ok(match parameters {
        _ if !is_positive(&modulus) || !is_positive(&exponent) => {
            Some("a number of its RSA key is negative")
        }
        Some(NULL) => None,
        _ => Some("the algorithm of its RSA key lacks its NULL"),
    })
}

/// A point of a curve that Go has. Of other curves, which are a finding of their own, nothing is known.
fn point(parameters: Option<&[u8]>, bits: &[u8]) -> Option<&'static str> {
    const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
    const P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";
    const P521: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x23";
    let is_point = match parameters {
        None => return Some("its key does not name a curve"),
        Some(parameters) if !parameters.starts_with(b"\x06") => {
            return Some("its key has a curve without a name");
        }
        Some(P256) => p256::PublicKey::from_sec1_bytes(bits).is_ok(),
        Some(P384) => p384::PublicKey::from_sec1_bytes(bits).is_ok(),
        Some(P521) => p521::PublicKey::from_sec1_bytes(bits).is_ok(),
        Some(_) => return None,
    };
    // Go reads no others.
    let is_uncompressed = bits.first() == Some(&4);
    (!is_point || !is_uncompressed).then_some("its key is no uncompressed point of its curve")
}
