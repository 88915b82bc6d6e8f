"""Files that people upload or download: imports, their reports, exports."""

import pulumi
import pulumi_aws as aws

from components.bucket import forget, private_bucket
from components.grants import Grant
from components.policies import Statement, list_objects, use_objects
from components.work_queue import WorkQueue
from contract import Env, Folder

DAYS_KEPT = 1


class FileStore:
    """A private bucket that deletes every file after a day. It holds nothing that cannot be recreated.

    `incoming` gets a message for every file stored under `Folder.IMPORTS`.
    """

    def __init__(self, name: str, incoming: WorkQueue, parent: pulumi.Resource) -> None:
        self._bucket = bucket = private_bucket(
            f"{name}-files", rules=[forget("forget", "", DAYS_KEPT)], precious=False, parent=parent
        )
        may_notify = incoming.accept_notices(f"{name}-files-notices", "s3.amazonaws.com", bucket.arn)
        aws.s3.BucketNotification(
            f"{name}-files-notices",
            bucket=bucket.id,
            queues=[
                aws.s3.BucketNotificationQueueArgs(
                    queue_arn=incoming.arn, events=["s3:ObjectCreated:*"], filter_prefix=Folder.IMPORTS
                )
            ],
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[may_notify]),
        )

    def reader(self, prefix: str) -> Grant:
        """Read files whose keys begin with `prefix`."""
        return self._grant(use_objects(self._bucket.arn, prefix, "GetObject"))

    def writer(self, prefix: str) -> Grant:
        """Write files whose keys begin with `prefix`."""
        return self._grant(use_objects(self._bucket.arn, prefix, "PutObject"))

    def lister(self) -> Grant:
        """Check whether a file exists."""
        return self._grant(list_objects(self._bucket.arn))

    def _grant(self, statement: Statement) -> Grant:
        return Grant({Env.FILES_BUCKET: self._bucket.bucket}, [statement])
