"""What a review found: certificates as small tools make them, without key identifiers and often without usages."""

from case import Case
from certificates import CLIENT, API, aki, ca, dns, eku, extension, ip, leaf, mail, nc, EXTENSIONS
from der import oid, seq, utc_time
from keys import Algorithm, ecdsa_with, key

STRANGER = key("p256", "stranger")


def plain_ca(label, issuer=None, **rest):
    return ca(label, issuer, **{"aki": None, **rest})


def plain(issuer, names=None, **rest):
    return leaf(issuer, names, **{"aki": None, "ski": None, "bc": None, "eku": None, **rest})


def below(id, title, names=None, root=None, **rest):
    root = root or plain_ca("plain root")
    return Case(f"found-{id}", title, [plain(root, names, **rest)], [root])


def cases():
    yield below("good", "good, and nothing that is not needed")
    yield below("client-served", "a client's certificate that serves", eku=eku(CLIENT))
    yield below("forged-sha512", "forged: ECDSA with SHA-512", algorithm=ecdsa_with("sha512"), signer=STRANGER)
    anything = Algorithm(seq(oid("1.3.6.1.4.1.55555.1")), lambda _key, _data: bytes(64))
    yield below("forged-unknown", "forged: an algorithm that nobody knows", algorithm=anything)
    yield below("good-sha512", "good: ECDSA with SHA-512", algorithm=ecdsa_with("sha512"))
    root = plain_ca("plain root", nc=nc([dns(API)]))
    middle = plain_ca("plain middle", root, san=seq(dns("other.test")))
    yield Case("found-middle-outside", "an intermediate's name outside the root's constraint", [plain(middle), middle], [root])
    root = plain_ca("plain root", nc=nc([ip(bytes([10, 0, 0, 0, 0]))]))
    yield below("bad-address-constraint", "an address constraint of 5 octets", [dns(API), ip(bytes([192, 0, 2, 7]))], root)
    root = plain_ca("plain root", nc=nc([mail("example.test")]))
    yield below("mail-outside", "a mail address outside the root's constraint", [dns(API), mail("a@other.test")], root)
    root = plain_ca("plain root", nc=nc([ip(bytes([10, 0, 0, 0, 255, 0, 0, 0]))]))
    yield below("bad-address", "an address of 5 octets below a constraint of addresses", [dns(API), ip(bytes(5))], root)
    again = extension(EXTENSIONS["san"][0], seq(dns("other.test")))
    yield below("two-san", "two subjectAltNames", more=[again])
    identifier = aki(plain_ca("plain root").identifier)
    yield below("critical-aki", "a critical authorityKeyIdentifier", aki=identifier, critical={"aki": True})
    yield below("empty-constraints", "a nameConstraints without constraints", root=plain_ca("plain root", nc=nc()))
    yield deep("deep-excluded", "eight CAs below a root that excludes the name", nc=nc(excluded=[dns(API)]))
    yield deep("deep-good", "eight CAs below a root")
    root = plain_ca("plain root", nc=nc(excluded=[dns("admin.example.test")]))
    yield below("wildcard-over-excluded", "a wildcard that covers an excluded name", [dns("*.example.test")], root)
    root, old = plain_ca("plain root"), plain_ca("old root")
    issuing = plain_ca("issuing", root)
    expired = plain_ca("issuing", old, ends=utc_time("260301000000Z"))
    yield Case("found-good-beside-expired", "a good path behind an expired CA of another root", [plain(issuing), expired, issuing], [root])


def deep(id, title, **rest):
    chain = [plain_ca("plain root", **rest)]
    for number in range(8):
        chain.append(plain_ca(f"plain {number}", chain[-1]))
    return Case(f"found-{id}", title, [plain(chain[-1]), *chain[:0:-1]], chain[:1])
