"""Basic constraints, path lengths, key usages and extended key usages."""

from case import MIDDLE, ROOT, Case
from certificates import (
    ANY, CERT_SIGN, CLIENT, CODE, CRL_SIGN, DIGITAL_SIGNATURE, KEY_AGREEMENT, KEY_ENCIPHERMENT, NON_REPUDIATION, SERVER, bc, ca,
    eku, extension, leaf, name,
)
from der import bits, boolean, integer, named_bits, octets, oid, seq, tlv
from publickeys import MODULUS
from keys import rsa_public


def below(id, title, **rest):
    """A server below an intermediate with these changes."""
    middle = ca("changed middle", ROOT, **rest)
    return Case(id, title, [leaf(middle), middle])


def under(id, title, **rest):
    """A server right below a root with these changes."""
    root = ca("changed root", **rest)
    return Case(id, title, [leaf(root)], [root])


def cases():
    yield from basic()
    yield from lengths()
    yield from usages()
    yield from purposes()


def basic():
    yield below("bc-none", "an intermediate without basicConstraints", bc=None)
    yield below("bc-false", "an intermediate that is no CA", bc=seq())
    yield below("bc-explicit-false", "an intermediate with cA written as FALSE", bc=seq(boolean(False)))
    yield below("bc-not-critical", "an intermediate whose basicConstraints are not critical", critical={"bc": False})
    yield below("bc-v1-middle", "an intermediate of version 1", version=0, all_extensions=b"")
    yield under("bc-v1-root", "a root of version 1", version=0, all_extensions=b"")
    yield under("bc-root-none", "a root without basicConstraints", bc=None)
    yield under("bc-root-false", "a root that is no CA", bc=seq())
    yield under("bc-root-not-critical", "a root whose basicConstraints are not critical", critical={"bc": False})
    v1 = leaf(MIDDLE, version=0, all_extensions=b"", subject=name("api.example.test"))
    yield Case("bc-v1-leaf", "a server of version 1", [v1, MIDDLE])
    signer = leaf(MIDDLE, label="signer", subject=name("signing server"))
    yield Case("bc-leaf-signs", "a server's certificate signed by another server", [leaf(signer), signer, MIDDLE])
    yield Case("bc-leaf-none", "a server without basicConstraints", [leaf(MIDDLE, bc=None), MIDDLE])
    yield Case("bc-leaf-explicit-false", "a server with cA written as FALSE", [leaf(MIDDLE, bc=seq(boolean(False))), MIDDLE])
    yield Case("bc-leaf-ca", "a server that is a CA", [leaf(MIDDLE, bc=bc()), MIDDLE])
    yield Case("bc-leaf-length", "a server with a path length and no cA", [leaf(MIDDLE, bc=bc(False, 0)), MIDDLE])


def lengths():
    yield below("bc-length-0", "a path length of 0, and no CA below", bc=bc(length=0))
    top = ca("limited", ROOT, bc=bc(length=0))
    low = ca("too low", top)
    yield Case("bc-length-exceeded", "a path length of 0, and a CA below", [leaf(low), low, top])
    root = ca("limited root", bc=bc(length=0))
    low = ca("too low", root)
    yield Case("bc-length-root", "a root with the path length 0, and a CA below", [leaf(low), low], [root])
    root = ca("limited root", bc=bc(length=1))
    one = ca("one", root)
    two = ca("two", one)
    yield Case("bc-length-1-of-2", "a root with the path length 1, and two CAs below", [leaf(two), two, one], [root])
    root = ca("limited root", bc=bc(length=2))
    one = ca("one", root)
    two = ca("two", one)
    yield Case("bc-length-2-of-2", "a root with the path length 2, and two CAs below", [leaf(two), two, one], [root])
    one = ca("own", ROOT, bc=bc(length=0))
    again = ca("own, newer key", one, subject=one.subject)
    yield Case("bc-length-self-issued", "a self-issued CA below does not count", [leaf(again), again, one])
    yield below("bc-length-negative", "a negative path length", bc=bc(length=-1))
    yield below("bc-length-huge", "a path length of 2^64", bc=bc(length=1 << 64))
    yield below("bc-length-no-ca", "an intermediate with a path length and no cA", bc=bc(False, 1))


def usages():
    yield below("ku-middle-none", "an intermediate without keyUsage", ku=None)
    yield below("ku-middle-no-sign", "an intermediate that may not sign certificates", ku=named_bits(CRL_SIGN))
    yield below("ku-middle-not-critical", "an intermediate whose keyUsage is not critical", critical={"ku": False})
    yield under("ku-root-none", "a root without keyUsage", ku=None)
    yield under("ku-root-no-sign", "a root that may not sign certificates", ku=named_bits(DIGITAL_SIGNATURE))
    served = lambda id, title, **rest: Case(f"ku-leaf-{id}", title, [leaf(MIDDLE, **rest), MIDDLE])
    yield served("none", "a server without keyUsage", ku=None)
    yield served("not-critical", "a server whose keyUsage is not critical", critical={"ku": False})
    yield served("agreement", "a server with keyAgreement alone", ku=named_bits(KEY_AGREEMENT))
    yield served("repudiation", "a server with nonRepudiation alone", ku=named_bits(NON_REPUDIATION))
    yield served("crl", "a server with cRLSign alone", ku=named_bits(CRL_SIGN))
    yield served("cert-sign", "a server with keyCertSign that is no CA", ku=named_bits(DIGITAL_SIGNATURE, CERT_SIGN))
    yield served("empty", "a server with no usage at all", ku=named_bits())
    encipherment = named_bits(KEY_ENCIPHERMENT)
    yield served("rsa-encipherment", "an RSA server with keyEncipherment alone", ku=encipherment, public=rsa_public(MODULUS[2048]))
    yield served("ec-encipherment", "an EC server with keyEncipherment beside digitalSignature", ku=named_bits(DIGITAL_SIGNATURE, KEY_ENCIPHERMENT))
    yield served("trailing-zeros", "a keyUsage with zeros behind its last bit", ku=bits(b"\x80\x00"))
    client = leaf(MIDDLE, eku=eku(CLIENT), ku=encipherment, public=rsa_public(MODULUS[2048]))
    yield Case("ku-client-encipherment", "a client with keyEncipherment alone", [client, MIDDLE], name=None, purpose="client")


def purposes():
    def shown(id, title, purpose, *oids, name="api.example.test"):
        changed = leaf(MIDDLE, eku=eku(*oids) if oids else None)
        return Case(f"eku-{id}", title, [changed, MIDDLE], purpose=purpose, name=None if purpose == "client" else name)

    yield shown("server", "serverAuth as a server", "server", SERVER)
    yield shown("client", "clientAuth as a client", "client", CLIENT)
    yield shown("client-served", "clientAuth alone, as a server", "server", CLIENT)
    yield shown("server-as-client", "serverAuth alone, as a client", "client", SERVER)
    yield shown("peer", "both usages as a peer of etcd", "etcd-peer", SERVER, CLIENT)
    yield shown("peer-server-only", "serverAuth alone, as a peer of etcd", "etcd-peer", SERVER)
    yield shown("peer-client-only", "clientAuth alone, as a peer of etcd", "etcd-peer", CLIENT)
    yield shown("peer-other-name", "a peer of etcd with another name", "etcd-peer", SERVER, CLIENT, name="other.example.test")
    yield shown("none-server", "no extKeyUsage, as a server", "server")
    yield shown("none-client", "no extKeyUsage, as a client", "client")
    yield shown("any-server", "anyExtendedKeyUsage, as a server", "server", ANY)
    yield shown("any-client", "anyExtendedKeyUsage, as a client", "client", ANY)
    yield shown("any-and-client", "anyExtendedKeyUsage and clientAuth, as a server", "server", ANY, CLIENT)
    yield shown("code", "codeSigning, as a server", "server", CODE)
    yield shown("unknown-beside", "serverAuth beside a usage that nobody knows", "server", "1.3.6.1.4.1.55555.3", SERVER)
    yield shown("unknown", "a usage that nobody knows", "server", "1.3.6.1.4.1.55555.3")
    yield shown("twice", "serverAuth twice", "server", SERVER, SERVER)
    yield shown("gated", "the server-gated crypto of Netscape, as a server", "server", "2.16.840.1.113730.4.1")
    yield Case("eku-empty", "an extKeyUsage without usages", [leaf(MIDDLE, eku=seq()), MIDDLE])
    yield Case("eku-critical", "a critical extKeyUsage", [leaf(MIDDLE, critical={"eku": True}), MIDDLE])
    yield below("eku-middle-server", "serverAuth in the intermediate", eku=eku(SERVER))
    yield below("eku-middle-client", "clientAuth alone in the intermediate", eku=eku(CLIENT))
    yield below("eku-middle-any", "anyExtendedKeyUsage in the intermediate", eku=eku(ANY))
    yield below("eku-middle-code", "codeSigning alone in the intermediate", eku=eku(CODE))
    yield below("eku-middle-empty", "an extKeyUsage without usages in the intermediate", eku=seq())
    yield under("eku-root-server", "serverAuth in the root", eku=eku(SERVER))
    yield under("eku-root-client", "clientAuth alone in the root", eku=eku(CLIENT))
    top = ca("server CA", ROOT, eku=eku(SERVER))
    low = ca("client CA", top, eku=eku(CLIENT))
    both = leaf(low, eku=eku(SERVER, CLIENT))
    yield Case("eku-nested", "serverAuth in the upper CA and clientAuth in the lower", [both, low, top])
    low = ca("open CA", top)
    yield Case("eku-nested-open", "serverAuth in the upper CA and none in the lower", [leaf(low), low, top])
    client = leaf(low, eku=eku(CLIENT))
    yield Case("eku-nested-client", "a client below a CA for servers alone", [client, low, top], name=None, purpose="client")
    # Kubernetes' clients have no subjectAltName.
    user = leaf(MIDDLE, san=None, eku=eku(CLIENT), subject=name("jane"))
    yield Case("eku-client-no-san", "a client without subjectAltName", [user, MIDDLE], name=None, purpose="client")
