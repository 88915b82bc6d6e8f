"""Responses available as JSON or, for spreadsheets, as CSV: for clients that accept `text/csv` or ask with
`format=csv`."""

from collections.abc import Sequence

from email_list.errors import InvalidError
from email_list.http import Request, Response

FORMATS = ("json", "csv")


def wants_csv(request: Request) -> bool:
    """Whether to respond with CSV. InvalidError for an unknown format."""
    accepted = "csv" if request.headers.get("accept", "").lower().startswith("text/csv") else "json"
    return one_of(request, "format", FORMATS, accepted) == "csv"


def one_of(request: Request, field: str, words: Sequence[str], default: str) -> str:
    """A query parameter that takes one of a few words. InvalidError for any other."""
    value = request.query.get(field) or default
    if value not in words:
        raise InvalidError(f"{field} must be one of {', '.join(words)}.", details={"field": field})
    return value


def csv_response(name: str, text: str) -> Response:
    """CSV (`email_list.spreadsheets`), which a browser saves under a name."""
    headers = {
        "content-type": "text/csv; charset=utf-8",
        "content-disposition": f'attachment; filename="{name}.csv"',
        "cache-control": "no-store",
    }
    return Response(200, text, headers)
