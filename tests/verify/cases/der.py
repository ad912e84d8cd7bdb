"""Writes ASN.1 by hand, so that what is wrong can be written too. Checks nothing."""


def tlv(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *parts)


def context(number, *parts, constructed=True):
    return tlv((0xA0 if constructed else 0x80) | number, *parts)


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def bits(data, unused=0):
    return tlv(0x03, bytes([unused]), data)


def named_bits(*positions):
    """A BIT STRING with these bits, without the zeros behind the last (X.690, 11.2.2)."""
    if not positions:
        return bits(b"")
    size = max(positions) + 1
    value = sum(1 << (size - 1 - position) for position in positions)
    unused = -size % 8
    return bits((value << unused).to_bytes((size + unused) // 8, "big"), unused)


def octets(data):
    return tlv(0x04, data)


def null():
    return tlv(0x05)


def oid(dotted):
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = b""
    for arc in [first * 40 + second, *rest]:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(arc & 0x7F | 0x80)
        out += bytes(reversed(groups))
    return tlv(0x06, out)


def utf8(text):
    return tlv(0x0C, text.encode())


def printable(text):
    return tlv(0x13, text.encode())


def ia5(text):
    return tlv(0x16, text.encode())


def utc_time(text):
    return tlv(0x17, text.encode())


def generalized_time(text):
    return tlv(0x18, text.encode())


def split(data):
    """The tag, content and rest of what begins here; short and long lengths."""
    size, at = data[1], 2
    if size & 0x80:
        at += size & 0x7F
        size = int.from_bytes(data[2:at], "big")
    return data[0], data[at : at + size], data[at + size :]


def children(data):
    """The elements of a constructed value, whole."""
    rest, found = split(data)[1], []
    while rest:
        after = split(rest)[2]
        found.append(rest[: len(rest) - len(after)])
        rest = after
    return found
