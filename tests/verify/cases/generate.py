"""Makes every case in a folder: `generate.py FOLDER`. A case is a folder with chain.pem, trust.pem and, where a server can
use it, leaf.key; cases.json has the questions. Fresh keys in each run; what is asked and what is wrong is always the same."""

import json
import os
import pathlib
import sys

import constraints, encoded, extensions, names, paths, permitted, publickeys, review, signatures, validity

FAMILIES = [
    ("Signatures and their algorithms", signatures),
    ("Public keys", publickeys),
    ("Dates", validity),
    ("Constraints and usages", constraints),
    ("Names", names),
    ("Name constraints", permitted),
    ("Extensions, serial numbers and key identifiers", extensions),
    ("Path building", paths),
    ("Encodings", encoded),
    ("Found by a review", review),
]


def main(folder):
    # Some files hold a private key, which nobody else may read.
    os.umask(0o077)
    found = []
    for family, module in FAMILIES:
        for case in module.cases():
            assert all(case.id != other["id"] for other in found), f"{case.id} is there twice"
            path = folder / case.id
            path.mkdir(parents=True)
            for name, data in case.files().items():
                (path / name).write_bytes(data)
            question = {"id": case.id, "family": family, "title": case.title}
            found.append({**question, "name": case.name, "purpose": case.purpose, "at": case.at})
    (folder / "cases.json").write_text(json.dumps(found, indent=1))


main(pathlib.Path(sys.argv[1]))
