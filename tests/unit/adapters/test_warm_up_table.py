"""How far a warm-up is, and a campaign's gate, in the records table and in the fake that tests use."""

from dataclasses import replace
from typing import Any

import pytest

from email_list.aws.campaign_table import CampaignTable
from email_list.aws.warm_up_table import WarmUpTable
from email_list.campaigns.campaign import Gate
from email_list.campaigns.warm_up import Used
from tests.unit.adapters.test_campaign_table import CAMPAIGN, ROW
from tests.unit.domain.campaign_world import FakeStore


@pytest.fixture(params=["production", "fake"])
def warmth(request: pytest.FixtureRequest) -> Any:
    return WarmUpTable(request.getfixturevalue("table")) if request.param == "production" else FakeStore()


def test_of_two_who_take_from_the_same_room_one_reads_again(warmth: Any) -> None:
    assert warmth.used() == Used()
    first = Used("2026-11-26", 0, 50)
    assert warmth.use(Used(), first)
    assert not warmth.use(Used(), Used("2026-11-26", 0, 30))
    assert warmth.used() == first
    assert warmth.use(first, replace(first, taken=80))
    assert not warmth.use(first, replace(first, taken=70))
    assert warmth.used().taken == 80


@pytest.fixture(params=["production", "fake"])
def store(request: pytest.FixtureRequest) -> Any:
    return CampaignTable(request.getfixturevalue("table")) if request.param == "production" else FakeStore()


def test_a_gate_and_the_bands_of_recipients_are_stored(store: Any) -> None:
    store.create(CAMPAIGN)
    gate = Gate("1", 3, 49)
    assert store.open_gate("C1", gate).gate == gate
    assert store.get("C1").gate == gate
    row = replace(ROW, bands="02")
    assert store.add_plan_rows("C1", [row]) == [row]
    assert store.plan_rows("C1", 1, 1) == [row]
    assert row.within(gate, [0, 1]) == [0]
    assert row.within(Gate("2", 1, 1), [0, 1]) == [0, 1]
    assert row.within(None, [1]) == [1]


def test_a_row_from_before_the_warm_up_comes_first() -> None:
    assert ROW.place(1) < replace(ROW, bands="00").place(0)
    assert ROW.within(Gate("0", 1, 0), [0, 1]) == [0, 1]
