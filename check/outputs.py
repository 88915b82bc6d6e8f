"""A stack's outputs: asked of the Pulumi CLI, or read from a file."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from check import CheckFailedError

ROOT = Path(__file__).resolve().parent.parent
PULUMI_SECONDS = 120
NEEDED = (
    *("api_endpoint", "subscribe_url", "confirm_url", "unsubscribe_url", "console_url", "admin_token"),
    *("subscribe_function", "unsubscribe_function", "list_subscribers_function", "send_newsletter_function"),
    *("subscribers_table", "campaigns_table", "dkim_records"),
)

HIDDEN = "[secret]"
"""What the CLI shows instead of a secret unless asked to show it."""

Outputs = Mapping[str, Any]


def of_stack(name: str, command: str = "pulumi") -> Outputs:
    """The outputs of a stack of this project, secrets in plain text. CheckFailedError says why there are none."""
    words = [command, "stack", "output", "--json", "--show-secrets", "--non-interactive", "--stack", name]
    try:
        answer = subprocess.run(  # noqa: S603
            words, cwd=ROOT, capture_output=True, text=True, timeout=PULUMI_SECONDS, check=False
        )
    except FileNotFoundError as error:
        raise CheckFailedError(
            f"There is no {command} on the PATH.",
            "Install the Pulumi CLI, or pass the outputs in a file: make check OUTPUTS=outputs.json",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise CheckFailedError(
            f"`pulumi stack output` did not answer within {PULUMI_SECONDS} seconds.",
            "Check that you can reach the place where Pulumi keeps the stack's state: pulumi whoami --verbose",
        ) from error
    if answer.returncode != 0:
        raise CheckFailedError(
            f"`pulumi stack output` failed: {answer.stderr.strip() or answer.stdout.strip()}",
            "List your stacks with `pulumi stack ls`.",
        )
    return _checked(answer.stdout, f"stack {name}")


def of_file(path: Path) -> Outputs:
    """The outputs in a JSON file, as `pulumi stack output --json --show-secrets` and `local up --outputs` write it."""
    try:
        text = path.read_text()
    except (OSError, UnicodeError) as error:
        raise CheckFailedError(f"The outputs cannot be read: {error}", "OUTPUTS names a file of outputs.") from error
    return _checked(text, str(path))


def _checked(text: str, source: str) -> Outputs:
    again = "Write them with `pulumi stack output --json --show-secrets`."
    try:
        outputs = json.loads(text)
    except ValueError as error:
        raise CheckFailedError(f"The outputs of {source} are not JSON: {error}", again) from error
    if not isinstance(outputs, dict):
        raise CheckFailedError(f"The outputs of {source} are not a JSON object.", again)
    missing = [name for name in NEEDED if name not in outputs]
    if missing:
        advice = "Run `pulumi up` until it succeeds: a stack has its outputs only when everything was created."
        raise CheckFailedError(f"The outputs of {source} lack {', '.join(missing)}.", advice)
    if outputs["admin_token"] == HIDDEN:
        raise CheckFailedError(f"The outputs of {source} hide the admin token.", again)
    return outputs
