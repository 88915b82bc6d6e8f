"""The report: what happened on the list in a week, for people who would rather look than read."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta, tzinfo

from contract import BOUNCE_REVIEW, COMPLAINT_REVIEW
from email_list.campaigns.campaign import Status as CampaignStatus
from email_list.clock import from_iso
from email_list.deliverability.memory import Remembered
from email_list.deliverability.states import GMAIL_ADVISED, State
from email_list.figures.analytics import Analyst, Analytics, Span
from email_list.figures.charts import Bar, Piece, chart, escaped
from email_list.figures.report_texts import Texts
from email_list.figures.results import CampaignResult, CampaignResults, together
from email_list.mail import frame, own_letters
from email_list.mail.colors import LIGHT, palette
from email_list.mail.letters import Content
from email_list.people.subscribers import Status
from email_list.settings import ListSettings

DAYS = 7
LAST_CAMPAIGNS = 5
NAMED_KEYS = 4

ENOUGH_MAILS = 100
"""With fewer emails, one bounce or complaint would look like a catastrophe."""

ENOUGH_REQUESTS = 10
FEW_CONFIRM = 0.5
STATUS_COLORS = {
    Status.ACTIVE: "accent",
    Status.PENDING: "line",
    Status.UNSUBSCRIBED: "edge",
    Status.BOUNCED: "danger",
    Status.COMPLAINED: "danger",
}
"""Names of the palette (`email_list.mail.colors`), in the order in which statuses are shown."""

FIGURE = "font-size:26px;line-height:1.2;font-weight:700"


logger = logging.getLogger(__name__)


def week_before(today: date) -> Span:
    """The seven days that ended yesterday."""
    return Span(today - timedelta(days=DAYS), today - timedelta(days=1))


@dataclass(frozen=True)
class Week:
    """What a report covers: a week, the one before it, the latest newsletters, and the last check of the DNS."""

    this: Analytics
    before: Analytics
    campaigns: Sequence[CampaignResult]
    checked: Remembered = field(default_factory=Remembered)

    @property
    def active(self) -> int:
        """Subscribers at the end of the week."""
        return self.this.days[-1].active


def look_back(analyst: Analyst, results: CampaignResults, today: date, checked: Remembered) -> Week:
    """The week before today."""
    span = week_before(today)
    last = results.started_between("", span.last.isoformat(), LAST_CAMPAIGNS)
    return Week(analyst.look_at(span, today), analyst.look_at(span.before(), today), last, checked)


def needs(week: Week, texts: Texts) -> list[str]:
    """What a person should look at, the most serious first."""
    found: list[str] = []
    counts, growth = together(week.this.campaigns), week.this.growth
    bounce_rate, complaint_rate = counts.rates["bounce_rate"], counts.rates["complaint_rate"]
    if counts.sent >= ENOUGH_MAILS:
        if complaint_rate and complaint_rate >= COMPLAINT_REVIEW:
            found.append(texts.say("need.complaints", rate=texts.percent(complaint_rate)))
        if bounce_rate and bounce_rate >= BOUNCE_REVIEW:
            found.append(texts.say("need.bounces", rate=texts.percent(bounce_rate)))
    if amiss := week.checked.amiss:
        found.append(texts.say("need.dns", names=", ".join(str(record["name"]) for record in amiss)))
    if (spam := week.checked.spam) and float(spam["spam_rate"]) >= GMAIL_ADVISED:
        found.append(texts.say("need.gmail", **_spam(spam, texts)))
    for campaign in week.this.campaigns:
        if campaign.status in (CampaignStatus.PAUSED, CampaignStatus.FAILED):
            found.append(texts.say(f"need.{campaign.status}", subject=campaign.subject))
        if campaign.counts.unknown:
            count = texts.number(campaign.counts.unknown)
            found.append(texts.say("need.unknown", subject=campaign.subject, count=count))
    if growth["left"] > growth["joined"]:
        figures = {name: texts.number(growth[name]) for name in ("left", "joined")}
        found.append(texts.say("need.shrinking", **figures))
    requested = growth["requested"]
    confirmed = min(requested, growth["joined"] - week.this.sources.get("import", 0))
    if requested >= ENOUGH_REQUESTS and confirmed < FEW_CONFIRM * requested:
        figures = {"requested": texts.number(requested), "confirmed": texts.number(confirmed)}
        found.append(texts.say("need.unconfirmed", **figures))
    return found


def _spam(spam: Mapping[str, str], texts: Texts) -> dict[str, str]:
    return {"rate": texts.percent(float(spam["spam_rate"])), "day": texts.day_of_year(date.fromisoformat(spam["date"]))}


def compose(week: Week, settings: ListSettings, language: str | None = None, zone: tzinfo = UTC) -> Content:
    """The report as an email to the list's administrators, with dates of a time zone."""
    writer = _Writer(week, settings, Texts(language or settings.language), zone)
    return own_letters.report(settings, writer.subject(), writer.preheader(), writer.content(), language)


def send_to(recipients: Sequence[str], send: Callable[[str], None], sent: Callable[[str], None]) -> int:
    """Send to each recipient, and record those it went to; returns how many failed, for reasons in the log."""
    failures = 0
    for number, email in enumerate(recipients):
        try:
            send(email)
        except Exception:
            logger.exception("report not sent", extra={"recipient": number})
            failures += 1
        else:
            sent(email)
    return failures


class _Writer:
    def __init__(self, week: Week, settings: ListSettings, texts: Texts, zone: tzinfo) -> None:
        self._week = week
        self._settings = settings
        self._texts = texts
        self._zone = zone
        self._styles = frame.content_styles(settings)
        self._colors: Mapping[str, str] = palette(settings.accent_color, LIGHT)

    def subject(self) -> str:
        return self._texts.say("subject", **self._names())

    def preheader(self) -> str:
        texts, week = self._texts, self._week
        return texts.say(
            "preheader",
            active=texts.number(week.active),
            net=texts.change(week.this.growth["net"]),
            campaigns=texts.number(len(week.this.campaigns)),
        )

    def content(self) -> str:
        names = self._names()
        sections = [
            self._heading("h1", self._texts.say("title", **names)),
            self._muted(self._texts.say("span", **names)),
            self._key_figures(),
            self._needs(),
            self._growth(),
            self._campaigns(),
            self._health(),
            frame.button(self._texts.say("console"), escaped(f"{self._settings.public_url}/console"), self._settings),
        ]
        return "\n".join(sections)

    def _names(self) -> dict[str, str]:
        span = self._week.this.span
        days = {"from": self._texts.in_full(span.first), "to": self._texts.in_full(span.last)}
        return {**days, "list": self._settings.name}

    # Sections

    def _key_figures(self) -> str:
        texts, week = self._texts, self._week
        now, then = (together(analytics.campaigns).rates for analytics in (week.this, week.before))
        net = texts.say("versus", difference=texts.change(week.this.growth["net"]))
        figures = [(texts.number(week.active), texts.say("active"), net)]
        for rate in ("open_rate", "click_rate"):
            share, earlier = now[rate], then[rate]
            if share is None:
                figures.append((texts.percent(None), texts.say(rate), texts.say("no_campaign")))
            else:
                points = texts.change(100 * (share - earlier), 1) if earlier is not None else ""
                figures.append(
                    (texts.percent(share), texts.say(rate), texts.say("versus_points", difference=points))
                    if points
                    else (texts.percent(share), texts.say(rate), "")
                )
        cells = "".join(
            f'<td class="stack" width="33%" style="padding:0 12px 16px 0;vertical-align:top">'
            f'<div style="{FIGURE}">{escaped(figure)}</div><div>{escaped(label)}</div>'
            f'<div style="{self._styles[".muted"]}" class="muted">{escaped(change)}</div></td>'
            for figure, label, change in figures
        )
        return (
            '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" '
            f'style="margin:0 0 8px"><tr>{cells}</tr></table>'
        )

    def _needs(self) -> str:
        found = needs(self._week, self._texts)
        if not found:
            return self._paragraph(self._texts.say("nothing"))
        items = "".join(f'<li style="{self._styles["li"]}">{escaped(need)}</li>' for need in found)
        return self._heading("h2", self._texts.say("attention")) + f'<ul style="{self._styles["ul, ol"]}">{items}</ul>'

    def _growth(self) -> str:
        texts, growth = self._texts, self._week.this.growth
        accent, gone = self._colors["accent"], self._colors["edge"]
        bars = [
            Bar(
                texts.day(day.date),
                [Piece(day.joined, accent), Piece(day.left, gone)],
                f"+{texts.number(day.joined)}  \N{MINUS SIGN}{texts.number(day.left)}",
            )
            for day in self._week.this.days
        ]
        figures = {name: texts.number(growth[name]) for name in ("joined", "left")}
        lines = [texts.say("growth_figures", **figures)]
        lines += self._keys("sources", self._week.this.sources)
        lines += self._keys("reasons", self._week.this.reasons)
        return (
            self._heading("h2", texts.say("growth"))
            + chart(bars, label_width=60)
            + "".join(self._paragraph(line) for line in lines)
        )

    def _keys(self, kind: str, amounts: Mapping[str, int]) -> list[str]:
        """One sentence about the largest sources or reasons; none if there are none."""
        texts = self._texts
        named = [f"{texts.say(f'key.{key}')} ({texts.number(n)})" for key, n in list(amounts.items())[:NAMED_KEYS]]
        return [f"{texts.say(kind)}: {', '.join(named)}."] if named else []

    def _campaigns(self) -> str:
        texts, heading = self._texts, self._heading("h2", self._texts.say("campaigns"))
        if not self._week.campaigns:
            return heading + self._paragraph(texts.say("no_campaigns"))
        cell = self._styles[".data th, .data td"]
        number = f"{cell};padding:6px 0 6px 12px;text-align:right"
        head = f'<th style="{cell}">{escaped(texts.say("campaign"))}</th>' + "".join(
            f'<th align="right" style="{number}">{escaped(texts.say(name))}</th>'
            for name in ("sent", "opened", "clicked")
        )
        rows = "".join(
            f'<tr><td style="{cell}">{escaped(campaign.subject)}<br>'
            f'<span style="{self._styles[".muted"]}" class="muted">'
            f"{escaped(texts.day_of_year(from_iso(campaign.started_at).astimezone(self._zone).date()))}</span></td>"
            + "".join(
                f'<td align="right" style="{number};white-space:nowrap">{escaped(figure)}</td>'
                for figure in (
                    texts.number(campaign.counts.sent),
                    texts.percent(campaign.counts.rates["open_rate"]),
                    texts.percent(campaign.counts.rates["click_rate"]),
                )
            )
            + "</tr>"
            for campaign in self._week.campaigns
        )
        table = f'<table class="data" width="100%" cellpadding="0" cellspacing="0" style="{self._styles[".data"]}">'
        return f"{heading}{table}<tr>{head}</tr>{rows}</table>"

    def _health(self) -> str:
        texts, totals = self._texts, self._week.this.totals
        bars = [
            Bar(
                texts.say(f"total.{status}"), [Piece(totals[status], self._colors[color])], texts.number(totals[status])
            )
            for status, color in STATUS_COLORS.items()
        ]
        rates = together(self._week.this.campaigns).rates
        lines = [
            texts.say("bounces", rate=texts.percent(rates["bounce_rate"]), limit=texts.percent(BOUNCE_REVIEW)),
            texts.say("complaints", rate=texts.percent(rates["complaint_rate"]), limit=texts.percent(COMPLAINT_REVIEW)),
        ]
        lines = lines if rates["bounce_rate"] is not None else []
        if records := self._week.checked.records:
            right = texts.number(sum(record["state"] == State.FOUND for record in records))
            lines.append(texts.say("dns", right=right, all=texts.number(len(records))))
        if spam := self._week.checked.spam:
            lines.append(texts.say("gmail", **_spam(spam, texts)))
        return self._heading("h2", texts.say("health")) + chart(bars) + "".join(map(self._paragraph, lines))

    # Pieces

    def _heading(self, level: str, text: str) -> str:
        return f'<{level} style="{self._styles[level]}">{escaped(text)}</{level}>'

    def _paragraph(self, text: str) -> str:
        return f'<p style="{self._styles["p"]}">{escaped(text)}</p>'

    def _muted(self, text: str) -> str:
        return f'<p class="muted" style="{self._styles["p"]};{self._styles[".muted"]}">{escaped(text)}</p>'
