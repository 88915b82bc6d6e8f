"""What every function loads before its first request, held to a budget.

Each module costs the first request of every new environment some time. Budgets count modules and bytes, which are the
same on every machine; `python -m benchmarks cold_start` measures the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from benchmarks.cold_start import BUNDLE_AIM, Load, bundle_bytes, functions, loads
from components.packaging import Target

NONE: frozenset[str] = frozenset()
ADDRESSES = frozenset({"email_validator", "idna"})
LINKS = frozenset({"itsdangerous"})
PAGES = frozenset({"markupsafe"})
COMPOSING = frozenset({"css_inline", "markdown_it", "mdurl", "nh3"})


@dataclass(frozen=True)
class Budget:
    """The most modules, the most kilobytes of Python sources, and all dependencies that a function may load.

    Whoever needs more raises it here, and so says that the function needs it.
    """

    modules: int
    kilobytes: int
    packages: frozenset[str]


BUDGETS: Mapping[str, Budget] = {
    "analytics": Budget(50, 350, ADDRESSES),
    "announce": Budget(20, 50, NONE),
    "authorizer": Budget(10, 30, NONE),
    "campaigns": Budget(160, 820, ADDRESSES | COMPOSING | LINKS),
    "cleanup": Budget(10, 30, NONE),
    "confirm": Budget(55, 320, ADDRESSES | LINKS | PAGES),
    "console": Budget(10, 40, NONE),
    "count_subscribers": Budget(20, 60, NONE),
    "deliver_webhook": Budget(15, 50, NONE),
    "drafts": Budget(135, 690, ADDRESSES | COMPOSING | LINKS),
    "erase_history": Budget(20, 70, NONE),
    "export_subscribers": Budget(40, 250, ADDRESSES),
    "import_subscribers": Budget(35, 250, ADDRESSES),
    "lake_events": Budget(40, 250, ADDRESSES),
    "lake_snapshot": Budget(45, 320, ADDRESSES),
    "list_subscribers": Budget(20, 100, NONE),
    "openapi": Budget(70, 480, ADDRESSES | LINKS | PAGES),
    "plan_campaign": Budget(35, 130, NONE),
    "preferences": Budget(55, 320, ADDRESSES | LINKS | PAGES),
    "record_event": Budget(45, 320, ADDRESSES),
    "recount": Budget(45, 320, ADDRESSES),
    "send_batch": Budget(55, 260, LINKS),
    "send_confirmation": Budget(55, 370, ADDRESSES | LINKS),
    "send_greeting": Budget(40, 200, LINKS),
    "send_newsletter": Budget(155, 790, ADDRESSES | COMPOSING | LINKS),
    "send_report": Budget(70, 490, ADDRESSES),
    "settings": Budget(40, 270, ADDRESSES | PAGES),
    "subscribe": Budget(45, 280, ADDRESSES | PAGES),
    "subscribers": Budget(45, 280, ADDRESSES),
    "sweep_campaigns": Budget(30, 100, NONE),
    "sync_suppression": Budget(30, 220, ADDRESSES),
    "templates": Budget(105, 440, COMPOSING),
    "unsubscribe": Budget(55, 320, ADDRESSES | LINKS | PAGES),
}


@pytest.fixture(scope="module")
def found() -> Mapping[str, Load]:
    return loads(functions())


def test_every_function_has_a_budget() -> None:
    assert sorted(BUDGETS) == functions()


@pytest.mark.parametrize("function", BUDGETS)
def test_a_function_loads_no_more_than_its_budget(function: str, found: Mapping[str, Load]) -> None:
    load, budget = found[function], BUDGETS[function]
    assert load.modules <= budget.modules
    assert load.source_bytes <= 1000 * budget.kilobytes


@pytest.mark.parametrize("function", BUDGETS)
def test_a_function_loads_the_dependencies_that_it_uses_and_no_others(function: str, found: Mapping[str, Load]) -> None:
    assert found[function].packages == BUDGETS[function].packages


def test_the_bundle_stays_under_ten_megabytes() -> None:
    assert bundle_bytes(Target.host()) < BUNDLE_AIM
