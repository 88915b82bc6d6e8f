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
    "analytics": Budget(35, 160, NONE),
    "announce": Budget(20, 40, NONE),
    "authorizer": Budget(10, 20, NONE),
    "campaigns": Budget(155, 770, ADDRESSES | COMPOSING | LINKS),
    "cleanup": Budget(10, 20, NONE),
    "confirm": Budget(55, 320, ADDRESSES | LINKS | PAGES),
    "console": Budget(10, 30, NONE),
    "count_subscribers": Budget(20, 50, NONE),
    "deliver_webhook": Budget(15, 40, NONE),
    "drafts": Budget(135, 680, ADDRESSES | COMPOSING | LINKS),
    "erase_history": Budget(20, 70, NONE),
    "export_subscribers": Budget(25, 70, NONE),
    "import_subscribers": Budget(40, 240, ADDRESSES),
    "lake_events": Budget(40, 250, ADDRESSES),
    "lake_snapshot": Budget(30, 140, NONE),
    "list_subscribers": Budget(20, 90, NONE),
    "openapi": Budget(75, 460, ADDRESSES | LINKS | PAGES),
    "plan_campaign": Budget(35, 130, NONE),
    "preferences": Budget(55, 310, ADDRESSES | LINKS | PAGES),
    "record_event": Budget(45, 320, ADDRESSES),
    "recount": Budget(30, 140, NONE),
    "send_batch": Budget(55, 250, LINKS),
    "send_confirmation": Budget(55, 360, ADDRESSES | LINKS),
    "send_greeting": Budget(40, 190, LINKS),
    "send_newsletter": Budget(150, 760, ADDRESSES | COMPOSING | LINKS),
    "send_report": Budget(50, 280, NONE),
    "settings": Budget(40, 260, ADDRESSES | PAGES),
    "subscribe": Budget(45, 270, ADDRESSES | PAGES),
    "subscribers": Budget(45, 280, ADDRESSES),
    "sweep_campaigns": Budget(30, 100, NONE),
    "sync_suppression": Budget(30, 210, ADDRESSES),
    "templates": Budget(105, 430, COMPOSING),
    "unsubscribe": Budget(55, 310, ADDRESSES | LINKS | PAGES),
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
