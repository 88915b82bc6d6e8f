"""Issues: public campaigns as the archive's addresses name them."""

import re
import unicodedata
from functools import lru_cache

from email_list.campaigns.campaign import ID_LENGTH, Campaign, is_id

MAX_WORDS = 60
"""Characters of a title in an address."""

_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "ł": "l"})


def slug(campaign: Campaign) -> str:
    """`the-fair-06f8k3zv9q2m7w4t5x1y0abcde`: the words are for people, the id alone finds the campaign."""
    return "-".join(filter(None, (_words(campaign.title), campaign.id.lower())))


def id_of(slug: str) -> str | None:
    """The id of the campaign that an address names; None for what names none."""
    found = slug[-ID_LENGTH:].upper()
    return found if is_id(found) else None


def web_url(public_url: str, campaign: Campaign) -> str:
    """Where the web version of a public campaign is."""
    return f"{public_url}/archive/{slug(campaign)}"


@lru_cache(maxsize=100)
def _words(title: str) -> str:
    spelt = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", title).lower().translate(_SPELT))
    words = re.sub(r"[^a-z0-9]+", "-", spelt.encode("ascii", "ignore").decode()).strip("-")
    return words if len(words) <= MAX_WORDS else words[: MAX_WORDS + 1].rpartition("-")[0] or words[:MAX_WORDS]
