"""The resources of pulumi-random: values made here, by the machine's own source of randomness."""

import base64
import secrets
import string
from typing import ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, properties

_KEPT = {"keepers": "they say when a value is made anew, not which"}
_SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


class RandomString(ResourceType):
    type = "random:index/randomString:RandomString"
    handled = properties(
        "length lower upper numeric special overrideSpecial minLower minUpper minNumeric minSpecial",
    )
    without_effect: ClassVar = _KEPT
    computed = properties("result")
    replace_on_changes = handled | _KEPT.keys()

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        result = random_text(inputs)
        return result, {"result": result}


class RandomPassword(RandomString):
    type = "random:index/randomPassword:RandomPassword"

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        return "none", {"result": random_text(inputs)}


class RandomBytes(ResourceType):
    type = "random:index/randomBytes:RandomBytes"
    handled = properties("length")
    without_effect: ClassVar = _KEPT
    computed = properties("base64 hex")
    replace_on_changes = handled | _KEPT.keys()

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        value = secrets.token_bytes(inputs["length"])
        return "none", {"base64": base64.b64encode(value).decode(), "hex": value.hex()}


class RandomId(ResourceType):
    type = "random:index/randomId:RandomId"
    handled = properties("byteLength prefix")
    without_effect: ClassVar = _KEPT
    computed = properties("b64Url b64Std hex dec")
    replace_on_changes = handled | _KEPT.keys()

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        value, prefix = secrets.token_bytes(inputs["byteLength"]), inputs.get("prefix", "")
        url_safe = base64.urlsafe_b64encode(value).decode().rstrip("=")
        return url_safe, {
            "b64Url": prefix + url_safe,
            "b64Std": prefix + base64.b64encode(value).decode(),
            "hex": prefix + value.hex(),
            "dec": prefix + str(int.from_bytes(value)),
        }


def random_text(inputs: Inputs) -> str:
    """Text of the wanted length, of all kinds of characters not switched off, with the minimum of each."""
    kinds = {
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "numeric": string.digits,
        "special": inputs.get("overrideSpecial", _SPECIAL),
    }
    allowed = {kind: characters for kind, characters in kinds.items() if inputs.get(kind, True)}
    required = [
        secrets.choice(characters)
        for kind, characters in allowed.items()
        for _ in range(inputs.get(f"min{kind.capitalize()}", 0))
    ]
    alphabet = "".join(allowed.values())
    text = required + [secrets.choice(alphabet) for _ in range(inputs["length"] - len(required))]
    secrets.SystemRandom().shuffle(text)
    return "".join(text)


RESOURCES = (RandomString(), RandomPassword(), RandomBytes(), RandomId())
