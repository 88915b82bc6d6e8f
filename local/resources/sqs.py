"""Amazon Simple Queue Service."""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, given, properties

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

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        url = cloud.client("sqs").create_queue(
            QueueName=inputs["name"],
            Attributes={
                attribute: _text(inputs[property_])
                for property_, attribute in _ATTRIBUTES.items()
                # AWS refuses FifoQueue=false: a standard queue does not have the attribute.
                if property_ in inputs and (property_ != "fifoQueue" or inputs[property_])
            },
            **given(tags=inputs.get("tags")),
        )["QueueUrl"]
        return url, {"url": url, "arn": cloud.arn("sqs", inputs["name"])}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sqs").delete_queue(QueueUrl=id_)

    def automatic_name(self, name: str, inputs: Inputs) -> str:
        return super().automatic_name(name, inputs) + (".fifo" if inputs.get("fifoQueue") else "")


class QueuePolicy(ResourceType):
    type = "aws:sqs/queuePolicy:QueuePolicy"
    handled = properties("queueUrl policy")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sqs").set_queue_attributes(
            QueueUrl=inputs["queueUrl"], Attributes={"Policy": _text(inputs["policy"])}
        )
        return inputs["queueUrl"], {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sqs").set_queue_attributes(QueueUrl=id_, Attributes={"Policy": ""})


def _text(value: object) -> str:
    """An attribute's value: SQS takes text for numbers, booleans and policies alike."""
    return value if isinstance(value, str) else json.dumps(value)


RESOURCES = (Queue(), QueuePolicy())
