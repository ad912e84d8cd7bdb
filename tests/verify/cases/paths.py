"""Path building: many candidates, cross-signing, loops, depth, trust in unusual places."""

from case import MIDDLE, ROOT, Case
from certificates import CLIENT, SERVER, aki, bc, ca, dns, eku, leaf, name, nc
from constraints import under
from der import named_bits, octets, printable, seq, utc_time, utf8
from keys import key

PAST = utc_time("260301000000Z")


def cases():
    yield from order()
    yield from trust()
    yield from crossed()
    yield from candidates()
    yield from depth()
    yield from subjects()


def order():
    server = leaf(MIDDLE)
    low = ca("low", MIDDLE)
    below = leaf(low)
    stranger = ca("stranger")
    yield Case("path-good", "a server, its CA, and the root trusted", [server, MIDDLE])
    yield Case("path-direct", "a server signed by the root", [leaf(ROOT)])
    yield Case("path-gap", "the intermediate is missing", [server])
    yield Case("path-order", "the intermediates in the wrong order", [below, MIDDLE, low])
    yield Case("path-root-sent", "the root is sent along", [server, MIDDLE, ROOT])
    yield Case("path-leaf-twice", "the server's certificate is sent twice", [server, server, MIDDLE])
    yield Case("path-extra", "a CA that has nothing to do with it is sent along", [server, stranger, MIDDLE])
    yield Case("path-extra-leaf", "another server's certificate is sent along", [server, leaf(MIDDLE, label="other"), MIDDLE])
    yield Case("path-own-root", "a root is sent along that nobody trusts", [leaf(stranger), stranger])


def trust():
    server = leaf(MIDDLE)
    other = ca("other root")
    yield Case("path-other-root", "another root is trusted", [server, MIDDLE], [other])
    yield Case("path-two-roots", "two roots are trusted, the second is the right one", [server, MIDDLE], [other, ROOT])
    yield Case("path-middle-trusted", "the intermediate itself is trusted", [server], [MIDDLE])
    yield Case("path-middle-trusted-sent", "the intermediate itself is trusted and sent along", [server, MIDDLE], [MIDDLE])
    yield Case("path-middle-and-root", "intermediate and root are trusted", [server], [MIDDLE, ROOT])
    yield Case("path-leaf-trusted", "the server's certificate itself is trusted", [server], [server])
    alone = leaf(None, subject=name("alone"))
    yield Case("path-self-signed", "a self-signed server that nobody trusts", [alone])
    yield Case("path-self-signed-trusted", "a self-signed server that is trusted itself", [alone], [alone])
    impostor = ca("root impostor", subject=ROOT.subject)
    yield Case("path-impostor", "a root with the name of the trusted one and another key", [leaf(impostor), impostor])
    yield Case("path-impostor-trusted", "trusted is a root of the same name and another key", [server, MIDDLE], [impostor])
    same_id = ca("root impostor", subject=ROOT.subject, ski=octets(ROOT.identifier), issued_key_identifier=ROOT.identifier)
    yield Case("path-impostor-id", "another key with the name and the key identifier of the trusted one", [leaf(same_id), same_id])
    again = ca("root again", key=ROOT.key, subject=ROOT.subject)
    yield Case("path-renewed-root", "trusted is the same root, renewed with its key", [server, MIDDLE], [again])


def crossed():
    old, new = ca("old root"), ca("new root")
    cross = ca("new root", old)
    server = leaf(new)
    yield Case("path-cross", "the new root is cross-signed, and the old one is trusted", [server, cross], [old])
    yield Case("path-cross-self", "the new root is sent as itself and cross-signed, and the old one is trusted", [server, new, cross], [old])
    yield Case("path-cross-new", "the cross-signed one is sent, and the new root is trusted", [server, cross], [new])
    yield Case("path-cross-both", "old and new roots are trusted", [server, cross], [old, new])
    a, b = ca("loop a"), ca("loop b")
    a_by_b, b_by_a = ca("loop a", b), ca("loop b", a)
    yield Case("path-loop", "two CAs that certify each other, and no root", [leaf(a), a_by_b, b_by_a])
    b_by_root = ca("loop b", ROOT)
    yield Case("path-loop-exit", "two CAs that certify each other, and a way to the root", [leaf(a), a_by_b, b_by_a, b_by_root])
    three = [ca(f"ring {n}") for n in range(3)]
    ring = [ca(f"ring {n}", three[(n + 1) % 3]) for n in range(3)]
    yield Case("path-ring-exit", "three CAs in a ring, and a way to the root", [leaf(three[0]), *ring, ca("ring 2", ROOT)])
    expired = ca("old root", ends=PAST)
    yield Case("path-cross-expired", "the cross-signing root has expired, and the new one is trusted", [server, cross], [new, expired])
    yield Case("path-cross-expired-only", "the cross-signing root has expired, and only it is trusted", [server, cross], [expired])


def candidates():
    def two(id, title, **rest):
        """A good CA beside one of the same name and key with these changes, in both orders."""
        good, bad = ca("twofold", ROOT), ca("twofold", rest.pop("by", ROOT), **rest)
        server = leaf(good)
        yield Case(f"path-{id}-before", f"a good CA behind one {title}", [server, bad, good])
        yield Case(f"path-{id}-behind", f"a good CA before one {title}", [server, good, bad])

    yield from two("expired", "that has expired", ends=PAST)
    yield from two("constrained", "that excludes the name", nc=nc(excluded=[dns("example.test")]))
    yield from two("client", "for clients alone", eku=eku(CLIENT))
    yield from two("no-ca", "that is no CA", bc=seq())
    yield from two("forged", "that the root did not sign", signer=key("p256", "stranger"))
    yield from two("stray", "of a root that nobody trusts", by=ca("stray root"))
    yield from two("no-sign", "that may not sign", ku=named_bits(6))
    good = ca("twofold", ROOT)
    other = ca("another key", ROOT, subject=good.subject)
    yield Case("path-other-key-before", "a good CA behind one of the same name and another key", [leaf(good), other, good])
    others = [ca(f"crowd {n}", ROOT, subject=good.subject) for n in range(20)]
    yield Case("path-crowd", "a good CA behind 20 of the same name and other keys", [leaf(good), *others, good])
    for without in [aki(), None]:
        shown = "empty" if without else "no"
        server = leaf(good, aki=without)
        yield Case(f"path-crowd-{shown}-aki", f"the same, and {shown} authorityKeyIdentifier", [server, *others[:5], good])
    low = ca("limited", good)
    limited = ca("twofold", ROOT, bc=bc(length=0))
    yield Case("path-length-before", "a good CA behind one whose path length is too short", [leaf(low), low, limited, good])


def depth():
    for count in [5, 9, 15]:
        chain = [ROOT]
        for number in range(count):
            chain.append(ca(f"deep {number}", chain[-1]))
        yield Case(f"path-deep-{count}", f"{count} CAs below the root", [leaf(chain[-1]), *chain[:0:-1]])


def subjects():
    nameless = ca("nameless", ROOT, subject=seq())
    yield Case("path-nameless-ca", "a CA without a subject", [leaf(nameless), nameless])
    yield under("path-nameless-root", "a root without a subject", subject=seq())
    root = ca("root of server", subject=name("server"))
    yield Case("path-same-subject", "a server with the subject of its CA", [leaf(root, subject=name("server"))], [root])
    for id, title, written in [
        ("printable", "the issuer's name in another string type", name("middle", printable)),
        ("case", "the issuer's name in capitals", name("MIDDLE")),
        ("spaces", "the issuer's name with two spaces in place of one", name("middle", O="kubepki  cases")),
        ("other", "the issuer's name is another", name("somebody")),
    ]:
        yield Case(f"path-issuer-{id}", title, [leaf(MIDDLE, issuer_name=written), MIDDLE])
