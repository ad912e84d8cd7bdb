"""Certificates, good unless told otherwise: every part can be given as bytes."""

import hashlib
import itertools

import keys
from der import (
    bits, boolean, context, generalized_time, ia5, integer, named_bits, octets, oid, seq, set_of, split, tlv, utc_time, utf8,
)

# All cases are judged at one moment, so that their verdicts do not depend on the day of the run.
AT = "2026-06-15T12:00:00Z"
FROM, UNTIL = utc_time("260101000000Z"), utc_time("270101000000Z")
API = "api.example.test"

ATTRIBUTES = {"CN": "2.5.4.3", "C": "2.5.4.6", "O": "2.5.4.10", "OU": "2.5.4.11", "DC": "0.9.2342.19200300.100.1.25"}
EXTENSIONS = {
    "ski": ("2.5.29.14", False),
    "ku": ("2.5.29.15", True),
    "san": ("2.5.29.17", False),
    "ian": ("2.5.29.18", False),
    "bc": ("2.5.29.19", True),
    "nc": ("2.5.29.30", True),
    "aki": ("2.5.29.35", False),
    "eku": ("2.5.29.37", False),
}
SERVER, CLIENT, CODE, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3", "2.5.29.37.0"
DIGITAL_SIGNATURE, NON_REPUDIATION, KEY_ENCIPHERMENT, KEY_AGREEMENT, CERT_SIGN, CRL_SIGN = 0, 1, 2, 4, 5, 6

serials = itertools.count(0x4B50_0000_0000_0001)


def attribute(kind, value, string=utf8):
    return seq(oid(ATTRIBUTES[kind]), string(value) if isinstance(value, str) else value)


def name(common_name=None, string=utf8, **others):
    """A Name: O=kubepki cases, then the others, then the common name."""
    if common_name is None and not others:
        return seq()
    parts = {"O": "kubepki cases", **others, **({"CN": common_name} if common_name else {})}
    return seq(*(set_of(attribute(kind, value, string)) for kind, value in parts.items()))


def dns(text):
    return context(2, text.encode() if isinstance(text, str) else text, constructed=False)


def ip(data):
    return context(7, bytes(data), constructed=False)


def mail(text):
    return context(1, text.encode(), constructed=False)


def uri(text):
    return context(6, text.encode(), constructed=False)


def directory(name):
    return context(4, name)


def bc(ca=True, length=None):
    return seq(boolean(True) if ca else b"", integer(length) if length is not None else b"")


def eku(*purposes):
    return seq(*(oid(purpose) for purpose in purposes))


def nc(permitted=(), excluded=()):
    subtrees = lambda number, bases: context(number, *(seq(base) for base in bases)) if bases else b""
    return seq(subtrees(0, permitted), subtrees(1, excluded))


def key_identifier(public):
    """The SHA-1 of the key's bits (RFC 5280, 4.2.1.2)."""
    key_bits = split(split(split(public)[1])[2])[1][1:]
    return hashlib.sha1(key_bits).digest()


def aki(identifier=None, issuer=None, serial=None):
    parts = [context(0, identifier, constructed=False)] if identifier is not None else []
    if issuer is not None:
        parts += [context(1, directory(issuer)), context(2, integer(serial)[2:], constructed=False)]
    return seq(*parts)


def extension(dotted, value, critical=False):
    flag = boolean(True) if critical is True else b"" if critical is False else critical
    return seq(oid(dotted), flag, octets(value))


class Certificate:
    """A certificate with its key and the parts that its children and tests need."""

    def __init__(self, subject, issuer=None, key=None, *, public=None, serial=None, begins=FROM, ends=UNTIL,
                 version=2, algorithm=None, outer=None, signature=None, issuer_name=None, signer=None,
                 extensions=(), extra=b"", issued_key_identifier=None, after=b"", all_extensions=None):
        self.key = key
        self.public = public or keys.public(key)
        self.subject = subject
        self.identifier = key_identifier(self.public) if issued_key_identifier is None else issued_key_identifier
        self.serial = next(serials) if serial is None else serial
        signer = signer or (issuer.key if issuer else key)
        algorithm = algorithm or keys.usual(signer)
        fields = [
            context(0, integer(version)) if version else b"",
            self.serial if isinstance(self.serial, bytes) else integer(self.serial),
            algorithm.identifier,
            issuer_name if issuer_name is not None else issuer.subject if issuer else subject,
            seq(begins, ends),
            subject,
            self.public,
            extra,
        ]
        if all_extensions is None and extensions:
            all_extensions = context(3, seq(*extensions))
        tbs = seq(*fields, all_extensions or b"")
        signed = algorithm.sign(signer, tbs)
        self.der = seq(tbs, outer or algorithm.identifier, bits(signature(signed) if signature else signed), after)


def profile(defaults, critical, more, changes):
    """The extensions of a profile with changes: a value, or None for an extension that is left out."""
    values = {**defaults, **changes}
    made = []
    for short, value in values.items():
        if value is None:
            continue
        dotted, usual = EXTENSIONS[short]
        # RFC 5280, 4.2.1.6: the names are critical where the subject is empty.
        made.append(extension(dotted, value, critical.get(short, usual)))
    return [*made, *more]


def ca(label, issuer=None, *, kind="p256", key=None, subject=None, critical=None, more=(), extra_bc=None,
       bc=bc(), ku=named_bits(CERT_SIGN, CRL_SIGN), **rest):
    """A CA; a root where no issuer is said."""
    changes = {short: rest.pop(short) for short in list(rest) if short in EXTENSIONS}
    key = key or keys.key(kind, label)
    public = rest.get("public") or keys.public(key)
    defaults = {"bc": bc, "ku": ku, "ski": octets(key_identifier(public))}
    if issuer:
        defaults["aki"] = aki(issuer.identifier)
    extensions = profile(defaults, critical or {}, more, changes)
    subject = name(label) if subject is None else subject
    return Certificate(subject, issuer, key, extensions=extensions, **rest)


def leaf(issuer, names=None, *, kind="p256", label="leaf", key=None, subject=None, critical=None, more=(), **rest):
    """A server's certificate, for API unless other names are said; every extension can be changed."""
    changes = {short: rest.pop(short) for short in list(rest) if short in EXTENSIONS}
    public = rest.get("public")
    key = None if public else key or keys.key(kind, label)
    public = public or keys.public(key)
    defaults = {
        "bc": seq(),
        "ku": named_bits(DIGITAL_SIGNATURE),
        "eku": eku(SERVER),
        "san": seq(*(names if names is not None else [dns(API)])),
        "ski": octets(key_identifier(public)),
    }
    if issuer:
        defaults["aki"] = aki(issuer.identifier)
    extensions = profile(defaults, critical or {}, more, changes)
    subject = name("server") if subject is None else subject
    return Certificate(subject, issuer, key, extensions=extensions, **rest)
