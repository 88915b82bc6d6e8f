"""Amazon Simple Queue Service."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, Setting, found, given, properties

_ATTRIBUTES = {
    "visibilityTimeoutSeconds": "VisibilityTimeout",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "delaySeconds": "DelaySeconds",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "maxMessageSize": "MaximumMessageSize",
    "redrivePolicy": "RedrivePolicy",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "fifoQueue": "FifoQueue",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "policy": "Policy",
}


class Queue(ResourceType):
    type = "aws:sqs/queue:Queue"
    auto_named = "name"
    handled = properties("name tags", *_ATTRIBUTES)
    without_effect: ClassVar = {"sqsManagedSseEnabled": "the emulator keeps everything in memory"}
    computed = properties("url arn")
    replace_on_changes = properties("name fifoQueue")
    changeable = frozenset(_ATTRIBUTES) - replace_on_changes

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        url = cloud.client("sqs").create_queue(
            QueueName=inputs["name"],
            Attributes=_attributes(inputs),
            **given(tags=inputs.get("tags")),
        )["QueueUrl"]
        return url, {"url": url, "arn": cloud.arn("sqs", inputs["name"])}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("sqs").get_queue_attributes, QueueUrl=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        attributes = {name: value for name, value in _attributes(inputs).items() if name != "FifoQueue"}
        cloud.client("sqs").set_queue_attributes(QueueUrl=id_, Attributes=attributes)
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sqs").delete_queue(QueueUrl=id_)

    def automatic_name(self, name: str, inputs: Inputs) -> str:
        return super().automatic_name(name, inputs) + (".fifo" if inputs.get("fifoQueue") else "")


class QueuePolicy(Setting):
    type = "aws:sqs/queuePolicy:QueuePolicy"
    handled = properties("queueUrl policy")
    replace_on_changes = properties("queueUrl")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sqs").set_queue_attributes(
            QueueUrl=inputs["queueUrl"], Attributes={"Policy": _text(inputs["policy"])}
        )
        return inputs["queueUrl"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sqs").set_queue_attributes(QueueUrl=id_, Attributes={"Policy": ""})


def _attributes(inputs: Inputs) -> dict[str, str]:
    return {
        attribute: _text(inputs[property_])
        for property_, attribute in _ATTRIBUTES.items()
        # AWS refuses FifoQueue=false: a standard queue does not have the attribute.
        if property_ in inputs and (property_ != "fifoQueue" or inputs[property_])
    }


def _text(value: object) -> str:
    """An attribute's value: SQS takes text for numbers, booleans and policies alike."""
    return value if isinstance(value, str) else json.dumps(value)


RESOURCES = (Queue(), QueuePolicy())
