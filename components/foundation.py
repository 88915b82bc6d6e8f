"""What every part of the list stands on, declared once for all of them."""

from dataclasses import dataclass

from components.config import ListConfig
from components.dns import Dns
from components.function import FunctionPlatform
from components.gateway import Gateway
from components.mailer import Mailer
from components.secrets import Secrets
from components.storage import Storage


@dataclass(frozen=True)
class Foundation:
    """The configuration, what functions are made of, where everything is stored, and how it leaves the house."""

    config: ListConfig
    platform: FunctionPlatform
    secrets: Secrets
    storage: Storage
    gateway: Gateway
    dns: Dns
    mailer: Mailer
