"""Name constraints (RFC 5280, 4.2.1.10)."""

from case import ROOT, Case
from certificates import API, CLIENT, bc, ca, directory, dns, eku, ip, leaf, mail, name, nc, uri
from der import context, integer, null, oid, seq, tlv, utf8

NET, OTHER_NET = bytes([10, 0, 0, 0, 255, 0, 0, 0]), bytes([192, 168, 0, 0, 255, 255, 0, 0])
NET6 = bytes.fromhex("fd00" + "0" * 28 + "ffff" + "0" * 28)
V4, V6 = bytes([10, 0, 0, 7]), bytes.fromhex("fd000000000000000000000000000007")


def within(id, title, value, names=None, asked=API, binding=True, **rest):
    """A server below a CA with this nameConstraints."""
    middle = ca("constrained", ROOT, nc=value, critical={"nc": binding})
    return Case(f"nc-{id}", title, [leaf(middle, names, **rest), middle], name=asked)


def cases():
    yield from hosts()
    yield from addresses()
    yield from mails()
    yield from uris()
    yield from directories()
    yield from malformed()
    yield from places()


def hosts():
    api, other = [dns(API)], [dns("other.test")]
    yield within("dns-in", "a name within the permitted domain", nc([dns("example.test")]))
    yield within("dns-out", "a name outside the permitted domain", nc([dns("other.test")]))
    yield within("dns-exact", "the permitted name itself", nc([dns(API)]))
    yield within("dns-suffix", "a name that only ends like the permitted domain", nc([dns("ple.test")]))
    yield within("dns-one-out", "one of two names is outside", nc([dns("example.test")]), api + other)
    yield within("dns-two", "the second of two permitted domains", nc([dns("other.test"), dns("example.test")]))
    yield within("dns-upper", "the permitted domain in capitals", nc([dns("EXAMPLE.TEST")]))
    yield within("dns-leading-dot", "the permitted domain with a dot before it", nc([dns(".example.test")]))
    yield within("dns-leading-dot-apex", "the domain itself, and a dot before the permitted one", nc([dns(".example.test")]), [dns("example.test")], "example.test")
    yield within("dns-trailing-dot", "the permitted domain with a dot behind it", nc([dns("example.test.")]))
    yield within("dns-everything", "an empty permitted domain permits all", nc([dns("")]))
    yield within("dns-excluded", "a name within the excluded domain", nc(excluded=[dns("example.test")]))
    yield within("dns-excluded-itself", "the excluded name itself", nc(excluded=[dns(API)]))
    yield within("dns-excluded-upper", "the excluded domain in capitals", nc(excluded=[dns("EXAMPLE.test")]))
    yield within("dns-excluded-other", "a name outside the excluded domain", nc(excluded=[dns("other.test")]))
    yield within("dns-excluded-all", "an empty excluded domain excludes all", nc(excluded=[dns("")]))
    yield within("dns-excluded-dot", "the excluded domain with a dot before it", nc(excluded=[dns(".example.test")]))
    yield within("dns-both", "a name that is permitted and excluded", nc([dns("example.test")], [dns(API)]))
    yield within("dns-ip-only", "an address where only names are constrained", nc([dns("example.test")]), [ip(V4)], "10.0.0.7")
    yield within("dns-cn", "an excluded common name beside a permitted name", nc(excluded=[dns("other.test")]), subject=name("other.test"))
    wildcard = [dns("*.example.test")]
    yield within("wildcard-in", "a wildcard within the permitted domain", nc([dns("example.test")]), wildcard)
    yield within("wildcard-out", "a wildcard outside the permitted domain", nc([dns("other.test")]), wildcard)
    yield within("wildcard-narrow", "a wildcard that is wider than the permitted name", nc([dns(API)]), wildcard)
    yield within("wildcard-over-excluded", "a wildcard that covers an excluded name", nc(excluded=[dns("admin.example.test")]), wildcard)
    yield within("wildcard-excluded", "a wildcard within the excluded domain", nc(excluded=[dns("example.test")]), wildcard)


def addresses():
    server = lambda id, title, value, address=V4, asked="10.0.0.7": within(f"ip-{id}", title, value, [ip(address)], asked)
    yield server("in", "an address within the permitted network", nc([ip(NET)]))
    yield server("out", "an address outside the permitted network", nc([ip(OTHER_NET)]))
    yield server("excluded", "an address within the excluded network", nc(excluded=[ip(NET)]))
    yield server("excluded-other", "an address outside the excluded network", nc(excluded=[ip(OTHER_NET)]))
    yield server("6-in", "an IPv6 address within the permitted network", nc([ip(NET6)]), V6, "fd00::7")
    yield server("6-out", "an IPv6 address, and an IPv4 network permitted", nc([ip(NET)]), V6, "fd00::7")
    yield server("all-excluded", "all IPv4 addresses excluded", nc(excluded=[ip(bytes(8))]))
    yield within("ip-dns-only", "a name where only addresses are constrained", nc([ip(NET)]))
    yield within("ip-beside", "a name, and an address outside the permitted network", nc([ip(OTHER_NET)]), [dns(API), ip(V4)])
    yield server("mask-holes", "a mask with holes", nc([ip(bytes([10, 0, 0, 7, 255, 0, 255, 255]))]))
    for size in [4, 5, 16]:
        yield within(f"ip-{size}-octets", f"an address constraint of {size} octets", nc([dns("example.test"), ip(bytes(size))]))
    yield within("ip-excluded-5-octets", "an excluded address of 5 octets", nc(excluded=[ip(bytes(5))]))


def mails():
    server = lambda id, title, value, *names: within(f"mail-{id}", title, value, [dns(API), *names])
    jane = mail("jane@example.test")
    yield server("in", "a mail address within the permitted host", nc([mail("example.test")]), jane)
    yield server("out", "a mail address outside the permitted host", nc([mail("other.test")]), jane)
    yield server("box", "the permitted mailbox", nc([mail("jane@example.test")]), jane)
    yield server("box-other", "another mailbox than the permitted one", nc([mail("joe@example.test")]), jane)
    yield server("domain", "a mail address of a host below the permitted domain", nc([mail(".test")]), jane)
    yield server("host-below", "a mail address of a host below the permitted host", nc([mail("test")]), jane)
    yield server("excluded", "a mail address of the excluded host", nc(excluded=[mail("example.test")]), jane)
    yield server("none", "mail addresses constrained, and none there", nc([mail("other.test")]))
    yield server("malformed", "a mail constraint that cannot be read", nc([mail("a@b@c")]), jane)
    middle = ca("constrained", ROOT, nc=nc([mail("other.test")]))
    attribute = seq(tlv(0x31, seq(oid("1.2.840.113549.1.9.1"), tlv(0x16, b"jane@example.test"))))
    yield Case("nc-mail-subject", "a mail address in the subject, outside the permitted host", [leaf(middle, subject=attribute), middle])


def uris():
    server = lambda id, title, value, *names: within(f"uri-{id}", title, value, [dns(API), *names])
    spiffe = uri("spiffe://example.test/x")
    yield server("in", "a URI of the permitted host", nc([uri("example.test")]), spiffe)
    yield server("out", "a URI outside the permitted host", nc([uri("other.test")]), spiffe)
    yield server("below", "a URI below the permitted domain", nc([uri(".test")]), spiffe)
    yield server("excluded", "a URI of the excluded host", nc(excluded=[uri("example.test")]), spiffe)
    yield server("no-host", "a URI without a host, and URIs constrained", nc([uri("example.test")]), uri("urn:x:y"))
    yield server("ip-host", "a URI with an address as its host, and URIs constrained", nc([uri("example.test")]), uri("https://10.0.0.7/x"))
    yield server("none", "URIs constrained, and none there", nc([uri("other.test")]))


def directories():
    inside = name(O="Inside")
    server = lambda id, title, value, subject, **rest: within(f"dir-{id}", title, value, subject=subject, **rest)
    subject = name("server", O="Inside")
    yield server("in", "a subject below the permitted one", nc([directory(inside)]), subject)
    yield server("out", "a subject outside the permitted one", nc([directory(inside)]), name("server"))
    yield server("excluded", "a subject below the excluded one", nc(excluded=[directory(inside)]), subject)
    yield server("excluded-other", "a subject outside the excluded one", nc(excluded=[directory(inside)]), name("server"))
    yield server("upper", "a subject below the excluded one, in capitals", nc(excluded=[directory(name(O="INSIDE"))]), subject)
    yield server("empty", "an empty subject where subjects are constrained", nc([directory(inside)]), seq(), critical={"san": True})
    yield server("san", "a directoryName outside the permitted one", nc([directory(inside)]), subject, names=[dns(API), directory(name("x"))])


def malformed():
    yield within("empty", "a nameConstraints without constraints", nc())
    yield within("empty-permitted", "an empty list of permitted names", seq(context(0)))
    yield within("not-critical", "a nameConstraints that is not critical, kept", nc([dns("example.test")]), binding=False)
    yield within("not-critical-out", "a nameConstraints that is not critical, broken", nc([dns("other.test")]), binding=False)
    yield within("minimum", "a minimum of 1", seq(context(0, seq(dns("example.test"), context(0, b"\1", constructed=False)))))
    yield within("maximum", "a maximum of 1", seq(context(0, seq(dns("example.test"), context(1, b"\1", constructed=False)))))
    yield within("dns-wildcard", "a permitted domain with a wildcard", nc([dns("*.example.test")]))
    yield within("dns-space", "a permitted domain with a space", nc([dns("example.test"), dns("a b.test")]))
    yield within("dns-latin1", "a permitted domain that is not ASCII", nc([dns("example.test"), dns(b"b\xfccher.test")]))
    yield within("trailing", "something behind the nameConstraints", nc([dns("example.test")]) + null())
    yield within("not-a-sequence", "a nameConstraints that is a string", utf8("example.test"))
    yield within("truncated", "a nameConstraints that is cut off", nc([dns("example.test")])[:-3])
    registered = context(8, oid("1.2.3")[2:], constructed=False)
    yield within("registered", "a registeredID is permitted, and none there", nc([registered]))
    yield within("registered-out", "a registeredID is permitted, and another there", nc([registered]), [dns(API), context(8, oid("1.2.4")[2:], constructed=False)])
    upn = context(0, oid("1.3.6.1.4.1.311.20.2.3"), context(0, utf8("example.test")))
    yield within("other-name", "an otherName is permitted, and none there", nc([upn]))


def places():
    outside, inside = nc([dns("other.test")]), nc([dns("example.test")])
    root = ca("constrained root", nc=inside)
    yield Case("nc-root", "a constraint in the root, kept", [leaf(root)], [root])
    root = ca("constrained root", nc=outside)
    yield Case("nc-root-out", "a constraint in the root, broken", [leaf(root)], [root])
    root = ca("constrained root", nc=outside)
    middle = ca("middle", root)
    yield Case("nc-root-deep", "a constraint in the root, broken two levels below", [leaf(middle), middle], [root])
    yield Case("nc-leaf", "a constraint in the server's own certificate", [leaf(ROOT, nc=inside)])
    for id, title, value in [("in", "kept", "Inside"), ("out", "broken", "Outside")]:
        top = ca("constrained", ROOT, nc=nc([directory(name(O="Inside"))]))
        low = ca("low", top, subject=name("low", O=value))
        last = leaf(low, subject=name("server", O="Inside"))
        yield Case(f"nc-middle-{id}", f"a constraint, {title} by the subject of an intermediate", [last, low, top])
    top = ca("constrained", ROOT, nc=nc([dns("example.test")]))
    low = ca("low", top, san=seq(dns("ca.other.test")))
    yield Case("nc-middle-san", "a constraint, broken by a name of an intermediate", [leaf(low), low, top])
    top = ca("wide", ROOT, nc=nc([dns("test")]))
    low = ca("narrow", top, nc=nc([dns("other.test")]))
    yield Case("nc-narrower", "a narrower constraint below a wider one, broken", [leaf(low), low, top])
    top = ca("narrow", ROOT, nc=nc([dns("other.test")]))
    low = ca("wide", top, nc=nc([dns("test")]))
    yield Case("nc-wider", "a wider constraint below a narrower one, which is broken", [leaf(low), low, top])
    yield deep("nc-deep", "eight CAs below a root that permits the name", inside)
    yield deep("nc-deep-out", "eight CAs below a root that excludes the name", nc(excluded=[dns("example.test")]))
    middle = ca("constrained", ROOT, nc=outside)
    user = leaf(middle, san=None, eku=eku(CLIENT), subject=name("jane"))
    yield Case("nc-client", "a client without names below a constraint of names", [user, middle], name=None, purpose="client")


def deep(id, title, value):
    root = ca("deep root", nc=value)
    chain = [root]
    for number in range(8):
        chain.append(ca(f"deep {number}", chain[-1]))
    return Case(id, title, [leaf(chain[-1]), *chain[:0:-1]], [root])
