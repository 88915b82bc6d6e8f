"""Amazon Simple Notification Service."""

from collections.abc import Mapping
from typing import Any, ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, Setting, found, given, properties, tag_list


class Topic(ResourceType):
    type = "aws:sns/topic:Topic"
    auto_named = "name"
    handled = properties("name displayName policy tags")
    without_effect: ClassVar = {
        "kmsMasterKeyId": "the emulator keeps everything in memory",
        "tracingConfig": "the emulator records no traces",
        "signatureVersion": "nothing here checks the signature of a message",
    }
    computed = properties("arn owner")
    replace_on_changes = properties("name")
    changeable = properties("displayName policy")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        arn = cloud.client("sns").create_topic(
            Name=inputs["name"],
            Attributes=given(DisplayName=inputs.get("displayName"), Policy=inputs.get("policy")),
            **given(Tags=tag_list(inputs.get("tags"))),
        )["TopicArn"]
        return arn, {"arn": arn, "owner": cloud.account}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("sns").get_topic_attributes, TopicArn=id_)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        for property_, attribute in (("displayName", "DisplayName"), ("policy", "Policy")):
            if property_ in changed:
                cloud.client("sns").set_topic_attributes(
                    TopicArn=id_, AttributeName=attribute, AttributeValue=inputs.get(property_, "")
                )
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sns").delete_topic(TopicArn=id_)


class TopicPolicy(Setting):
    type = "aws:sns/topicPolicy:TopicPolicy"
    handled = properties("arn policy")
    computed = properties("owner")
    replace_on_changes = properties("arn")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        cloud.client("sns").set_topic_attributes(
            TopicArn=inputs["arn"], AttributeName="Policy", AttributeValue=inputs["policy"]
        )
        return inputs["arn"], {"owner": cloud.account}


class TopicSubscription(ResourceType):
    type = "aws:sns/topicSubscription:TopicSubscription"
    handled = properties(
        "topic protocol endpoint rawMessageDelivery filterPolicy filterPolicyScope redrivePolicy",
    )
    without_effect: ClassVar = {"endpointAutoConfirms": "the emulator confirms by itself"}
    computed = properties("arn ownerId pendingConfirmation")
    replace_on_changes = properties("topic protocol endpoint")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        arn = cloud.client("sns").subscribe(
            TopicArn=inputs["topic"],
            Protocol=inputs["protocol"],
            Endpoint=inputs["endpoint"],
            ReturnSubscriptionArn=True,
            Attributes=given(
                RawMessageDelivery="true" if inputs.get("rawMessageDelivery") else None,
                FilterPolicy=inputs.get("filterPolicy"),
                FilterPolicyScope=inputs.get("filterPolicyScope"),
                RedrivePolicy=inputs.get("redrivePolicy"),
            ),
        )["SubscriptionArn"]
        return arn, {"arn": arn, "ownerId": cloud.account, "pendingConfirmation": False}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("sns").get_subscription_attributes, SubscriptionArn=id_)

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("sns").unsubscribe(SubscriptionArn=id_)


RESOURCES = (Topic(), TopicPolicy(), TopicSubscription())
