"""``python -m check``: check a deployed stack; the exit status is 0 if every step did what it should."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

import requests
from botocore.exceptions import BotoCoreError, ClientError

from check import CheckFailedError, outputs
from check.recording import Recording
from check.removal import everything_is_removed, leftovers_are_removed
from check.stack import Stack
from check.steps import LOOKING, TRYING, Step, Walk

PATIENCE_SECONDS = 180


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status, 1 after the lines that say why."""
    options = _parser().parse_args(arguments)
    try:
        found = outputs.of_file(options.outputs) if options.outputs else outputs.of_stack(options.stack)
    except CheckFailedError as failure:
        print(f"error: {failure.reason}\n{failure.advice}", file=sys.stderr)
        return 1
    with Interrupts() as interrupts:
        try:
            take_walk(Walk(Stack(found), options.wait), options.record, interrupts.hold)
        except CheckFailedError:
            return 1  # its step has said why
        except KeyboardInterrupt:
            print("Interrupted.")
            return 1
    print("The stack works.")
    return 0


def take_walk(walk: Walk, record: Path | None = None, hold: Callable[[], None] = lambda: None) -> None:
    """Take all steps and remove what they created, however they end. CheckFailedError from a step that fails.

    `hold` is called when the removal begins, which nothing must interrupt.
    """
    for step in (*LOOKING, leftovers_are_removed):
        take(step, walk)
    with ExitStack() as afterwards:  # which is left from the last to the first
        afterwards.callback(take, everything_is_removed, walk)
        steps = list(TRYING)
        if record:
            recording = Recording(record)
            steps.insert(0, recording.begin)
            afterwards.callback(take, recording.end, walk)
        afterwards.callback(hold)
        for step in steps:
            take(step, walk)


def take(step: Step, walk: Walk) -> None:
    """Take one step and print its line. CheckFailedError if it fails, after what to do about it."""
    title = (step.__doc__ or "").splitlines()[0].rstrip(".")
    try:
        seen = step(walk)
    except (CheckFailedError, BotoCoreError, ClientError, requests.RequestException) as error:
        failure = as_failure(error)
        print(f"FAIL  {title}: {failure.reason}", flush=True)
        for line in [*failure.advice.splitlines(), *(_logged(walk) if failure.logged else ())]:
            print(f"      {line}", flush=True)
        raise failure from error
    print(f"ok    {title}: {seen}", flush=True)


def as_failure(error: Exception) -> CheckFailedError:
    """The failure that an error in a step is."""
    if isinstance(error, CheckFailedError):
        return error
    if isinstance(error, requests.RequestException):
        advice = (
            "Check that the stack is up and that its outputs are these: pulumi stack output api_endpoint\n"
            "If linkDomain is set, its records have to be in the DNS: pulumi stack output dns_records --json"
        )
        return CheckFailedError(f"The API does not answer: {error}", advice)
    advice = (
        "The check needs the AWS credentials that you deploy with in this shell, and the stack's region: aws sts "
        "get-caller-identity"
    )
    return CheckFailedError(f"AWS does not answer: {error}", advice)


def _logged(walk: Walk) -> list[str]:
    """What the stack's functions have logged as errors in the meantime, and what that means."""
    try:
        errors = walk.stack.errors_logged(walk.began)
    except (BotoCoreError, ClientError) as error:
        return [f"The functions' logs cannot be read: {error}"]
    words = [f"Logged by {line}" for line in errors] or ["No function has logged an error."]
    if any("not authorized" in line for line in errors):
        words.append("A function lacks a permission: `pulumi up --refresh` restores roles that were changed by hand.")
    return words


class Interrupts:
    """Turns a signal that ends the process into a KeyboardInterrupt, until it is told to `hold` them all."""

    def __init__(self) -> None:
        self._held = False
        self._before: dict[signal.Signals, signal._HANDLER] = {}

    def hold(self) -> None:
        """From now on, ignore them."""
        self._held = True

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._held:
            return
        raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m check",
        description="Check a deployed stack without doing harm: emails go only to the mailbox simulator of Amazon "
        "SES, and everything the check creates is removed again. Needs the AWS credentials with which the"
        " stack was deployed.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--stack", metavar="NAME", help="a stack that the Pulumi CLI knows")
    which.add_argument("--outputs", type=Path, metavar="FILE", help="the outputs of a stack, as JSON")
    parser.add_argument("--record", type=Path, metavar="FILE", help="write the shapes of what SES answered there")
    parser.add_argument(
        "--wait",
        type=float,
        default=PATIENCE_SECONDS,
        metavar="SECONDS",
        help="how long to wait for SES to send, and for its events (default: %(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
