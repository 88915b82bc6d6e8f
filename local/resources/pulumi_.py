"""Provider resources: how a program configures a whole provider, such as the tags every resource gets."""

from typing import ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, properties

_EMULATOR = "every resource goes to the emulator"


class AwsProvider(ResourceType):
    """An explicit ``aws.Provider``. The engine reads its default tags; here it only gets an id."""

    type = "pulumi:providers:aws"
    handled = properties("defaultTags")
    without_effect: ClassVar = {
        "region": "the emulator's region is the one of the configuration, aws:region",
        "version": "no provider plug-in is loaded",
        "endpoints": _EMULATOR,
        "accessKey": _EMULATOR,
        "secretKey": _EMULATOR,
        "profile": _EMULATOR,
        "skipCredentialsValidation": _EMULATOR,
        "skipMetadataApiCheck": _EMULATOR,
        "skipRegionValidation": _EMULATOR,
        "skipRequestingAccountId": _EMULATOR,
        "s3UsePathStyle": _EMULATOR,
    }

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        return "aws", {}


RESOURCES = (AwsProvider(),)
