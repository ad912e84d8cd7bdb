"""Signatures and their algorithms."""

from case import MIDDLE, ROOT, Case
from certificates import ca, leaf
from der import bits, children, integer, null, oid, seq, tlv
from keys import Algorithm, ecdsa_with, eddsa, key, pss_with, rsa_with


def signed(id, title, algorithm, kind, **rest):
    """A root of this kind of key that signs a leaf by this algorithm."""
    root = ca(f"root of {kind}", kind=kind)
    return Case(f"sig-{id}", title, [leaf(root, algorithm=algorithm, **rest)], [root])


def cases():
    for curve in ["p256", "p384", "p521"]:
        for digest in ["sha1", "sha224", "sha256", "sha384", "sha512"]:
            yield signed(f"ecdsa-{curve}-{digest}", f"ECDSA of {curve} with {digest}", ecdsa_with(digest), curve)
    yield signed("ecdsa-sha3", "ECDSA with SHA3-256", ecdsa_with("sha3-256"), "p256")
    for curve in ["p224", "secp256k1", "brainpool256"]:
        yield signed(f"ecdsa-{curve}", f"a CA with a key of {curve}", ecdsa_with("sha256"), curve)
    for digest in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256"]:
        yield signed(f"rsa-{digest}", f"RSA with {digest}", rsa_with(digest), "rsa2048")
    for digest in ["sha1", "sha256", "sha384", "sha512"]:
        yield signed(f"pss-{digest}", f"RSA-PSS with {digest}", pss_with(digest), "rsa2048")
    yield signed("pss-other-mgf", "RSA-PSS with SHA-256 and MGF1 of SHA-384", pss_with("sha256", mgf="sha384"), "rsa2048")
    yield signed("pss-long-salt", "RSA-PSS with a salt of 64 octets and SHA-256", pss_with("sha256", salt=64), "rsa2048")
    yield signed("pss-other-salt", "RSA-PSS whose salt is not as long as it says", pss_with("sha256", written=20), "rsa2048")
    yield signed("ed25519", "Ed25519", None, "ed25519")
    yield signed("ed448", "Ed448", None, "ed448")
    yield signed("dsa", "DSA with SHA-256", None, "dsa2048")
    yield from forged()
    yield from malformed()


def forged():
    stranger = key("p256", "stranger")
    yield signed("forged-ecdsa", "forged: signed by another P-256 key", None, "p256", signer=stranger)
    yield signed("forged-ecdsa-sha512", "forged: signed by another P-256 key, with SHA-512", ecdsa_with("sha512"), "p256", signer=stranger)
    yield signed("forged-ecdsa-sha224", "forged: signed by another P-256 key, with SHA-224", ecdsa_with("sha224"), "p256", signer=stranger)
    yield signed("forged-p521", "forged: signed by another P-521 key", ecdsa_with("sha512"), "p521", signer=key("p521", "stranger"))
    yield signed("forged-rsa", "forged: signed by another RSA key", rsa_with("sha256"), "rsa2048", signer=key("rsa2048", "stranger"))
    yield signed("forged-pss", "forged: signed by another RSA key, with PSS", pss_with("sha256"), "rsa2048", signer=key("rsa2048", "stranger"))
    yield signed("forged-ed25519", "forged: signed by another Ed25519 key", None, "ed25519", signer=key("ed25519", "stranger"))
    anything = lambda dotted: Algorithm(seq(oid(dotted)), lambda _key, _data: bytes(64))
    yield signed("unknown", "an algorithm that nobody knows", anything("1.3.6.1.4.1.55555.1"), "p256")
    yield signed("unknown-no-signature", "the algorithm NULL-signature of the RSA arc", anything("1.2.840.113549.1.1.1"), "rsa2048")
    yield signed("other-key-type", "the CA has an RSA key and the signature is ECDSA", ecdsa_with("sha256"), "rsa2048", signer=stranger)
    yield signed("other-hash-named", "signed with SHA-256, and SHA-384 is named", mislabelled("sha384", "sha256"), "p256")
    changed = leaf(MIDDLE)
    changed.der = changed.der.replace(b"kubepki cases", b"kubepki cased", 1)
    yield Case("sig-changed", "changed after it was signed", [changed, MIDDLE])
    middle = ca("forged middle", ROOT, signer=key("p256", "stranger"))
    yield Case("sig-forged-middle", "forged: an intermediate that the root did not sign", [leaf(middle), middle])
    middle = ca("forged middle", ROOT, signer=key("p256", "stranger"), algorithm=ecdsa_with("sha512"))
    yield Case("sig-forged-middle-sha512", "forged: an intermediate, with SHA-512", [leaf(middle), middle])
    middle = ca("forged middle", ROOT, algorithm=anything("1.3.6.1.4.1.55555.1"))
    yield Case("sig-unknown-middle", "an intermediate with an algorithm that nobody knows", [leaf(middle), middle])
    root = ca("badly self-signed", signature=lambda signature: bytes(len(signature)))
    yield Case("sig-root-self-signature", "a trusted root whose own signature is wrong", [leaf(root)], [root])
    root = ca("SHA-1 root", kind="rsa2048", algorithm=rsa_with("sha1"))
    yield Case("sig-root-sha1", "a trusted root that signed itself with SHA-1", [leaf(root)], [root])
    middle = ca("SHA-1 middle", ca("root of rsa2048", kind="rsa2048"), algorithm=rsa_with("sha1"))
    yield Case("sig-middle-sha1", "an intermediate signed with SHA-1", [leaf(middle), middle], [ca("root of rsa2048", kind="rsa2048")])


def malformed():
    sha256, rsa = ecdsa_with("sha256"), rsa_with("sha256")
    yield signed("inner-outer", "the outer algorithm is not the inner one", sha256, "p256", outer=ecdsa_with("sha384").identifier)
    yield signed("inner-outer-null", "the outer algorithm has a NULL that the inner one lacks", sha256, "p256", outer=with_null(sha256).identifier)
    yield signed("ecdsa-null", "ECDSA with a NULL as its parameters", with_null(sha256), "p256")
    yield signed("ed25519-null", "Ed25519 with a NULL as its parameters", with_null(eddsa("1.3.101.112")), "ed25519")
    bare = Algorithm(seq(oid("1.2.840.113549.1.1.11")), rsa.sign)
    yield signed("rsa-no-null", "RSA without the NULL of its parameters", bare, "rsa2048")
    pss = Algorithm(seq(oid("1.2.840.113549.1.1.10")), pss_with("sha1").sign)
    yield signed("pss-no-parameters", "RSA-PSS without parameters", pss, "rsa2048")
    yield signed("empty", "an empty signature", None, "p256", signature=lambda _: b"")
    yield signed("trailing", "a byte behind the signature", None, "p256", signature=lambda signature: signature + b"\0")
    yield signed("padded-number", "a number of the signature has a zero too many", None, "p256", signature=padded)
    yield signed("zero", "both numbers of the signature are zero", None, "p256", signature=lambda _: seq(integer(0), integer(0)))
    unused = leaf(MIDDLE)
    tbs, algorithm, signature = children(unused.der)
    unused.der = seq(tbs, algorithm, tlv(0x03, b"\x01" + signature[4:]))
    yield Case("sig-unused-bits", "the signature's bits are no whole octets", [unused, MIDDLE])


def with_null(algorithm):
    return Algorithm(seq(children(algorithm.identifier)[0], null()), algorithm.sign)


def mislabelled(named, used):
    return Algorithm(ecdsa_with(named).identifier, ecdsa_with(used).sign)


def padded(signature):
    first, second = children(signature)
    return seq(tlv(0x02, b"\0" + first[2:]), second)
