"""``python -m tests.releases VERSION`` deploys this version, lets everything happen on it, and keeps what it holds.

It takes Pulumi's own engine (`make engine`) and some minutes. Commit what it writes with the release.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local.stack import ROOT
from tests.engine.cli import find
from tests.engine.operator import Account, Operator
from tests.releases import FOLDER, SETTINGS, held, pack
from tests.releases.life import Life

ADAPTERS = ROOT / "lambda_src/email_list/aws"
LEFT_OUT = {
    "RECOUNT",  # only while a recount runs
    "STACK",  # only while a stack is taken down
    "WARMUP",  # only with `warmUp`
}
MOMENTS = ("created", "modified")
"""What the state says of every resource and no test asks."""


def main(version: str) -> int:
    folder = FOLDER / version
    with tempfile.TemporaryDirectory() as scratch, Account() as account:
        operator = Operator(Path(scratch), account, find())
        operator.prepare()
        operator.set(SETTINGS)
        operator.run("pulumi up --skip-preview")
        urls = {"mailbox_url": account.ses.mailbox_url, "emulator_url": account.cloud.url}
        outputs = {**operator.outputs(), **urls}
        links = Life(SimpleNamespace(outputs=outputs, cloud=account.cloud)).live()
        data = held(account.cloud, outputs, links)
        state = json.loads(operator.state())
        settings = (operator.checkout / "Pulumi.production.yaml").read_text()
    kinds = {item["pk"]["S"].partition("#")[0] for item in data.tables["records"]}
    if missing := {kind for kind in declared() if kind not in kinds | LEFT_OUT}:
        print(f"error: nothing was kept, as these rows are missing: {', '.join(sorted(missing))}", file=sys.stderr)
        return 1
    folder.mkdir(exist_ok=True)
    (folder / "stack.yaml").write_text(settings)
    pack(folder / "state.json.gz", without_moments(state))
    data.write(version)
    print(f"{folder.relative_to(ROOT)}: {sum(map(len, data.tables.values()))} rows, {len(kinds)} kinds of records")
    return 0


def declared() -> Iterable[str]:
    """How the keys of the records table begin, as the adapters write them."""
    for file in ADAPTERS.glob("*.py"):
        yield from re.findall(r'record_key\(f?"([A-Z]+)', file.read_text())
        yield from re.findall(r'(?m)^[A-Z]+ = "([A-Z]+)"$', file.read_text())


def without_moments(state: Any) -> Any:
    for resource in state["deployment"]["resources"]:
        for moment in MOMENTS:
            resource.pop(moment, None)
    return state


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
