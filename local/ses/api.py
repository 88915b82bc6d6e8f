"""SES v2 over its JSON protocol: from an HTTP request to the answer's JSON object."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from botocore import xform_name

from local.ses.account import Account
from local.ses.behaviour import CALL_FAULTS, SENDING_OPERATIONS, Behaviour, Fault, whole_number
from local.ses.configuration_sets import ConfigurationSets
from local.ses.errors import (
    BadRequestException,
    ConnectionDropped,
    InternalServiceErrorException,
    NotImplementedException,
    SendingPausedException,
    SesError,
    TooManyRequestsException,
)
from local.ses.events import EventPublisher, Publish
from local.ses.identities import Identities
from local.ses.mailbox import Mailbox
from local.ses.quota import Quota
from local.ses.sending import Sending, count_refusal, recipients_of
from local.ses.service_model import service_model
from local.ses.suppression import SuppressionList
from local.ses.tags import ResourceTags
from local.ses.templates import Templates

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class SesApi:
    """One account. `lock` guards everything an operation or a change of behaviour touches."""

    def __init__(self, publish: Publish | None) -> None:
        self.lock = threading.RLock()
        self._model = service_model()
        self.behaviour = Behaviour(self._model.operations)
        self.mailbox = Mailbox()
        self.quota = Quota(self.behaviour)
        tags, suppression = ResourceTags(), SuppressionList()
        configuration_sets, templates = ConfigurationSets(tags), Templates(tags)
        identities = Identities(tags, self.behaviour)
        account = Account(self.behaviour, self.quota, suppression)
        self.publisher = EventPublisher(publish, configuration_sets, self.behaviour)
        sending = Sending(
            account=account,
            behaviour=self.behaviour,
            configuration_sets=configuration_sets,
            identities=identities,
            mailbox=self.mailbox,
            publisher=self.publisher,
            quota=self.quota,
            suppression=suppression,
            templates=templates,
        )
        parts = (account, configuration_sets, identities, sending, suppression, tags, templates)
        self._operations = {
            name: getattr(part, xform_name(name))
            for name in self._model.operations
            for part in parts
            if hasattr(part, xform_name(name))
        }

    @property
    def operations(self) -> list[str]:
        """Names of the SES operations provided."""
        return sorted(self._operations)

    def call(self, method: str, path: str, query: str, body: bytes) -> dict[str, Any]:
        """Raises `SesError` for any other answer, and `ConnectionDropped` where a fault leaves none."""
        name, path_values = self._model.route(method, path)
        operation = self._operations.get(name)
        if operation is None:
            raise NotImplementedException(f"The local SES stand-in does not provide the operation {name}.")
        parameters: dict[str, Any] = {}
        with self.lock:
            self.behaviour.counters.add("calls")
            if name == "SendBulkEmail":
                self.behaviour.counters.add("bulk_calls")
        try:
            parameters = self._model.parameters(name, path_values, parse_qs(query), _parse(body))
            return self._answer(name, operation, parameters)
        except SesError as error:
            if name in SENDING_OPERATIONS:
                count_refusal(self.behaviour, error, len(parameters.get("BulkEmailEntries") or [None]))
            raise

    def change_behaviour(self, settings: Any) -> None:
        """Merge behaviour settings. Raises `BehaviourError`, and then changes nothing."""
        if isinstance(settings, dict) and "sent_last_24_hours" in settings:
            settings = dict(settings)
            sent = whole_number("sent_last_24_hours", settings.pop("sent_last_24_hours"))
            self.behaviour.update(settings)
            self.quota.set_sent_last_24_hours(sent)
        else:
            self.behaviour.update(settings)

    def _answer(self, name: str, operation: Operation, parameters: dict[str, Any]) -> dict[str, Any]:
        with self.lock:
            faults = self.behaviour.call_faults(CALL_FAULTS, name, recipients_of(parameters))
            pause = self.behaviour.latency_ms + sum(fault.latency_ms for fault in faults if fault.fault == "slow")
        if pause:
            time.sleep(pause / 1000)
        _raise_faults(faults)
        with self.lock:
            answer = operation(parameters)
        if any(fault.fault == "drop_after" for fault in faults):
            raise ConnectionDropped
        return answer


def _raise_faults(faults: list[Fault]) -> None:
    kinds = {fault.fault for fault in faults}
    if "drop_before" in kinds:
        raise ConnectionDropped
    if "server_error" in kinds:
        raise InternalServiceErrorException("The request could not be processed because of an internal error.")
    if "throttle_call" in kinds:
        raise TooManyRequestsException("Rate exceeded")
    if "sending_paused" in kinds:
        raise SendingPausedException("Email sending is disabled for your account.")


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body) if body else {}
    except ValueError:
        raise BadRequestException("The request body is not valid JSON.") from None
