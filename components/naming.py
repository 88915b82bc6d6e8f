"""What all of a stack's names begin with."""

import re

import pulumi

MAX_PREFIX = 32
"""Characters. IAM role names have up to 64 (API reference, CreateRole); the longest of this program adds
`-lake-snapshot-scheduler`, and Pulumi adds eight more. Every other kind of name leaves at least as much room
(tests/unit/components/test_naming.py)."""

_PREFIX = re.compile(r"[a-z0-9-]+")
"""What names of S3 buckets and SES templates have in common. It has no underscore, so an underscore can end the prefix
in an IAM pattern without matching a stack whose name continues."""


def stack_prefix(project: str, stack: str) -> str:
    """`project-stack`; RunError if AWS would refuse names made of it, before anything is declared."""
    prefix = f"{project}-{stack}"
    room = MAX_PREFIX - len(project) - 1
    if len(prefix) > MAX_PREFIX:
        reason = f"has {len(stack)} characters, and AWS allows no more than {room} in names made of it"
    elif not _PREFIX.fullmatch(prefix):
        reason = "is part of names in which AWS allows only lower-case letters, digits and hyphens"
    else:
        return prefix
    raise pulumi.RunError(
        f"The stack name {stack!r} cannot be used: it {reason}. "
        "Nothing has been deployed. Choose another name: pulumi stack rename NAME"
    )
