"""What the report says, in every language that mails have."""

from collections.abc import Mapping
from datetime import date

from email_list.mail.wording import DEFAULT_LANGUAGE

_MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "de": [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
}
_WEEKDAYS = {"en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "de": ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"]}
_SEPARATORS = {"en": (",", "."), "de": (".", ",")}
"""Of thousands, and of decimals."""

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "subject": "{list}: {from} to {to}",
        "preheader": "{active} subscribers ({net}), {campaigns} newsletters.",
        "title": "The week on {list}",
        "span": "{from} to {to}, in UTC",
        "active": "subscribers",
        "open_rate": "opened",
        "click_rate": "clicked",
        "versus": "{difference} since the week before",
        "versus_points": "{difference} points",
        "no_campaign": "no newsletter",
        "attention": "What needs you",
        "nothing": "Nothing needs you this week.",
        "growth": "Who came and who left",
        "growth_figures": "Joined: {joined}. Left: {left}.",
        "sources": "They came by",
        "reasons": "They left because of",
        "campaigns": "Newsletters",
        "campaign": "Newsletter",
        "sent": "Sent",
        "opened": "Opened",
        "clicked": "Clicked",
        "no_campaigns": "No newsletter was sent in this time.",
        "health": "How healthy the list is",
        "bounces": "Bounces: {rate} of the mails (Amazon SES looks into it from {limit} on).",
        "complaints": "Reported as spam: {rate} (Amazon SES looks into it from {limit} on).",
        "console": "Open the console",
        "total.active": "Active",
        "total.pending": "Not confirmed",
        "total.unsubscribed": "Unsubscribed",
        "total.bounced": "Bounced",
        "total.complained": "Complained",
        "key.unsubscribed": "unsubscribing",
        "key.too_often": "too many mails",
        "key.not_relevant": "irrelevant mails",
        "key.never_signed_up": "never having signed up",
        "key.other": "another reason",
        "key.administrator": "an administrator",
        "key.operator": "an operator",
        "key.bounced": "bounces",
        "key.complained": "a complaint",
        "key.erased": "erasure",
        "key.form": "the form",
        "key.api": "the API",
        "key.import": "an import",
        "key.reactivated": "being put back",
        "key.unknown": "unknown ways",
        "key.other sources": "other ways",
        "need.bounces": "Too many mails bounce ({rate}). Before you send again, look where the addresses came from.",
        "need.complaints": "Too many mails are reported as spam ({rate}). Send only to people who asked for it, or "
        "Amazon SES will stop you.",
        "need.paused": "The newsletter “{subject}” is paused. Resume or cancel it.",
        "need.failed": "The newsletter “{subject}” was not sent.",
        "need.unknown": "Of {count} recipients of “{subject}” nobody knows whether the mail went out.",
        "need.shrinking": "More people left ({left}) than came ({joined}).",
        "need.unconfirmed": "Of {requested} people who asked, only {confirmed} confirmed. Do the confirmations arrive?",
    },
    "de": {
        "subject": "{list}: {from} bis {to}",
        "preheader": "{active} Abonnenten ({net}), {campaigns} Ausgaben.",
        "title": "Die Woche bei {list}",
        "span": "{from} bis {to}, in UTC",
        "active": "Abonnenten",
        "open_rate": "geöffnet",
        "click_rate": "geklickt",
        "versus": "{difference} seit der Vorwoche",
        "versus_points": "{difference} Punkte",
        "no_campaign": "keine Ausgabe",
        "attention": "Was Sie braucht",
        "nothing": "Diese Woche ist nichts zu tun.",
        "growth": "Wer kam und wer ging",
        "growth_figures": "Gekommen: {joined}. Gegangen: {left}.",
        "sources": "Gekommen über",
        "reasons": "Gegangen wegen",
        "campaigns": "Ausgaben",
        "campaign": "Ausgabe",
        "sent": "Gesendet",
        "opened": "Geöffnet",
        "clicked": "Geklickt",
        "no_campaigns": "In dieser Zeit wurde nichts verschickt.",
        "health": "Wie gesund die Liste ist",
        "bounces": "Unzustellbar: {rate} der E-Mails (ab {limit} prüft Amazon SES).",
        "complaints": "Als Spam gemeldet: {rate} (ab {limit} prüft Amazon SES).",
        "console": "Zur Verwaltung",
        "total.active": "Aktiv",
        "total.pending": "Unbestätigt",
        "total.unsubscribed": "Abgemeldet",
        "total.bounced": "Unzustellbar",
        "total.complained": "Beschwert",
        "key.unsubscribed": "Abmeldung",
        "key.too_often": "zu vieler E-Mails",
        "key.not_relevant": "uninteressanter E-Mails",
        "key.never_signed_up": "nie erfolgter Anmeldung",
        "key.other": "anderer Gründe",
        "key.administrator": "Verwaltung",
        "key.operator": "Betreiber",
        "key.bounced": "Unzustellbarkeit",
        "key.complained": "Beschwerde",
        "key.erased": "Löschung",
        "key.form": "das Formular",
        "key.api": "die API",
        "key.import": "einen Import",
        "key.reactivated": "Wiederaufnahme",
        "key.unknown": "unbekannte Wege",
        "key.other sources": "andere Wege",
        "need.bounces": "Zu viele E-Mails sind unzustellbar ({rate}). Sehen Sie nach, woher die Adressen "
        "kamen, bevor Sie wieder senden.",
        "need.complaints": "Zu viele E-Mails werden als Spam gemeldet ({rate}). Schreiben Sie nur denen, die es "
        "wollten, sonst sperrt Amazon SES den Versand.",
        "need.paused": "Die Ausgabe „{subject}“ ruht. Setzen Sie sie fort, oder brechen Sie sie ab.",
        "need.failed": "Die Ausgabe „{subject}“ wurde nicht verschickt.",
        "need.unknown": "Bei {count} Empfängern von „{subject}“ weiß niemand, ob die E-Mail hinausging.",
        "need.shrinking": "Es gingen mehr Menschen ({left}) als kamen ({joined}).",
        "need.unconfirmed": "Von {requested} Anmeldungen wurden nur {confirmed} bestätigt. Kommen die E-Mails an?",
    },
}


class Texts:
    """The report's texts, numbers and dates in one language; the default one where it has no texts."""

    def __init__(self, language: str) -> None:
        self._language = language if language in TEXTS else DEFAULT_LANGUAGE

    def say(self, key: str, **values: str) -> str:
        """A text with its values; a key of a source or reason that nobody named is itself."""
        text = TEXTS[self._language].get(key) or key.partition(".")[2]
        return text.format(**values) if values else text

    def number(self, value: float, decimals: int = 0) -> str:
        """`1,234.5`, as the language writes it."""
        thousands, point = _SEPARATORS[self._language]
        return f"{value:,.{decimals}f}".translate(str.maketrans({",": thousands, ".": point}))

    def change(self, value: float, decimals: int = 0) -> str:
        """A number with its sign; no change has none."""
        sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "\N{PLUS-MINUS SIGN}"
        return sign + self.number(abs(value), decimals)

    def percent(self, share: float | None) -> str:
        """A share as a percentage, with as many decimals as it takes to tell it from nothing."""
        if share is None:
            return "\N{EN DASH}"
        decimals = 2 if 0 < share < 0.01 else 1
        return self.number(100 * share, decimals) + "\N{NO-BREAK SPACE}%"

    def day(self, text: str) -> str:
        """`Mon 16`."""
        moment = date.fromisoformat(text)
        return f"{_WEEKDAYS[self._language][moment.weekday()]} {moment.day}"

    def in_full(self, moment: date) -> str:
        """`16 November 2026`."""
        return f"{self.day_of_year(moment)} {moment.year}"

    def day_of_year(self, moment: date) -> str:
        """`16 November`."""
        point = "." if self._language == "de" else ""
        return f"{moment.day}{point} {_MONTHS[self._language][moment.month - 1]}"
