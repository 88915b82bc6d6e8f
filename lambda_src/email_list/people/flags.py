"""What may deserve a second look about an address: one that several people read, or a disposable one.

Such people are imported like any other; the report names them, so that somebody can look. The list of domains is that
of https://github.com/disposable-email-domains/disposable-email-domains, which is released every few days.
"""

from disposable_email_domains import blocklist

_ROLES = """
    abuse ftp hostmaster info marketing news noc postmaster sales security support usenet uucp webmaster www
    admin administrator billing contact help hello hr jobs kontakt mail noreply no-reply office press privacy root team
"""
ROLES = frozenset(_ROLES.split())
"""The names in RFC 2142, and others that belong to no single person."""


def flag(email: str) -> str:
    """`role` or `disposable`, by which an import counts them; empty for any other address."""
    name, _, domain = email.rpartition("@")
    if _is_disposable(domain):
        return "disposable"
    return "role" if name.partition("+")[0] in ROLES else ""


def _is_disposable(domain: str) -> bool:
    """Whether the domain, or one above it, is in the list."""
    labels = domain.split(".")
    return any(".".join(labels[at:]) in blocklist for at in range(len(labels) - 1))
