"""No handler lets an address or a token out, whatever fails inside it."""

import importlib
import io
import logging
import os
import pkgutil
import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

import handlers
from email_list import private_logs
from tests.unit.handlers.conftest import Context, forget_collaborators

SECRETS = ("ann@example.com", f"1.MCBhQGIuYyAxODExMDgwOTg2.{'k' * 43}")
FUNCTIONS = sorted(
    module.name
    for module in pkgutil.iter_modules(handlers.__path__)
    if hasattr(importlib.import_module(f"handlers.{module.name}"), "handler")
)


class Hostile(dict[str, Any]):
    """A mapping that cannot be read, and quotes what must not be told when somebody tries."""

    def _refuse(self, *arguments: Any) -> NoReturn:
        raise ValueError("of {} with token={}".format(*SECRETS))

    __getitem__ = __contains__ = __iter__ = get = keys = items = _refuse


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, through the handler that Lambda sets up before a function's code is read."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    private_logs.install()
    yield stream
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_a_failing_function_says_is_masked(
    function: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_collaborators()
    said = ""
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", Hostile())
        try:
            said = str(importlib.import_module(f"handlers.{function}").handler(Hostile(), Context()))
        except Exception:
            said = traceback.format_exc()
    said += log.getvalue()
    assert "of (address) with token=(token)" in said
    assert not [secret for secret in SECRETS if secret in said]


def test_every_function_was_asked() -> None:
    assert {"subscribe", "send_batch", "record_event", "import_subscribers", "sweep_campaigns"} <= set(FUNCTIONS)
    assert len(FUNCTIONS) > 25
