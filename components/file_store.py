"""Files that people bring or take: imports, their reports, exports."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.bucket import forget, private_bucket
from components.policies import policy_document, receive_notices
from components.work_queue import WorkQueue

DAYS_KEPT = 1
INCOMING = "imports/"
"""The keys of files to import begin with this."""


@dataclass(frozen=True)
class FileStoreArgs:
    """`incoming` gets a message for every file that is stored under `INCOMING`."""

    incoming: WorkQueue


class FileStore(pulumi.ComponentResource):
    """A private bucket that forgets every file after a day. It holds nothing that cannot be made again."""

    bucket: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: FileStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("email-list:index:FileStore", name, None, opts)
        child_opts = pulumi.ResourceOptions(parent=self)

        bucket = private_bucket(
            f"{name}-files", rules=[forget("forget", "", DAYS_KEPT)], force_destroy=True, parent=self
        )
        may_notify = aws.sqs.QueuePolicy(
            f"{name}-files-notices",
            queue_url=args.incoming.url,
            policy=policy_document(receive_notices("s3.amazonaws.com", args.incoming.arn, bucket.arn)),
            opts=child_opts,
        )
        aws.s3.BucketNotification(
            f"{name}-files-notices",
            bucket=bucket.id,
            queues=[
                aws.s3.BucketNotificationQueueArgs(
                    queue_arn=args.incoming.arn, events=["s3:ObjectCreated:*"], filter_prefix=INCOMING
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may_notify]),
        )

        self.bucket = bucket.bucket
        self.arn = bucket.arn
        self.register_outputs({"bucket": self.bucket, "arn": self.arn})
