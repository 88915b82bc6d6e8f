"""What the report, and the check of deliverability, say in each language: texts, numbers and dates."""

from datetime import date

from email_list.words import date_in_words, words


class Texts:
    """One part's texts, numbers and dates in one language, or in the default one where it has none."""

    def __init__(self, language: str, part: str = "report") -> None:
        self._language = language
        self._texts = words(language, part)
        self._formats = words(language, "formats")

    def __contains__(self, key: object) -> bool:
        return key in self._texts

    def say(self, key: str, **values: str) -> str:
        """A text with its values; a source or reason that has no text stands for itself."""
        text = self._texts.get(key) or key.partition(".")[2]
        return text.format(**values) if values else text

    def number(self, value: float, decimals: int = 0) -> str:
        """`1,234.5`, as the language writes it."""
        separators = {",": self._formats["thousands"], ".": self._formats["decimals"]}
        return f"{value:,.{decimals}f}".translate(str.maketrans(separators))

    def change(self, value: float, decimals: int = 0) -> str:
        """A number with its sign; no change has none."""
        sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "\N{PLUS-MINUS SIGN}"
        return sign + self.number(abs(value), decimals)

    def percent(self, share: float | None) -> str:
        """A share as a percentage, with as many decimals as it takes to distinguish it from nothing."""
        if share is None:
            return "\N{EN DASH}"
        decimals = 2 if 0 < share < 0.01 else 1
        return self.number(100 * share, decimals) + "\N{NO-BREAK SPACE}%"

    def day(self, text: str) -> str:
        """`Mon 16`."""
        return date_in_words(self._language, "weekday_and_day", date.fromisoformat(text))

    def in_full(self, moment: date) -> str:
        """`16 November 2026`."""
        return date_in_words(self._language, "date", moment)

    def day_of_year(self, moment: date) -> str:
        """`16 November`."""
        return date_in_words(self._language, "day_and_month", moment)
