"""Hold the CACAO export of every shipped playbook against OASIS's own JSON schemas.

Run with a checkout of oasis-open/cacao-json-schemas, whose files are not ours to ship:
`python -m tests.bench.cacao path/to/cacao-json-schemas/schemas`. Prints each fault, and exits 1 when there is one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import fastjsonschema

from playbooks.cacao.document import document
from playbooks.load import shipped_library
from playbooks.pinning import pin

START = "https://raw.githubusercontent.com/oasis-open/cacao-json-schemas/main/schemas/playbook.json"


def main(folder: Path) -> int:
    """How many playbooks have a fault."""

    def read(address: str) -> Any:
        return json.loads((folder / address.rpartition("/schemas/")[2]).read_text("utf-8"))

    judge = fastjsonschema.compile(read(START), handlers={"https": read})
    faulty = 0
    for name in sorted(shipped_library().sources):
        try:
            judge(json.loads(json.dumps(document(pin(shipped_library(), name)))))
        except fastjsonschema.JsonSchemaException as fault:
            faulty += 1
            print(f"{name}: {fault}")
    print(f"{len(shipped_library().sources)} playbooks, {faulty} with faults")
    return faulty


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder `schemas` of a checkout of oasis-open/cacao-json-schemas.")
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
