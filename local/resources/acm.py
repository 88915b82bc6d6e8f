"""AWS Certificate Manager. On this machine a certificate is valid as soon as it is asked for."""

from collections.abc import Mapping
from typing import Any

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, found, given, properties, tag_list


class Certificate(ResourceType):
    type = "aws:acm/certificate:Certificate"
    handled = properties("domainName validationMethod region tags")
    computed = properties("arn domainValidationOptions status")
    replace_on_changes = properties("domainName validationMethod region")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        arn = cloud.client("acm").request_certificate(
            DomainName=inputs["domainName"],
            ValidationMethod=inputs["validationMethod"],
            **given(Tags=tag_list(inputs.get("tags"))),
        )["CertificateArn"]
        certificate = cloud.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
        options = [
            {
                "domainName": option["DomainName"],
                "resourceRecordName": option["ResourceRecord"]["Name"],
                "resourceRecordType": option["ResourceRecord"]["Type"],
                "resourceRecordValue": option["ResourceRecord"]["Value"],
            }
            for option in certificate["DomainValidationOptions"]
        ]
        return arn, {"arn": arn, "domainValidationOptions": options, "status": certificate["Status"]}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        return found(cloud.client("acm").describe_certificate, CertificateArn=id_)

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        cloud.client("acm").delete_certificate(CertificateArn=id_)


class CertificateValidation(ResourceType):
    """No thing in AWS: the provider waits until the certificate is valid."""

    type = "aws:acm/certificateValidation:CertificateValidation"
    handled = properties("certificateArn validationRecordFqdns region")
    replace_on_changes = properties("certificateArn validationRecordFqdns region")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        arn = inputs["certificateArn"]
        certificate = cloud.client("acm").describe_certificate(CertificateArn=arn)["Certificate"]
        assert certificate["Status"] == "ISSUED", certificate["Status"]
        return str(certificate["IssuedAt"]), {}


RESOURCES = (Certificate(), CertificateValidation())
