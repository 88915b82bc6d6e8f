"""Rows for a Firehose stream."""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

MAX_RECORDS = 500
"""Records of one PutRecordBatch call (Firehose API reference); also 4 MB, which rows of a kilobyte do not reach."""

MAX_ATTEMPTS = 5


class Firehose:
    """One delivery stream. `client` is a boto3 Firehose client."""

    def __init__(self, client: Any, stream: str, wait: Any = time.sleep) -> None:
        self._client = client
        self._stream = stream
        self._wait = wait

    def put(self, rows: Iterable[Mapping[str, Any]]) -> int:
        """Write rows, each at least once; returns how many there were. RuntimeError if some are refused in the end."""
        records = [{"Data": (json.dumps(row, ensure_ascii=False) + "\n").encode()} for row in rows]
        for start in range(0, len(records), MAX_RECORDS):
            self._put(records[start : start + MAX_RECORDS])
        return len(records)

    def _put(self, records: list[dict[str, bytes]]) -> None:
        for attempt in range(MAX_ATTEMPTS):
            answer = self._client.put_record_batch(DeliveryStreamName=self._stream, Records=records)
            if not answer["FailedPutCount"]:
                return
            answers = answer["RequestResponses"]
            records = [record for record, told in zip(records, answers, strict=True) if "ErrorCode" in told]
            self._wait(0.2 * 2**attempt)
        raise RuntimeError(f"Firehose refuses {len(records)} rows")
