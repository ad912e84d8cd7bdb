"""Lints certificates with pkilint, many in one process, because its start takes longer than the work.

Reads `{"allowed": FILE, "certificates": [{"certificate": PEM, "issuer": PEM or null}]}` on stdin.
Writes `{"findings": [..], "unused": [..]}` on stdout: each finding of severity NOTICE or above, with
the allow-list's reason where an entry covers it, and the entries that covered nothing.
"""

import json
import re
import sys

from pkilint import loader, validation
from pkilint.pkix import certificate, extension, name
from pkilint.bin import lint_pkix_signer_signee_cert_chain as chain

THRESHOLD = validation.ValidationFindingSeverity.NOTICE


def certificate_validator():
    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


def load(path, *place):
    """Loads the first certificate of a PEM file; a chain's others are linted where they are listed."""
    end = "-----END CERTIFICATE-----"
    with open(path, encoding="ascii") as file:
        text = file.read()
    text = text[: text.index(end) + len(end)]
    return loader.RFC5280CertificateDocumentLoader().load_pem_document(text, *place)


def results_for_chain(issuer, subject):
    documents = {}
    documents["issuer"] = load(issuer, "issuer", None, documents)
    documents["subject"] = load(subject, "subject", None, documents)
    decoding = chain.create_decoder_validation_container()
    # Decoding findings are those of the certificate's own lint; here it only fills the tree.
    for document in documents.values():
        decoding.validate(document.root)
    return chain.create_issuer_validation_container().validate(
        documents["issuer"].root
    ) + chain.create_subject_validation_container().validate(documents["subject"].root)


def findings(path, results):
    for result in results:
        for described in result.finding_descriptions:
            if described.finding.severity <= THRESHOLD:
                yield {
                    "certificate": path,
                    "severity": described.finding.severity.name,
                    "code": described.finding.code,
                    "message": described.message or "",
                    "at": result.node.path,
                }


class AllowList:
    """Lines of `code  message pattern  reason`, two spaces or more between the columns."""

    def __init__(self, path):
        self.entries = []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if not line.strip() or line.startswith("#"):
                    continue
                columns = re.split(r"\s{2,}", line.strip())
                if len(columns) != 3:
                    sys.exit(f"{path}:{number}: a code, a message pattern and a reason, two spaces between them")
                code, pattern, reason = columns
                self.entries.append({"code": code, "pattern": re.compile(pattern), "reason": reason, "used": False})

    def reason(self, finding):
        for entry in self.entries:
            if entry["code"] == finding["code"] and entry["pattern"].fullmatch(finding["message"]):
                entry["used"] = True
                return entry["reason"]
        return None

    def unused(self):
        return [f"{entry['code']}  {entry['pattern'].pattern}" for entry in self.entries if not entry["used"]]


def main():
    order = json.load(sys.stdin)
    allowed = AllowList(order["allowed"])
    validator = certificate_validator()
    found = []
    for task in order["certificates"]:
        path, issuer = task["certificate"], task["issuer"]
        found += findings(path, validator.validate(load(path).root))
        if issuer is not None:
            found += findings(path, results_for_chain(issuer, path))
    for finding in found:
        finding["allowed"] = allowed.reason(finding)
    json.dump({"findings": found, "unused": allowed.unused()}, sys.stdout)


main()
