"""The command line: ``python -m local up`` runs the product on this machine until it is interrupted, and
``python -m local forward 7`` lets a week pass for its sequences."""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError

from local import forward, sample_list
from local.emulator import HOST, EmulatorError
from local.engine import DeploymentError
from local.project import ConfigError, load_project
from local.resources import Cloud, DestroyError
from local.stack import DEFAULT_PORT, ROOT, STACK, LocalStack


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status, 1 after a message on standard error."""
    options = _parser().parse_args(arguments)
    # Ctrl-C too: a shell that starts a command in the background has it ignore that signal.
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _interrupt)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        return 0
    except (ConfigError, EmulatorError, DeploymentError, DestroyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _up(options: argparse.Namespace) -> int:
    outputs_file, config, demo = options.outputs, dict(options.config), options.demo
    if outputs_file:
        outputs_file.unlink(missing_ok=True)  # the file's appearance signals that the stack is ready
    with LocalStack(options.port, {**sample_list.CONFIG, **config} if demo else config) as stack:
        try:
            if demo:
                print("Adding people and letters ...", flush=True)
                sample_list.fill(stack.outputs)
            print(_welcome(stack.outputs, stack.differences()), flush=True)
            if outputs_file:
                _write_atomically(outputs_file, json.dumps(stack.outputs, indent=2) + "\n")
            stack.emulator.wait()
        except KeyboardInterrupt:
            print("\nRemoving everything ...", flush=True)
            return 0
        raise EmulatorError(f"the emulator ended by itself. Its last words:\n{stack.emulator.log[-2000:]}")


def _forward(options: argparse.Namespace) -> int:
    region = load_project(ROOT, STACK).config.get("aws:region", "us-east-1")
    cloud = Cloud(f"http://{HOST}:{options.port}", "", region)
    for day in range(1, options.days + 1):
        try:
            due = forward.a_day(cloud)
        except BotoCoreError as error:
            raise EmulatorError(f"no stack answers on port {options.port}: `python -m local up` starts one") from error
        print(f"Day {day}: {due} due", flush=True)
        if day < options.days:
            time.sleep(options.every)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="Run the email list on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    up = commands.add_parser(
        "up",
        help="bring the stack up and keep it until Ctrl-C",
        description="Run the Pulumi program against an AWS emulator on this machine, print how to use the result, and"
        " remove everything on Ctrl-C or SIGTERM.",
    )
    up.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="where the emulator listens (default: %(default)s); the mailbox takes the next port if free",
    )
    up.add_argument("--outputs", type=Path, metavar="FILE", help="write the stack outputs there as JSON when ready")
    up.add_argument(
        "--config",
        type=_key_value,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="set a config key of the program, as `pulumi config set` would; may be repeated",
    )
    up.add_argument(
        "--demo",
        action="store_true",
        help=f"start with topics, {sample_list.PEOPLE} people and two letters that were read",
    )
    up.set_defaults(run=_up)
    later = commands.add_parser(
        "forward",
        help="let days pass for the sequences of a running stack",
        description="Bring everybody inside a sequence nearer to their next email, day by day.",
    )
    later.add_argument("days", type=_days, metavar="DAYS", help="how many, 1 to 365")
    later.add_argument("--port", type=int, default=DEFAULT_PORT, help="the stack's (default: %(default)s)")
    later.add_argument(
        "--every", type=float, default=5.0, metavar="SECONDS", help="how long a day takes (default: %(default)s)"
    )
    later.set_defaults(run=_forward)
    return parser


def _days(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 365:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days from 1 to 365")
    return int(text)


def _key_value(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not key or not separator:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _welcome(outputs: Mapping[str, Any], differences: list[str]) -> str:
    subscriber = json.dumps({"email": "ada@example.com", "name": "Ada"})
    newsletter = json.dumps({"subject": "Hello", "message": "The first issue."})
    authorization = shlex.quote(f"Authorization: Bearer {outputs['admin_token']}")
    as_json = "-H 'content-type: application/json'"
    lines = [
        "The email list is up.",
        "",
        f"  Console      {outputs['console_url']}",
        f"  Admin token  {outputs['admin_token']}",
        f"  Sign-up page {outputs['subscribe_url']}",
        f"  Mailbox      {outputs['mailbox_url']}/",
        f"  API          {outputs['api_endpoint']}",
        f"  Emulator     {outputs['emulator_url']}   (AWS_ENDPOINT_URL for any AWS tool; any credentials)",
        "",
        "Try it in a browser:",
        "",
        "  1. Sign up on the sign-up page.",
        "  2. In the mailbox, open the email that asks you to confirm, follow its button, and confirm.",
        "  3. In the console, sign in with the admin token, write a campaign, and send it.",
        "  4. Read it in the mailbox.",
        "",
        "Or in a shell:",
        "",
        "  # add a subscriber who has agreed",
        f"  curl -H {authorization} {as_json} -d {shlex.quote(subscriber)} {outputs['subscribers_url']}",
        "  # list the subscribers",
        f"  curl -H {authorization} {outputs['subscribers_url']}",
        "  # send a newsletter to all of them",
        f"  curl -H {authorization} {as_json} -d {shlex.quote(newsletter)} {outputs['api_endpoint']}/campaigns",
        "  # read it, a moment later",
        f"  curl '{outputs['mailbox_url']}/messages?to=ada@example.com'",
        "  # let a week pass for sequences, a day every five seconds",
        f"  .venv/bin/python -m local forward 7 --port {outputs['emulator_url'].rpartition(':')[2]}",
        "",
        "Different from AWS:",
        "",
        *(f"  - {difference}" for difference in differences),
        "",
        "Ctrl-C removes everything.",
    ]
    return "\n".join(lines)


def _write_atomically(file: Path, text: str) -> None:
    """Write so that a reader sees all or nothing; readable only by the owner, because it contains the admin token."""
    descriptor, scratch = tempfile.mkstemp(dir=file.resolve().parent, prefix=f".{file.name}.")
    with os.fdopen(descriptor, "w") as target:
        target.write(text)
    os.replace(scratch, file)


def _interrupt(*_signal: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
