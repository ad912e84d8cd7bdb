"""Asks OpenSSL, GnuTLS and pyca about every case: `judge.py FOLDER`. Prints what each says as JSON: an empty text where it
accepts."""

import datetime
import ipaddress
import json
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from cryptography import x509
from cryptography.x509 import verification

PURPOSES = {"client": ["client"], "etcd-peer": ["server", "client"], "server": ["server"]}
OIDS = {"client": "1.3.6.1.5.5.7.3.2", "server": "1.3.6.1.5.5.7.3.1"}
# No machine's own trust store, settings or language.
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC"}


def address(name):
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def run(*command):
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, errors="replace")


def openssl(folder, case, purpose):
    # Security level 2 is what Debian's TLS has; a partial chain is what Go takes.
    at = int(moment(case).timestamp())
    command = ["openssl", "verify", "-x509_strict", "-partial_chain", "-auth_level", "2", "-no-CApath", "-no-CAstore",
               "-attime", str(at), "-purpose", f"ssl{purpose}", "-CAfile", folder / "trust.pem", "-untrusted", folder / "chain.pem"]
    if case["name"]:
        command += ["-verify_ip" if address(case["name"]) else "-verify_hostname", case["name"]]
    done = run(*command, folder / "chain.pem")
    return "" if done.returncode == 0 else reason(done.stderr, r"error \d+ at .*")


def gnutls(folder, case, purpose):
    # certtool judges by the clock alone.
    command = ["faketime", "-f", moment(case).strftime("%Y-%m-%d %H:%M:%S"), "certtool", "--verify", "--verify-profile", "medium",
               "--load-ca-certificate", folder / "trust.pem", "--infile", folder / "chain.pem", "--verify-purpose", OIDS[purpose]]
    if case["name"]:
        command += ["--verify-hostname", case["name"]]
    done = run(*command)
    # Its exit code has been 0 for some refusals; what it says is the verdict.
    said = done.stdout + done.stderr
    return "" if "Chain verification output: Verified." in said and done.returncode == 0 else reason(said, r"Chain verification output: .*|.*[eE]rror.*")


def pyca(folder, case, purpose):
    chain = x509.load_pem_x509_certificates((folder / "chain.pem").read_bytes())
    trust = x509.load_pem_x509_certificates((folder / "trust.pem").read_bytes())
    builder = verification.PolicyBuilder().store(verification.Store(trust)).time(moment(case).replace(tzinfo=None))
    # Others have no limit, or a wider one.
    builder = builder.max_chain_depth(32)
    if purpose == "client":
        builder.build_client_verifier().verify(chain[0], chain[1:])
        return ""
    ip = address(case["name"])
    subject = x509.IPAddress(ip) if ip else x509.DNSName(case["name"])
    builder.build_server_verifier(subject).verify(chain[0], chain[1:])
    return ""


def moment(case):
    return datetime.datetime.fromisoformat(case["at"])


def reason(text, pattern):
    found = re.search(pattern, text)
    return found[0].strip() if found else text.strip() or "refused"


def asked(judge, folder, case):
    for purpose in PURPOSES[case["purpose"]]:
        try:
            said = judge(folder / case["id"], case, purpose)
        except Exception as error:  # Whatever a judge raises is a refusal.
            said = str(error) or type(error).__name__
        if said:
            return said
    return ""


def main(folder):
    cases = json.loads((folder / "cases.json").read_text())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        said = {judge.__name__: list(pool.map(lambda case: asked(judge, folder, case), cases)) for judge in [openssl, gnutls, pyca]}
    json.dump({name: {case["id"]: text for case, text in zip(cases, texts)} for name, texts in said.items()}, sys.stdout)


main(pathlib.Path(sys.argv[1]))
