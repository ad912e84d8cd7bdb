"""Extensions, serial numbers and key identifiers."""

from case import MIDDLE, ROOT, Case
from certificates import API, EXTENSIONS, aki, bc, ca, directory, dns, eku, extension, leaf, name, nc, SERVER
from constraints import below, under
from der import boolean, context, ia5, integer, named_bits, null, octets, oid, seq, tlv, utf8

UNKNOWN = "1.3.6.1.4.1.55555.4"


def served(id, title, **rest):
    return Case(id, title, [leaf(MIDDLE, **rest), MIDDLE])


def cases():
    yield from repeated()
    yield from unknown()
    yield from malformed()
    yield from known()
    yield from serials()
    yield from identifiers()


def repeated():
    again = lambda short, value: [extension(EXTENSIONS[short][0], value, EXTENSIONS[short][1])]
    yield served("ext-two-san", "two subjectAltNames", more=again("san", seq(dns("other.example.test"))))
    yield served("ext-two-san-alike", "the same subjectAltName twice", more=again("san", seq(dns(API))))
    yield served("ext-two-eku", "two extKeyUsages", more=again("eku", eku(SERVER)))
    yield served("ext-two-unknown", "an unknown extension twice", more=[extension(UNKNOWN, null())] * 2)
    yield below("ext-middle-two-bc", "two basicConstraints in an intermediate", more=again("bc", bc()))
    yield under("ext-root-two-ku", "two keyUsages in a root", more=again("ku", named_bits(5, 6)))


def unknown():
    critical = [extension(UNKNOWN, null(), True)]
    yield served("ext-unknown", "an unknown extension", more=[extension(UNKNOWN, null())])
    yield served("ext-unknown-garbage", "an unknown extension that is no DER", more=[extension(UNKNOWN, b"\xff\xff")])
    yield served("ext-unknown-critical", "a critical unknown extension", more=critical)
    yield below("ext-middle-unknown-critical", "a critical unknown extension in an intermediate", more=critical)
    yield under("ext-root-unknown-critical", "a critical unknown extension in a root", more=critical)
    yield served("ext-poison", "the poison of a precertificate", more=[extension("1.3.6.1.4.1.11129.2.4.3", null(), True)])
    yield served("ext-false", "a critical flag written as FALSE", more=[extension(UNKNOWN, null(), boolean(False))])
    yield served("ext-true-1", "a critical flag written as 1", critical={"ku": tlv(0x01, b"\x01")})


def malformed():
    for short in EXTENSIONS:
        if short not in ["nc", "ian"]:
            yield served(f"ext-garbage-{short}", f"an extension {short} that is no DER", **{short: b"\xff\xff"})
            yield served(f"ext-null-{short}", f"an extension {short} that holds NULL", **{short: null()})
            yield served(f"ext-empty-{short}", f"an extension {short} of no octets", **{short: b""})
    yield served("ext-trailing-san", "something behind the subjectAltName", san=seq(dns(API)) + null())
    yield served("ext-trailing-bc", "something behind the basicConstraints", bc=seq() + null())
    yield served("ext-trailing-eku", "something behind the extKeyUsage", eku=eku(SERVER) + null())
    yield served("ext-trailing-ku", "something behind the keyUsage", ku=named_bits(0) + null())
    yield below("ext-middle-garbage-bc", "basicConstraints that are no DER in an intermediate", bc=b"\xff\xff")
    yield below("ext-middle-trailing-bc", "something behind the basicConstraints of an intermediate", bc=bc() + null())
    yield below("ext-middle-garbage-ku", "a keyUsage that is no DER in an intermediate", ku=b"\xff\xff")
    yield served("ext-none", "an empty list of extensions", all_extensions=context(3, seq()))
    yield served("ext-absent", "no extensions at all in version 3", all_extensions=b"")
    yield served("ext-version-1", "extensions in version 1", version=0)
    yield served("ext-version-2", "extensions in version 2", version=1)
    yield served("ext-version-4", "version 4", version=3)
    yield served("ext-version-1-written", "version 1, written although it is the default", extra=b"", version=0, all_extensions=b"")
    yield served("ext-unique-ids", "unique identifiers of issuer and subject", extra=tlv(0x81, b"\0\1") + tlv(0x82, b"\0\2"))


def known():
    points = seq(seq(context(0, context(0, tlv(0x86, b"http://crl.example.test/ca.crl")))))
    policies = seq(seq(oid("1.3.6.1.4.1.55555.5")))
    access = seq(seq(oid("1.3.6.1.5.5.7.48.1"), tlv(0x86, b"http://ocsp.example.test")))
    yield served("ext-crl-points", "cRLDistributionPoints", more=[extension("2.5.29.31", points)])
    yield served("ext-crl-points-critical", "critical cRLDistributionPoints", more=[extension("2.5.29.31", points, True)])
    yield served("ext-crl-points-bad", "cRLDistributionPoints that are no DER", more=[extension("2.5.29.31", b"\xff\xff")])
    yield served("ext-policies", "certificatePolicies", more=[extension("2.5.29.32", policies)])
    yield served("ext-policies-critical", "critical certificatePolicies", more=[extension("2.5.29.32", policies, True)])
    yield served("ext-policies-bad", "certificatePolicies that are no DER", more=[extension("2.5.29.32", b"\xff\xff")])
    yield served("ext-policies-twice", "a policy that stands twice", more=[extension("2.5.29.32", seq(seq(oid(UNKNOWN)), seq(oid(UNKNOWN))))])
    yield served("ext-access", "authorityInfoAccess", more=[extension("1.3.6.1.5.5.7.1.1", access)])
    yield served("ext-access-critical", "a critical authorityInfoAccess", more=[extension("1.3.6.1.5.5.7.1.1", access, True)])
    yield served("ext-access-bad", "an authorityInfoAccess that is no DER", more=[extension("1.3.6.1.5.5.7.1.1", b"\xff\xff")])
    yield served("ext-staple", "OCSP must-staple", more=[extension("1.3.6.1.5.5.7.1.24", seq(integer(5)))])
    yield served("ext-comment", "a comment of Netscape's", more=[extension("2.16.840.1.113730.1.13", ia5("made by easy-rsa"))])
    yield served("ext-netscape-server", "Netscape's type: a server", more=[extension("2.16.840.1.113730.1.1", named_bits(1))])
    yield served("ext-netscape-client", "Netscape's type: a client alone", more=[extension("2.16.840.1.113730.1.1", named_bits(0))])
    yield served("ext-issuer-name", "issuerAltName", ian=seq(dns("ca.example.test")))
    yield below("ext-policy-constraints", "policyConstraints: an explicit policy is required, and none there",
                more=[extension("2.5.29.36", seq(tlv(0x80, b"\0")), True)])
    yield below("ext-any-policy", "a critical inhibitAnyPolicy", more=[extension("2.5.29.54", integer(0), True)])
    mapping = seq(seq(oid("1.3.6.1.4.1.55555.5"), oid("1.3.6.1.4.1.55555.6")))
    yield below("ext-policy-mappings", "critical policyMappings", more=[extension("2.5.29.33", mapping, True)])
    for short in ["aki", "ski"]:
        yield served(f"ext-{short}-critical", f"a critical {short}", critical={short: True})
        yield below(f"ext-middle-{short}-critical", f"a critical {short} in an intermediate", critical={short: True})
    yield served("ext-bc-not-critical", "a server whose basicConstraints are critical and empty", critical={"bc": True})


def serials():
    yield served("serial-zero", "the serial number zero", serial=0)
    yield served("serial-negative", "a negative serial number", serial=-5)
    yield served("serial-1", "the serial number 1", serial=1)
    yield served("serial-20-octets", "a serial number of 20 octets", serial=(1 << 159) - 1)
    yield served("serial-21-octets", "a serial number of 21 octets", serial=(1 << 160) - 1)
    yield served("serial-40-octets", "a serial number of 40 octets", serial=1 << 318)
    yield served("serial-padded", "a serial number with a zero too many", serial=tlv(0x02, b"\0\0\5"))
    yield served("serial-empty", "a serial number of no octets", serial=tlv(0x02))
    yield below("serial-middle-zero", "the serial number zero in an intermediate", serial=0)
    yield below("serial-middle-long", "a serial number of 21 octets in an intermediate", serial=(1 << 160) - 1)
    yield under("serial-root-zero", "the serial number zero in a root", serial=0)
    yield under("serial-root-negative", "a negative serial number in a root", serial=-5)
    middle = ca("numbered middle", ROOT, serial=77)
    yield Case("serial-alike", "the same number in a server and its CA, of two issuers", [leaf(middle, serial=77), middle])


def identifiers():
    wrong = b"\x11" * 20
    yield served("kid-aki-none", "a server without authorityKeyIdentifier", aki=None)
    yield served("kid-aki-wrong", "a server whose authorityKeyIdentifier names another key", aki=aki(wrong))
    yield served("kid-aki-empty", "an authorityKeyIdentifier without fields", aki=aki())
    yield served("kid-aki-issuer", "an authorityKeyIdentifier with issuer and serial number", aki=aki(MIDDLE.identifier, ROOT.subject, MIDDLE.serial))
    yield served("kid-aki-issuer-only", "an authorityKeyIdentifier with issuer and serial number alone", aki=aki(None, ROOT.subject, MIDDLE.serial))
    yield served("kid-aki-serial-wrong", "an authorityKeyIdentifier with the serial number of another", aki=aki(MIDDLE.identifier, ROOT.subject, 5))
    yield served("kid-ski-none", "a server without subjectKeyIdentifier", ski=None)
    yield below("kid-middle-aki-none", "an intermediate without authorityKeyIdentifier", aki=None)
    yield below("kid-middle-ski-none", "an intermediate without subjectKeyIdentifier", ski=None)
    yield below("kid-middle-ski-other", "an intermediate whose subjectKeyIdentifier is no digest of its key", ski=octets(wrong), issued_key_identifier=wrong)
    yield below("kid-middle-ski-empty", "an intermediate with a subjectKeyIdentifier of no octets", ski=octets(b""))
    yield under("kid-root-ski-none", "a root without subjectKeyIdentifier", ski=None)
    yield under("kid-root-aki", "a root whose authorityKeyIdentifier names itself", aki=None)
    root = ca("identified root", aki=aki(wrong))
    yield Case("kid-root-aki-other", "a root whose authorityKeyIdentifier names another key", [leaf(root)], [root])
