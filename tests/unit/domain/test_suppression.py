"""Taking over the account's suppression list."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from email_list.clock import from_iso
from email_list.events.suppression import BEGINNING, OVERLAP, Entry, Round, SuppressionSync
from email_list.people.subscribers import ON_ACCOUNT_LIST
from tests.unit.domain.campaign_world import FakeClock

AT = "2026-11-20T10:00:00.000Z"
NEVER = lambda: False  # noqa: E731


class World:
    """A suppression list that gives two entries a page, the people, and the bookmark."""

    def __init__(self, entries: Sequence[Entry] = (), people: Mapping[str, str] | None = None) -> None:
        self.entries = list(entries)
        self.people = dict(people or {})
        self.round = Round()
        self.spans: list[tuple[str, str]] = []
        self.clock = FakeClock()
        self.sync = SuppressionSync(self, self, self, self.clock)

    def page(self, since: str, until: str, token: str | None) -> tuple[Sequence[Entry], str | None]:
        self.spans.append((since, until))
        found = [entry for entry in self.entries if since <= entry.at <= until]
        start = int(token or 0)
        return found[start : start + 2], str(start + 2) if start + 2 < len(found) else None

    def read(self) -> Round:
        return self.round

    def write(self, round_: Round) -> None:
        self.round = round_

    def statuses(self, emails: Sequence[str]) -> Mapping[str, str]:
        return {email: self.people[email] for email in emails if email in self.people}

    def bounced(self, email: str, sent_at: str, at: str, reason: str) -> bool:
        assert (sent_at, at, reason) == (AT, AT, ON_ACCOUNT_LIST)
        self.people[email] = "bounced"
        return True

    def complained(self, email: str, at: str, reason: str) -> bool:
        self.people[email] = "complained"
        return True


def test_who_is_on_the_accounts_list_is_so_on_ours_and_nobody_is_added() -> None:
    entries = [Entry(f"{name}@example.com", name.startswith("c"), AT) for name in ("b1", "b2", "b3", "c1", "c2", "c3")]
    people = {
        "b1@example.com": "active",
        "b2@example.com": "complained",
        "c1@example.com": "bounced",
        "c2@example.com": "complained",
        "other@example.com": "active",
    }
    world = World(entries, people)
    assert world.sync.run(NEVER) == 2
    assert world.people == {
        "b1@example.com": "bounced",
        "b2@example.com": "complained",
        "c1@example.com": "complained",
        "c2@example.com": "complained",
        "other@example.com": "active",
    }


def test_each_round_begins_where_the_one_before_ended_with_some_overlap() -> None:
    world = World()
    world.sync.run(NEVER)
    first_end = world.clock.now
    world.clock.forward(6 * 3600)
    world.sync.run(NEVER)
    (since, until), (later, now) = world.spans
    assert (since, from_iso(until)) == (BEGINNING, first_end)
    assert (from_iso(later), from_iso(now)) == (first_end - OVERLAP, first_end + timedelta(hours=6))


def test_a_run_whose_time_is_up_is_continued_by_the_next() -> None:
    emails = [f"p{number}@example.com" for number in range(6)]
    world = World([Entry(email, False, AT) for email in emails], dict.fromkeys(emails, "active"))
    for pages in (1, 2):
        ends = iter([False] * pages + [True])
        world.sync.run(lambda ends=ends: next(ends))
    assert set(world.people.values()) == {"bounced"}
    assert len(set(world.spans)) == 1
    assert world.round.token is None
