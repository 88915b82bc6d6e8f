"""What SES calls the templates of a stack."""

import hashlib

MAX_TEMPLATE_NAME = 64
"""Characters; Terraform's provider refuses more (`internal/service/ses/template.go`), SES documents no limit."""

_DIGEST = 16


def template_name(stack: str, name: str) -> str:
    """What SES calls a template of one stack. An underscore ends the stack's name, which has none.

    A name that is too long for SES keeps its beginning; a digest of the whole stands for the rest.
    """
    whole = f"{stack}_{name}"
    if len(whole) <= MAX_TEMPLATE_NAME:
        return whole
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{whole[: MAX_TEMPLATE_NAME - _DIGEST - 1]}-{digest}"
