"""A case: what is trusted, what is shown, and the question."""

import base64
from dataclasses import dataclass

import keys
from certificates import API, AT, ca

ROOT = ca("root")
MIDDLE = ca("middle", ROOT)


def pem(der, label="CERTIFICATE"):
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def joined(certificates):
    return "".join(pem(certificate.der) for certificate in certificates).encode()


@dataclass
class Case:
    """`chain` is the leaf and what is sent along, or the bytes of their file."""

    id: str
    title: str
    chain: list | bytes
    trust: list | None = None
    name: str | None = API
    purpose: str = "server"
    at: str = AT

    def files(self):
        trust = [ROOT] if self.trust is None else self.trust
        files = {"trust.pem": joined(trust)}
        if isinstance(self.chain, bytes):
            return {**files, "chain.pem": self.chain}
        key = self.chain[0].key
        private = {"leaf.key": keys.private(key)} if key else {}
        return {**files, **private, "chain.pem": joined(self.chain)}
