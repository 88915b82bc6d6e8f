"""Why a feed cannot be read, or no issue be made of it: for programs, and for people."""

from dataclasses import dataclass
from enum import StrEnum

from email_list.errors import InvalidError


class Trouble(StrEnum):
    """What is wrong with a feed."""

    FORBIDDEN = "feed_forbidden"
    UNREACHABLE = "feed_unreachable"
    SLOW = "feed_slow"
    REDIRECTS = "feed_redirects"
    GONE = "feed_gone"
    REFUSED = "feed_refused"
    DAMAGED = "feed_damaged"
    LARGE = "feed_large"
    EMPTY = "feed_empty"
    PAGE = "feed_is_a_page"
    NO_FEED = "no_feed"
    NO_ISSUE = "no_issue"
    """No issue can be made of its new entries."""


@dataclass(frozen=True)
class Problem:
    code: Trouble
    message: str

    def to_json(self) -> dict[str, str]:
        return {"code": self.code.value, "message": self.message}


class FeedError(Exception):
    """A feed that cannot be read; `problem` tells an editor why."""

    def __init__(self, code: Trouble, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(code, message)


class UnreadableError(InvalidError):
    """The same, for who asked for the feed."""

    code = "unreadable_feed"

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message, details={"field": "url", "reason": problem.code.value})
        self.problem = problem
