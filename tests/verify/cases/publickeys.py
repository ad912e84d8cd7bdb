"""Public keys: sizes, kinds and encodings."""

from case import MIDDLE, ROOT, Case
from certificates import ca, leaf
from der import bits, integer, null, oid, seq
from keys import key, public, rsa_public

EC = "1.2.840.10045.2.1"
P256 = "1.2.840.10045.3.1.7"
# Odd and of no known factors: nothing is ever signed by these keys.
MODULUS = {size: (1 << size) - 189 for size in [512, 768, 1023, 1024, 2047, 2048, 3072, 4096, 8192, 16384]}


def served(id, title, **rest):
    return Case(f"key-{id}", title, [leaf(MIDDLE, **rest), MIDDLE])


def cases():
    for size in MODULUS:
        yield served(f"rsa-{size}", f"a server with an RSA key of {size} bits", public=rsa_public(MODULUS[size]))
    yield served("rsa-exponent-1", "an RSA key with the exponent 1", public=rsa_public(MODULUS[2048], 1))
    yield served("rsa-exponent-3", "an RSA key with the exponent 3", public=rsa_public(MODULUS[2048], 3))
    yield served("rsa-exponent-even", "an RSA key with an even exponent", public=rsa_public(MODULUS[2048], 65536))
    yield served("rsa-even", "an RSA key with an even modulus", public=rsa_public(MODULUS[2048] - 1))
    yield served("rsa-negative", "an RSA key with a negative modulus", public=rsa_public(-MODULUS[2048]))
    no_null = seq(oid("1.2.840.113549.1.1.1"))
    yield served("rsa-no-null", "an RSA key without the NULL of its algorithm", public=rsa_public(MODULUS[2048], algorithm=no_null))
    for kind in ["p224", "p384", "p521", "secp256k1", "brainpool256", "dsa2048", "ed25519", "ed448", "x25519"]:
        yield served(kind, f"a server with a key of {kind}", kind=kind) if kind != "x25519" else served(
            kind, "a server with a key of X25519, which cannot sign", public=public(key("x25519")))
    weak = ca("weak root", kind="rsa1024")
    yield Case("key-ca-rsa-1024", "a root with an RSA key of 1024 bits", [leaf(weak)], [weak])
    weak = ca("weak middle", ROOT, kind="rsa1024")
    yield Case("key-middle-rsa-1024", "an intermediate with an RSA key of 1024 bits", [leaf(weak), weak])
    strong = ca("strong root", kind="rsa4096")
    yield Case("key-ca-rsa-4096", "a root with an RSA key of 4096 bits", [leaf(strong)], [strong])
    yield from points()


def points():
    numbers = key("p256", "leaf").public_key().public_numbers()
    x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
    spki = lambda algorithm, point: seq(algorithm, bits(point))
    named = seq(oid(EC), oid(P256))
    yield served("ec-compressed", "a P-256 key written as a compressed point", public=spki(named, bytes([2 + y[-1] % 2]) + x))
    yield served("ec-off-curve", "a P-256 key that is no point of the curve", public=spki(named, b"\4" + x + x))
    for curve, dotted, size in [("p384", "1.3.132.0.34", 48), ("p521", "1.3.132.0.35", 66)]:
        x_again = key(curve, "leaf").public_key().public_numbers().x.to_bytes(size, "big")
        point = spki(seq(oid(EC), oid(dotted)), b"\4" + x_again + x_again)
        yield served(f"ec-off-curve-{curve}", f"a {curve} key that is no point of the curve", public=point)
    yield served("ec-infinity", "a P-256 key that is the point at infinity", public=spki(named, b"\0"))
    yield served("ec-short", "a P-256 key that lacks an octet", public=spki(named, b"\4" + x + y[:-1]))
    yield served("ec-no-curve", "an EC key without its curve", public=spki(seq(oid(EC)), b"\4" + x + y))
    yield served("ec-null-curve", "an EC key with NULL as its curve", public=spki(seq(oid(EC), null()), b"\4" + x + y))
    yield served("ec-explicit", "a P-256 key with the curve's numbers in place of its name", public=spki(explicit_p256(), b"\4" + x + y))
    yield served("unknown", "a key of an algorithm that nobody knows", public=spki(seq(oid("1.3.6.1.4.1.55555.2")), b"key"))
    yield served("trailing", "a byte behind the key's numbers", public=seq(seq(oid("1.2.840.113549.1.1.1"), null()), bits(
        seq(integer(MODULUS[2048]), integer(65537)) + b"\0")))


def explicit_p256():
    """The curve of SEC 2, 2.4.2, as ECParameters."""
    p = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    x = 0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
    y = 0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5
    n = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    element = lambda number: b"\x04\x20" + number.to_bytes(32, "big")
    field = seq(oid("1.2.840.10045.1.1"), integer(p))
    base = b"\x04\x41\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    return seq(oid(EC), seq(integer(1), field, seq(element(p - 3), element(b)), base, integer(n), integer(1)))
