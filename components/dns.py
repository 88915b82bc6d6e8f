"""The DNS records that a stack needs, entered in a hosted zone or listed for the people who manage the zone."""

from collections.abc import Iterable

import pulumi
import pulumi_aws as aws

from components.grants import Grant
from components.policies import read_parameter_named
from contract import Env

TIME_TO_LIVE = 300
"""Seconds, so that a mistake is soon corrected."""


class Dns:
    """Collects DNS records. With a hosted zone in Route 53, each becomes a resource; they are listed either way."""

    def __init__(self, name: str, zone_id: str | None) -> None:
        self._name = name
        self.zone_id = zone_id
        self._records: dict[str, dict[str, pulumi.Input[str]]] = {}

    def add(
        self,
        key: str,
        name: pulumi.Input[str],
        type_: pulumi.Input[str],
        value: pulumi.Input[str],
        purpose: str,
        parent: pulumi.Resource,
    ) -> pulumi.Output[str] | None:
        """A record; returns the name that the zone serves, or None without a zone.

        `key` distinguishes its resource, `purpose` says in a few words what the record is for.
        """
        self._records[key] = {"name": name, "type": type_, "value": value, "purpose": purpose}
        if self.zone_id is None:
            return None
        record = aws.route53.Record(
            f"{self._name}-{key}",
            zone_id=self.zone_id,
            name=name,
            type=type_,
            ttl=TIME_TO_LIVE,
            records=[value],
            opts=pulumi.ResourceOptions(parent=parent),
        )
        return record.fqdn

    @property
    def records(self) -> pulumi.Output[list[dict[str, str]]]:
        """Every record, as `{"name", "type", "value", "purpose"}`."""
        return pulumi.Output.all(*self._records.values()).apply(list)

    @property
    def _parameter(self) -> str:
        return f"/{self._name}/dns-records"

    def reader(self, neighbour_arn: pulumi.Input[str]) -> Grant:
        """Read the records that `keep` keeps, whose values are known only after the functions were made."""
        return Grant(
            {Env.DNS_RECORDS_PARAMETER: self._parameter}, [read_parameter_named(self._parameter, neighbour_arn)]
        )

    def keep(self, keys: Iterable[str], parent: pulumi.Resource) -> None:
        """Keep these records for functions to look up, as `[{"code", "name", "type", "value"}]`."""
        kept = [{"code": key, **self._records[key]} for key in keys if key in self._records]
        aws.ssm.Parameter(
            f"{self._name}-dns-records",
            name=self._parameter,
            type="SecureString",
            description="DNS records of the list's own domains",
            value=pulumi.Output.json_dumps(kept),
            opts=pulumi.ResourceOptions(parent=parent),
        )
