"""The names of a certificate against the name that is asked for."""

from case import MIDDLE, Case
from certificates import API, directory, dns, ip, leaf, mail, name, uri
from der import context, ia5, octets, oid, seq, tlv, utf8

V4, V6 = bytes([10, 0, 0, 7]), bytes.fromhex("fd000000000000000000000000000007")


def served(id, title, names, asked=API, **rest):
    return Case(f"name-{id}", title, [leaf(MIDDLE, names, **rest), MIDDLE], name=asked)


def cases():
    yield from hosts()
    yield from wildcards()
    yield from addresses()
    yield from unusual()
    yield from without()


def hosts():
    yield served("exact", "the name", [dns(API)])
    yield served("other", "another name", [dns("other.example.test")])
    yield served("second", "the name, behind others", [dns("other.example.test"), ip(V4), dns(API)])
    yield served("upper", "the name in capitals", [dns(API.upper())])
    yield served("asked-upper", "asked for in capitals", [dns(API)], API.upper())
    yield served("parent", "the domain above", [dns("example.test")])
    yield served("child", "a name below", [dns(f"x.{API}")])
    yield served("suffix", "a name that only ends alike", [dns(API)], f"x{API}")
    yield served("short", "a name of one label", [dns("kubernetes")], "kubernetes")
    yield served("digits", "a name with a label of digits", [dns("10.example.test")], "10.example.test")
    yield served("dot", "a dot at the end of the name", [dns(f"{API}.")])
    yield served("asked-dot", "asked for with a dot at the end", [dns(API)], f"{API}.")
    yield served("idn", "an internationalised name as its A-label", [dns("xn--bcher-kva.example.test")], "xn--bcher-kva.example.test")
    yield served("idn-raw", "an internationalised name as UTF-8", [dns("bücher.example.test")], "xn--bcher-kva.example.test")
    yield served("underscore", "a name with an underscore", [dns("my_api.example.test")], "my_api.example.test")


def wildcards():
    yield served("wildcard", "a wildcard for one label", [dns("*.example.test")])
    yield served("wildcard-two", "a wildcard, asked for two labels", [dns("*.example.test")], f"x.{API}")
    yield served("wildcard-apex", "a wildcard, asked for its domain", [dns("*.example.test")], "example.test")
    yield served("wildcard-partial", "a wildcard within a label", [dns("a*.example.test")])
    yield served("wildcard-end", "a wildcard at the end of a label", [dns("*i.example.test")])
    yield served("wildcard-inner", "a wildcard that is not the first label", [dns("api.*.test")])
    yield served("wildcard-double", "two wildcards", [dns("*.*.test")])
    yield served("wildcard-alone", "a wildcard alone", [dns("*")], "kubernetes")
    yield served("wildcard-top", "a wildcard right below a top-level domain", [dns("*.test")], "example.test")
    yield served("wildcard-idn", "a wildcard for an A-label", [dns("*.example.test")], "xn--bcher-kva.example.test")
    yield served("wildcard-idn-partial", "a wildcard within an A-label", [dns("xn--*.example.test")], "xn--bcher-kva.example.test")
    yield served("wildcard-ip", "a wildcard, asked for an address", [dns("*.0.0.7")], "10.0.0.7")


def addresses():
    yield served("ip4", "an IPv4 address", [ip(V4)], "10.0.0.7")
    yield served("ip6", "an IPv6 address", [ip(V6)], "fd00::7")
    yield served("ip-other", "another address", [ip(V4)], "10.0.0.8")
    yield served("ip-as-dns", "an address as a dNSName", [dns("10.0.0.7")], "10.0.0.7")
    yield served("ip-as-cn", "an address as the common name alone", [dns(API)], "10.0.0.7", subject=name("10.0.0.7"))
    yield served("ip-as-text", "an address as text in an iPAddress", [ip(b"10.0.0.7")], "10.0.0.7")
    yield served("ip-mapped", "an IPv4 address as a mapped IPv6 address", [ip(b"\0" * 10 + b"\xff\xff" + V4)], "10.0.0.7")
    for size in [0, 3, 5, 8, 15, 17]:
        yield served(f"ip-{size}-octets", f"an iPAddress of {size} octets beside the name", [dns(API), ip(bytes(range(size)))])


def unusual():
    yield served("empty", "an empty dNSName beside the name", [dns(API), dns("")])
    yield served("empty-label", "an empty label", [dns(API), dns("a..example.test")])
    yield served("leading-dot", "a dot at the beginning", [dns(API), dns(".example.test")])
    yield served("nul", "a NUL within a dNSName", [dns(b"api.example.test\0.evil.test")])
    yield served("newline", "a newline within a dNSName", [dns(API), dns(b"a\nb.example.test")])
    yield served("space", "a space within a dNSName", [dns(API), dns("a b.example.test")])
    yield served("spaces-around", "spaces around a dNSName", [dns(f" {API} ")])
    yield served("latin1", "a dNSName that is not ASCII", [dns(API), dns(b"b\xfccher.example.test")])
    yield served("hyphen", "a label that begins with a hyphen", [dns("-a.example.test")], "-a.example.test")
    yield served("label-63", "a label of 63 letters", [dns(f"{'a' * 63}.test")], f"{'a' * 63}.test")
    yield served("label-64", "a label of 64 letters beside the name", [dns(API), dns(f"{'a' * 64}.test")])
    yield served("long", "a name of 300 letters beside the name", [dns(API), dns(".".join(["a" * 49] * 6))])
    yield served("many", "1,000 names", [*(dns(f"h{n}.example.test") for n in range(999)), dns(API)])
    yield served("mail", "a mail address beside the name", [dns(API), mail("jane@example.test")])
    yield served("mail-bad", "a mail address without its @ beside the name", [dns(API), mail("jane")])
    yield served("uri", "a SPIFFE URI beside the name", [dns(API), uri("spiffe://example.test/x")])
    yield served("uri-bad", "a URI that cannot be read beside the name", [dns(API), uri("http://[::1/%zz")])
    yield served("directory", "a directoryName beside the name", [dns(API), directory(name("x"))])
    other = context(0, oid("1.3.6.1.4.1.311.20.2.3"), context(0, utf8("jane@example.test")))
    yield served("other-name", "an otherName beside the name", [dns(API), other])
    yield served("registered", "a registeredID beside the name", [dns(API), context(8, oid("1.2.3")[2:], constructed=False)])
    yield served("x400", "an x400Address beside the name", [dns(API), context(3)])
    yield served("unknown-kind", "a kind of name that does not exist", [dns(API), context(9, b"x", constructed=False)])
    yield served("constructed", "a dNSName in the constructed form", [dns(API), tlv(0xA2, API.encode())])
    yield served("universal-kind", "an IA5String in place of a GeneralName", [dns(API), ia5(API)])


def without():
    yield served("cn-only", "the name as the common name, and no subjectAltName", None, san=None, subject=name(API))
    yield served("cn-beside", "the name as the common name, and another as subjectAltName", [dns("other.example.test")], subject=name(API))
    yield served("cn-mail", "the name as the common name, and only a mail address as subjectAltName", [mail("jane@example.test")], subject=name(API))
    yield served("no-san", "no name at all", None, san=None)
    yield served("san-empty", "a subjectAltName without names", [])
    nameless = seq()
    yield served("critical", "no subject, and a critical subjectAltName", [dns(API)], subject=nameless, critical={"san": True})
    yield served("not-critical", "no subject, and a subjectAltName that is not critical", [dns(API)], subject=nameless)
    yield served("critical-beside", "a subject, and a critical subjectAltName", [dns(API)], critical={"san": True})
    yield served("nothing", "neither subject nor subjectAltName", None, subject=nameless, san=None)
