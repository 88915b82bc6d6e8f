"""What every function loads before its first request, held to a budget.

Each module costs the first request of every new environment some time. Budgets count modules and bytes, which are the
same on every machine; `python -m benchmarks cold_start` measures the time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from benchmarks.cold_start import BUNDLE_AIM, Load, bundle_bytes, functions, loads
from components.packaging import CONTRACT, Target

NONE: frozenset[str] = frozenset()
ADDRESSES = frozenset({"email_validator", "idna"})
LINKS = frozenset({"itsdangerous"})
NAMES = frozenset({"dns"})
PAGES = frozenset({"markupsafe"})
COMPOSING = frozenset({"css_inline", "markdown_it", "mdurl", "nh3"})


@dataclass(frozen=True)
class Budget:
    """The most modules, the most kilobytes of Python sources, and all dependencies that a function may load.

    Anyone who needs more raises it here, and so says that the function needs it.
    """

    modules: int
    kilobytes: int
    packages: frozenset[str]


LIGHT = Budget(25, 100, NONE)
"""The budget of a function that is not listed."""

BUDGETS: Mapping[str, Budget] = {
    "analytics": Budget(38, 169, NONE),
    "announce": Budget(25, 40, NONE),
    "archive": Budget(55, 328, ADDRESSES | PAGES),
    "authorizer": Budget(15, 20, NONE),
    "campaigns": Budget(187, 812, COMPOSING | LINKS),
    "cleanup": Budget(15, 30, NONE),
    "confirm": Budget(61, 350, ADDRESSES | LINKS | PAGES),
    "console": Budget(15, 35, NONE),
    # It also lets people into sequences, whose filters it reads.
    "count_subscribers": Budget(46, 175, NONE),
    "deliver_webhook": Budget(20, 42, NONE),
    "deliverability": Budget(122, 986, NAMES | frozenset({"idna"})),
    "drafts": Budget(169, 812, ADDRESSES | COMPOSING | LINKS),
    "erase_history": Budget(31, 114, NONE),
    "export_subscribers": Budget(36, 125, NONE),
    "feeds": Budget(135, 574, COMPOSING),
    "forget_unsubscribed": Budget(40, 150, NONE),
    "import_subscribers": Budget(51, 539, ADDRESSES | frozenset({"disposable_email_domains"})),
    "lake_events": Budget(45, 250, ADDRESSES),
    "lake_snapshot": Budget(37, 152, NONE),
    "list_subscribers": Budget(26, 103, NONE),
    "openapi": Budget(98, 559, ADDRESSES | LINKS | PAGES),
    "pictures": Budget(30, 110, NONE),
    "plan_campaign": Budget(43, 190, NONE),
    "preferences": Budget(61, 361, ADDRESSES | LINKS | PAGES),
    "prepare_picture": Budget(70, 1500, frozenset({"PIL"})),
    "read_feed": Budget(46, 256, frozenset({"feedparser", "feedparser_sgmllib"})),
    "record_event": Budget(56, 353, ADDRESSES),
    "recount": Budget(45, 197, NONE),
    "run_sequences": Budget(80, 371, LINKS),
    "segments": Budget(45, 167, NONE),
    "send_batch": Budget(66, 296, LINKS),
    "send_confirmation": Budget(130, 1069, ADDRESSES | LINKS | NAMES),
    "send_feed": Budget(188, 823, COMPOSING | LINKS),
    "send_greeting": Budget(36, 155, NONE),
    "send_newsletter": Budget(184, 804, COMPOSING | LINKS),
    "send_report": Budget(62, 264, NONE),
    "sequences": Budget(168, 754, COMPOSING | LINKS),
    "settings": Budget(48, 283, ADDRESSES | PAGES),
    "subscribe": Budget(54, 310, ADDRESSES | PAGES),
    "subscribers": Budget(62, 373, ADDRESSES),
    "sweep_campaigns": Budget(37, 145, NONE),
    "sync_suppression": Budget(36, 220, ADDRESSES),
    "templates": Budget(114, 477, COMPOSING),
    "unsubscribe": Budget(61, 345, ADDRESSES | LINKS | PAGES),
}


@pytest.fixture(scope="module")
def found() -> Mapping[str, Load]:
    return loads(functions())


def test_every_budget_is_that_of_a_function() -> None:
    assert BUDGETS.keys() <= set(functions())


@pytest.mark.parametrize("function", functions())
def test_a_function_loads_no_more_than_its_budget(function: str, found: Mapping[str, Load]) -> None:
    load, budget = found[function], BUDGETS.get(function, LIGHT)
    assert load.modules <= budget.modules
    assert load.source_bytes <= 1000 * budget.kilobytes


@pytest.mark.parametrize("function", functions())
def test_a_function_loads_the_dependencies_that_it_uses_and_no_others(function: str, found: Mapping[str, Load]) -> None:
    assert found[function].packages == BUDGETS.get(function, LIGHT).packages


def test_the_contract_that_every_function_loads_stays_small() -> None:
    # It grows with the routes, some 120 bytes each.
    assert CONTRACT.stat().st_size <= 18_000


def test_the_bundle_stays_small() -> None:
    assert bundle_bytes(Target.host()) < BUNDLE_AIM
