"""What the event lake and its dashboard are made of, for previews alone: there is no emulator of QuickSight."""

from typing import ClassVar

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, properties


class NotEmulated(Exception):
    """A resource of a service that nothing on this machine stands in for."""


class _Foreseen(ResourceType):
    """A type whose preview is known, and no more."""

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        raise NotEmulated("there is no QuickSight on this machine; leave the config key quicksight at false")


class Workgroup(_Foreseen):
    type = "aws:athena/workgroup:Workgroup"
    auto_named = "name"
    handled = properties("name description forceDestroy configuration tags")
    computed = properties("arn")
    replace_on_changes = properties("name")


class CatalogDatabase(_Foreseen):
    type = "aws:glue/catalogDatabase:CatalogDatabase"
    auto_named = "name"
    handled = properties("name description tags")
    computed = properties("arn catalogId")
    replace_on_changes = properties("name")


class CatalogTable(_Foreseen):
    type = "aws:glue/catalogTable:CatalogTable"
    auto_named = "name"
    handled = properties("name databaseName description tableType parameters partitionKeys storageDescriptor")
    computed = properties("arn catalogId")
    replace_on_changes = properties("name databaseName")


class FirehoseDeliveryStream(_Foreseen):
    type = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    auto_named = "name"
    handled = properties("name destination extendedS3Configuration serverSideEncryption tags")
    computed = properties("arn destinationId versionId")
    recomputed: ClassVar = {"versionId": handled}
    replace_on_changes = properties("name destination")


class DataSource(_Foreseen):
    type = "aws:quicksight/dataSource:DataSource"
    handled = properties("dataSourceId name type parameters permissions tags")
    computed = properties("arn awsAccountId")
    replace_on_changes = properties("dataSourceId type")


class DataSet(_Foreseen):
    type = "aws:quicksight/dataSet:DataSet"
    handled = properties("dataSetId name importMode physicalTableMaps permissions tags")
    computed = properties("arn awsAccountId outputColumns")
    replace_on_changes = properties("dataSetId")


class RefreshSchedule(_Foreseen):
    type = "aws:quicksight/refreshSchedule:RefreshSchedule"
    handled = properties("dataSetId scheduleId schedule")
    computed = properties("arn awsAccountId")
    replace_on_changes = properties("dataSetId scheduleId")


class CloudControlResource(_Foreseen):
    type = "aws:cloudcontrol/resource:Resource"
    handled = properties("typeName desiredState")
    computed = properties("properties")
    recomputed: ClassVar = {"properties": properties("desiredState")}
    replace_on_changes = properties("typeName")


RESOURCES = (
    Workgroup(),
    CatalogDatabase(),
    CatalogTable(),
    FirehoseDeliveryStream(),
    DataSource(),
    DataSet(),
    RefreshSchedule(),
    CloudControlResource(),
)
