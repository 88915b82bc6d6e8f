# ruff: noqa: RUF001 - dashes and signs are what they look like here
"""The report on a week: what it says, what needs a person, and charts that every client shows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from email_list.deliverability.memory import Remembered
from email_list.figures.analytics import Analyst
from email_list.figures.charts import Bar, Piece, chart, escaped
from email_list.figures.growth import DAYS, TOTALS
from email_list.figures.report_texts import Texts
from email_list.figures.results import CampaignResult, Counts
from email_list.mail.letters import Content
from email_list.reports.report import Week, compose, look_back, needs
from email_list.settings import ListSettings
from tests.unit.domain.test_analytics import FakeCounters, FakeResults

TODAY = date(2026, 11, 23)
SETTINGS = ListSettings(
    name="Garden Letters",
    postal_address="1 Hill Road, Springfield",
    sender='"Garden Letters" <letters@list.example>',
    reply_to=None,
    public_url="https://api.example",
)
GOOD = Counts(planned=1000, sent=1000, delivered=990, bounced=10, opened=495, clicked=99)


def campaign(subject: str = "Spring", started: str = "2026-11-18", status: str = "sent", **counts: int) -> Any:
    return CampaignResult("C1", subject, status, f"{started}T10:00:00.000Z", replace(GOOD, **counts))


def week(
    days: Mapping[str, int] | None = None,
    campaigns: Sequence[CampaignResult] = (),
    active: int = 1234,
    checked: Remembered = Remembered(),  # noqa: B008 - frozen
) -> Week:
    counters = FakeCounters({TOTALS: {"active": active, "bounced": 30}, DAYS: days or {}})
    results = FakeResults(campaigns)
    return look_back(Analyst(counters, results), results, TODAY, checked)


def letter(of: Week, language: str = "en") -> Content:
    return compose(of, SETTINGS, language)


def test_it_tells_of_the_seven_days_that_ended_yesterday() -> None:
    days = {"2026-11-15#joined#form": 100, "2026-11-16#joined#form": 2, "2026-11-22#joined#form": 3}
    days |= {"2026-11-23#joined#form": 7, "2026-11-22#left#bounced": 1}
    found = letter(week(days))
    assert found.subject == "Garden Letters: 16 November 2026 to 22 November 2026"
    assert "1,227\nsubscribers\n+4 vs. the week before" in found.text
    assert "Mon 16 +2 −0\n" in found.text
    assert "Sun 22 +3 −1\n" in found.text
    assert "Joined: 5. Left: 1." in found.text
    assert "Joined through: the form (5)." in found.text
    assert "Reasons for leaving: bounced (1)." in found.text


def test_it_shows_the_last_newsletters_with_what_readers_did() -> None:
    found = letter(week(campaigns=[campaign("Spring"), campaign("Winter", "2026-11-11", opened=99, clicked=0)]))
    assert "Spring 18 November | 1,000 | 50.0 % | 10.0 %" in found.text
    assert "Winter 11 November | 1,000 | 10.0 % | 0.0 %" in found.text
    assert "50.0 %\nopened\n+40.0 points" in found.text


def test_dates_are_those_of_the_lists_time_zone() -> None:
    of = week(campaigns=[campaign("Spring")])
    assert "Spring 19 November" in compose(of, SETTINGS, "en", ZoneInfo("Pacific/Kiritimati")).text


def test_a_quiet_week_is_told_calmly() -> None:
    found = letter(week())
    assert "Nothing needs your attention this week." in found.text
    assert "No newsletters were sent in this period." in found.text
    assert "no newsletter" in found.text


def test_it_speaks_german() -> None:
    found = letter(week({"2026-11-16#joined#form": 1}, [campaign()]), "de")
    assert found.subject == "Garden Letters: 16. November 2026 bis 22. November 2026"
    assert "1.234\nAbonnenten" in found.text
    assert "50,0 %\ngeöffnet" in found.text
    assert "Mo 16 +1 −0" in found.text
    assert "weil Sie Garden Letters verwalten" in found.text


@pytest.mark.parametrize(
    ("of", "need"),
    [
        (week(campaigns=[campaign(bounced=60)]), "Too many emails are bouncing (6.0 %)"),
        (week(campaigns=[campaign(complained=2)]), "reported as spam (0.20 %)"),
        (week(campaigns=[campaign(status="paused")]), "“Spring” is paused"),
        (week(campaigns=[campaign(status="failed")]), "“Spring” was not sent"),
        (week(campaigns=[campaign(unknown=3)]), "For 3 recipients of “Spring”, nobody knows"),
        (week({"2026-11-18#left#too_often": 5, "2026-11-18#joined#form": 2}), "More people left (5) than joined (2)"),
        (week({"2026-11-18#requested#form": 20, "2026-11-18#joined#form": 4}), "Of 20 people who signed up, only 4"),
    ],
)
def test_what_needs_a_person_is_said_first(of: Week, need: str) -> None:
    (found,) = needs(of, Texts("en"))
    assert need in found.replace("\xa0", " ")
    text = letter(of).text
    assert text.index(need) < text.index("Who joined and who left")


@pytest.mark.parametrize(
    "of",
    [
        week(campaigns=[campaign()]),
        week(campaigns=[campaign(planned=9, sent=9, delivered=8, bounced=1, opened=1, clicked=1)]),
        week(campaigns=[campaign(started="2026-11-11", bounced=600)]),
        week({"2026-11-18#requested#form": 20, "2026-11-18#joined#form": 15}),
        week({"2026-11-18#requested#form": 3}),
    ],
)
def test_what_is_normal_or_too_little_to_judge_needs_nobody(of: Week) -> None:
    assert needs(of, Texts("en")) == []


HOSTILE = "<b onload=x>{{list_name}} {{{x}}} & “quotes”"


def test_subjects_and_sources_stay_text() -> None:
    found = letter(week({f"2026-11-18#joined#{HOSTILE[:40]}": 2}, [campaign(HOSTILE, status="paused")]))
    assert HOSTILE in found.text
    assert "<b onload" not in found.html
    assert "{{" not in found.html


class Elements(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_it_needs_no_picture_script_or_drawing() -> None:
    tags = {tag for tag, _ in Elements(letter(week({"2026-11-18#joined#form": 5}, [campaign()])).html).found}
    assert not tags & {"img", "script", "svg", "canvas", "iframe", "link", "form"}


def bars(source: str) -> list[list[tuple[str | None, str | None]]]:
    """For each bar of a chart the width and colour of its cells."""
    found: list[list[tuple[str | None, str | None]]] = []
    for tag, attributes in Elements(source).found:
        if tag == "table" and attributes.get("aria-hidden") == "true":
            found.append([])
        elif tag == "td" and (attributes.get("width") or "").endswith("%"):
            found[-1].append((attributes["width"], attributes.get("bgcolor")))
    return found


def test_the_longest_bar_fills_the_chart_and_the_others_are_in_proportion() -> None:
    red, blue = "#ff0000", "#0000ff"
    source = chart([Bar("a", [Piece(60, red), Piece(20, blue)], "80"), Bar("b", [Piece(20, red)], "20")])
    assert bars(source) == [[("75%", red), ("25%", blue)], [("25%", red), ("75%", None)]]


def test_a_bar_of_little_is_seen_and_one_of_nothing_is_not() -> None:
    source = chart([Bar("a", [Piece(10_000, "#ff0000")], ""), Bar("b", [Piece(1, "#ff0000")], ""), Bar("c", [], "")])
    assert bars(source)[1][0] == ("1%", "#ff0000")
    assert bars(source)[2] == [("100%", None)]
    assert bars(chart([Bar("a", [Piece(0, "#ff0000")], "")])) == []


def test_text_of_a_chart_is_escaped() -> None:
    assert escaped('<a href="x">{{y}}') == "&lt;a href=&quot;x&quot;&gt;&#123;&#123;y&#125;&#125;"
    assert "<i>" not in chart([Bar("<i>", [], "<i>")])


def test_numbers_are_written_as_the_language_does() -> None:
    english, german = Texts("en"), Texts("de")
    assert (english.number(1234.5, 1), german.number(1234.5, 1)) == ("1,234.5", "1.234,5")
    assert [english.change(value) for value in (3, -3, 0)] == ["+3", "−3", "±0"]
    assert [english.percent(share) for share in (0.0042, 0.5, None)] == ["0.42\xa0%", "50.0\xa0%", "–"]
    assert Texts("tlh").say("console") == "Open the console"


def test_it_says_in_short_what_the_daily_check_of_the_dns_found() -> None:
    right = {"code": "mx", "name": "list.example", "state": "found"}
    wrong = {"code": "dmarc", "name": "_dmarc.list.example", "state": "missing"}
    assert "DNS" not in letter(week()).text
    found = letter(week(checked=Remembered(records=[right, right]))).text
    assert "DNS records of your domain: 2 of 2 are as they should be." in found
    assert "What needs your attention" not in found
    found = letter(week(checked=Remembered(records=[right, wrong]))).text
    assert "DNS records of your domain are missing or wrong: _dmarc.list.example." in found
    assert "1 of 2 are as they should be" in found
    assert "DNS-Einträge Ihrer Domain fehlen" in letter(week(checked=Remembered(records=[wrong])), "de").text


def test_it_says_in_short_what_gmail_tells_of_spam() -> None:
    little = letter(week(checked=Remembered(spam={"date": "2026-11-21", "spam_rate": "0.0005"}))).text
    assert "Reported as spam at Gmail: 0.05 % of emails (21 November" in little
    assert "What needs your attention" not in little
    much = letter(week(checked=Remembered(spam={"date": "2026-11-21", "spam_rate": "0.001"}))).text
    assert "Readers at Gmail report too many of your emails as spam (0.10 %, 21 November)" in much
