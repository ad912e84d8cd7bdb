"""DER and its violations, and PEM as people have it."""

import keys
from case import MIDDLE, Case, joined, pem
from certificates import API, attribute, dns, leaf, name
from der import boolean, children, context, ia5, integer, null, oid, octets, printable, seq, set_of, split, tlv, utf8


def cases():
    yield from der()
    yield from subjects()
    yield from files()


def changed(id, title, edit):
    """The DER of a good certificate, edited after it was signed or not."""
    server = leaf(MIDDLE)
    server.der = edit(server.der)
    return Case(f"enc-{id}", title, [server, MIDDLE])


def served(id, title, **rest):
    return Case(f"enc-{id}", title, [leaf(MIDDLE, **rest), MIDDLE])


def der():
    yield changed("trailing", "a byte behind the certificate", lambda der: der + b"\0")
    yield changed("trailing-certificate", "a second certificate in the same PEM block", lambda der: der + MIDDLE.der)
    yield changed("truncated", "the last byte is missing", lambda der: der[:-1])
    yield changed("half", "the second half is missing", lambda der: der[: len(der) // 2])
    yield changed("long-length", "a length with a zero too many", lambda der: b"\x30\x83\0" + der[2:])
    yield changed("indefinite", "an indefinite length", lambda der: b"\x30\x80" + split(der)[1] + b"\0\0")
    yield changed("set", "a SET in place of the outer SEQUENCE", lambda der: b"\x31" + der[1:])
    yield changed("empty", "an empty SEQUENCE", lambda der: seq())
    yield changed("key", "a public key in place of a certificate", lambda der: children(children(der)[0])[6])
    yield served("fourth-field", "a fourth field behind the signature", after=null())
    yield served("extra-field", "an unknown field in the signed part", extra=context(5, null()))
    yield served("serial-string", "a string as the serial number", serial=octets(b"5"))
    yield served("boolean", "a TRUE that is written as 1", bc=seq(tlv(0x01, b"\x01")))
    yield served("eku-oid-padded", "an object identifier with a zero too many", eku=seq(tlv(0x06, b"\x2b\x06\x01\x05\x05\x07\x03\x80\x01"), oid("1.3.6.1.5.5.7.3.1")))


def subjects():
    latin = lambda text: tlv(0x14, text.encode("latin-1"))
    wide = lambda text: tlv(0x1E, text.encode("utf-16-be"))
    wider = lambda text: tlv(0x1C, text.encode("utf-32-be"))
    yield served("printable", "a subject as PrintableString", subject=name("server", printable))
    yield served("teletex", "a subject as TeletexString", subject=name("server ü", latin))
    yield served("bmp", "a subject as BMPString", subject=name("server ü", wide))
    yield served("universal", "a subject as UniversalString", subject=name("server ü", wider))
    yield served("ia5", "a subject as IA5String", subject=name("server", ia5))
    yield served("numeric", "a subject as NumericString with letters", subject=name("server", lambda text: tlv(0x12, text.encode())))
    yield served("printable-star", "a PrintableString with a character it may not have", subject=name("*@server", printable))
    yield served("utf8-bad", "a UTF8String that is not UTF-8", subject=name(tlv(0x0C, b"\xff\xfe")))
    yield served("bmp-odd", "a BMPString of an odd number of octets", subject=name(tlv(0x1E, b"\0a\0")))
    yield served("subject-octets", "a subject of octets", subject=name(octets(b"server")))
    yield served("subject-empty-value", "an empty common name", subject=name(utf8("")))
    yield served("subject-nul", "a NUL in the common name", subject=name("jane\0evil"))
    yield served("country", "a country of three letters", subject=name("server", C="GER"))
    yield served("cn-65", "a common name of 65 letters", subject=name("a" * 65))
    yield served("cn-1000", "a common name of 1,000 letters", subject=name("a" * 1000))
    yield served("cn-twice", "two common names", subject=seq(set_of(attribute("CN", "a")), set_of(attribute("CN", "b"))))
    two = [attribute("CN", "a"), attribute("OU", "b")]
    yield served("multi-valued", "a relative name of two values", subject=seq(set_of(*sorted(two))))
    yield served("multi-valued-unsorted", "a relative name of two values in the wrong order", subject=seq(set_of(*sorted(two, reverse=True))))
    yield served("rdn-empty", "a relative name without values", subject=seq(set_of(), set_of(attribute("CN", "a"))))
    yield served("subject-set", "a subject that is a SET", subject=set_of(set_of(attribute("CN", "a"))))


def files():
    server = leaf(MIDDLE)
    text = joined([server, MIDDLE]).decode()
    first, rest = pem(server.der), pem(MIDDLE.der)
    private = keys.private(server.key).decode()

    def file(id, title, text):
        return Case(f"pem-{id}", title, text if isinstance(text, bytes) else text.encode())

    yield file("crlf", "line ends of Windows", text.replace("\n", "\r\n"))
    yield file("no-newline", "no line end at the end", text.rstrip("\n"))
    yield file("text-before", "text before and between the blocks", f"subject=server\n{first}\nissuer=middle\n{rest}")
    yield file("indented", "blocks that are indented", "".join(f"    {line}\n" for line in text.splitlines()))
    yield file("one-line", "base64 in one line", one_line(first) + one_line(rest))
    yield file("spaces", "spaces at the ends of lines", text.replace("\n", " \n"))
    yield file("bom", "a byte order mark", "\ufeff" + text)
    yield file("utf16", "UTF-16", text.encode("utf-16"))
    yield file("key-first", "the private key before the certificates", private + text)
    yield file("key-last", "the private key behind the certificates", text + private)
    yield file("x509", "the old label X509 CERTIFICATE", text.replace("CERTIFICATE", "X509 CERTIFICATE"))
    yield file("trusted", "OpenSSL's label TRUSTED CERTIFICATE", text.replace("CERTIFICATE", "TRUSTED CERTIFICATE"))
    yield file("headers", "PEM headers", text.replace("-----\nM", "-----\nComment: x\n\nM"))
    yield file("garbage", "base64 that is none", first.replace("M", "!", 1) + rest)
    # One whose length needs a `=` at the end; signatures differ in length.
    uneven = next(made for made in iter(lambda: leaf(MIDDLE), None) if len(made.der) % 3)
    yield file("no-padding", "base64 without its padding", pem(uneven.der).replace("=", "") + rest)
    yield file("no-end", "no end of the last block", text.rsplit("-----END", 1)[0])
    yield file("other-end", "an end with another label", first.replace("END CERTIFICATE", "END PUBLIC KEY") + rest)
    yield file("empty-block", "an empty block before the chain", pem(b"") + text)
    yield file("broken-second", "the intermediate's block is cut off", first + rest[: len(rest) // 2])
    yield file("broken-extra", "a broken block behind the chain", text + pem(b"\x30\x03\x02\x01"))
    yield file("empty", "an empty file", "")
    yield file("text", "a file of text", "this is not a certificate\n")
    yield file("key-only", "a private key alone", private)


def one_line(block):
    begin, *lines, end = block.splitlines()
    return "\n".join([begin, "".join(lines), end, ""])
