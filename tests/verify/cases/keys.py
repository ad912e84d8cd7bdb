"""Keys and signature algorithms, the unusual ones too. The cryptography is pyca's."""

from functools import cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa, x25519

from der import bits, context, integer, null, oid, seq

CURVES = {
    "p224": ec.SECP224R1,
    "p256": ec.SECP256R1,
    "p384": ec.SECP384R1,
    "p521": ec.SECP521R1,
    "secp256k1": ec.SECP256K1,
    "brainpool256": ec.BrainpoolP256R1,
}
HASHES = {
    "md5": (hashes.MD5, "1.2.840.113549.2.5"),
    "sha1": (hashes.SHA1, "1.3.14.3.2.26"),
    "sha224": (hashes.SHA224, "2.16.840.1.101.3.4.2.4"),
    "sha256": (hashes.SHA256, "2.16.840.1.101.3.4.2.1"),
    "sha384": (hashes.SHA384, "2.16.840.1.101.3.4.2.2"),
    "sha512": (hashes.SHA512, "2.16.840.1.101.3.4.2.3"),
    "sha3-256": (hashes.SHA3_256, "2.16.840.1.101.3.4.2.8"),
}
RSA_WITH = {
    "md5": "1.2.840.113549.1.1.4",
    "sha1": "1.2.840.113549.1.1.5",
    "sha224": "1.2.840.113549.1.1.14",
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
    "sha3-256": "2.16.840.1.101.3.4.3.14",
}
ECDSA_WITH = {
    "sha1": "1.2.840.10045.4.1",
    "sha224": "1.2.840.10045.4.3.1",
    "sha256": "1.2.840.10045.4.3.2",
    "sha384": "1.2.840.10045.4.3.3",
    "sha512": "1.2.840.10045.4.3.4",
    "sha3-256": "2.16.840.1.101.3.4.3.10",
}


@cache
def key(kind, label=""):
    """The key of this kind and label: the same one in one run."""
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind[3:]))
    if kind == "dsa2048":
        return dsa.generate_private_key(2048)
    others = {"ed25519": ed25519.Ed25519PrivateKey, "ed448": ed448.Ed448PrivateKey, "x25519": x25519.X25519PrivateKey}
    return others[kind].generate()


def public(private):
    """The SubjectPublicKeyInfo of a key."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.DER, form)


def private(private):
    """A private key as PEM."""
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, *form)


def rsa_public(modulus, exponent=65537, algorithm=None):
    """An RSA key that only has to be looked at: nothing is signed by it."""
    algorithm = algorithm or seq(oid("1.2.840.113549.1.1.1"), null())
    return seq(algorithm, bits(seq(integer(modulus), integer(exponent))))


class Algorithm:
    """An AlgorithmIdentifier, and how to sign by it."""

    def __init__(self, identifier, sign):
        self.identifier, self.sign = identifier, sign


def rsa_with(name):
    scheme = padding.PKCS1v15()
    return Algorithm(seq(oid(RSA_WITH[name]), null()), lambda key, data: key.sign(data, scheme, HASHES[name][0]()))


def pss_with(name, salt=None, mgf=None, written=None):
    """RSA-PSS; `written` is what the certificate says in place of the salt's true length."""
    digest, mask = HASHES[name][0](), HASHES[mgf or name]
    salt = digest.digest_size if salt is None else salt
    scheme = padding.PSS(padding.MGF1(mask[0]()), salt)
    of = lambda name: seq(oid(HASHES[name][1]), null())
    mgf1 = seq(oid("1.2.840.113549.1.1.8"), of(mgf or name))
    salted = integer(salt if written is None else written)
    parameters = seq(context(0, of(name)), context(1, mgf1), context(2, salted))
    identifier = seq(oid("1.2.840.113549.1.1.10"), parameters)
    return Algorithm(identifier, lambda key, data: key.sign(data, scheme, digest))


def ecdsa_with(name):
    return Algorithm(seq(oid(ECDSA_WITH[name])), lambda key, data: key.sign(data, ec.ECDSA(HASHES[name][0]())))


def eddsa(dotted):
    return Algorithm(seq(oid(dotted)), lambda key, data: key.sign(data))


def dsa_with_sha256():
    return Algorithm(seq(oid("2.16.840.1.101.3.4.3.2")), lambda key, data: key.sign(data, hashes.SHA256()))


def usual(key):
    """The algorithm that fits a key when nothing is said."""
    if isinstance(key, rsa.RSAPrivateKey):
        return rsa_with("sha256")
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return eddsa("1.3.101.112")
    if isinstance(key, ed448.Ed448PrivateKey):
        return eddsa("1.3.101.113")
    if isinstance(key, dsa.DSAPrivateKey):
        return dsa_with_sha256()
    return ecdsa_with({384: "sha384", 521: "sha512"}.get(key.curve.key_size, "sha256"))
