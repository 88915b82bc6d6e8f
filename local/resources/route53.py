"""Amazon Route 53."""

from collections.abc import Mapping
from typing import Any

from local.resources.base import Cloud, Inputs, Outputs, ResourceType, properties


class Record(ResourceType):
    """A record, in the zone of its id, or in one that stands for it: on this machine nobody has a zone beforehand."""

    type = "aws:route53/record:Record"
    handled = properties("zoneId name type ttl records")
    computed = properties("fqdn")
    replace_on_changes = properties("zoneId name type")
    changeable = properties("ttl records")

    def create(self, cloud: Cloud, inputs: Inputs) -> tuple[str, Outputs]:
        if self._zone(cloud, inputs) is None:
            name = ".".join(inputs["name"].split(".")[-2:])
            cloud.client("route53").create_hosted_zone(Name=name, CallerReference=inputs["zoneId"])
        self._change(cloud, "CREATE", inputs)
        return f"{inputs['zoneId']}_{inputs['name']}_{inputs['type']}", {"fqdn": inputs["name"]}

    def exists(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> bool:
        zone = self._zone(cloud, state)
        return zone is not None and (state["name"], state["type"]) in self._records(cloud, zone)

    def update(
        self, cloud: Cloud, id_: str, state: Mapping[str, Any], inputs: Inputs, changed: frozenset[str]
    ) -> Outputs:
        self._change(cloud, "UPSERT", inputs)
        return {}

    def delete(self, cloud: Cloud, id_: str, state: Mapping[str, Any]) -> None:
        self._change(cloud, "DELETE", state)
        zone = self._zone(cloud, state)
        own = zone is not None and zone != state["zoneId"]
        # NS and SOA belong to the zone.
        if own and not any(type_ not in ("NS", "SOA") for _, type_ in self._records(cloud, zone)):
            cloud.client("route53").delete_hosted_zone(Id=zone)

    def _zone(self, cloud: Cloud, inputs: Mapping[str, Any]) -> str | None:
        """The id by which the emulator knows the zone."""
        for zone in cloud.client("route53").list_hosted_zones()["HostedZones"]:
            id_ = zone["Id"].rpartition("/")[2]
            if inputs["zoneId"] in (id_, zone["CallerReference"]):
                return id_
        return None

    def _records(self, cloud: Cloud, zone: str) -> set[tuple[str, str]]:
        records = cloud.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        return {(record["Name"].rstrip("."), record["Type"]) for record in records}

    def _change(self, cloud: Cloud, action: str, inputs: Mapping[str, Any]) -> None:
        # The provider puts text in quotes (service/route53/record.go, expandTxtEntry).
        values = [f'"{value}"' if inputs["type"] == "TXT" else value for value in inputs["records"]]
        record = {
            "Name": inputs["name"],
            "Type": inputs["type"],
            "TTL": inputs["ttl"],
            "ResourceRecords": [{"Value": value} for value in values],
        }
        cloud.client("route53").change_resource_record_sets(
            HostedZoneId=self._zone(cloud, inputs),
            ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
        )


RESOURCES = (Record(),)
