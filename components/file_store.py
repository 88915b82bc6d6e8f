"""Files that people bring or take: imports, their reports, exports."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.policies import deny_plain_http, policy_document, receive_notices
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

        bucket = aws.s3.Bucket(f"{name}-files", force_destroy=True, opts=child_opts)
        aws.s3.BucketServerSideEncryptionConfiguration(
            f"{name}-files-encryption",
            bucket=bucket.id,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256"
                    )
                )
            ],
            opts=child_opts,
        )
        private = aws.s3.BucketPublicAccessBlock(
            f"{name}-files-private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child_opts,
        )
        aws.s3.BucketPolicy(
            f"{name}-files-policy",
            bucket=bucket.id,
            policy=policy_document(deny_plain_http(bucket.arn)),
            # S3 refuses two changes of a bucket's access at once.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[private]),
        )
        aws.s3.BucketLifecycleConfiguration(
            f"{name}-files-lifecycle",
            bucket=bucket.id,
            rules=[
                aws.s3.BucketLifecycleConfigurationRuleArgs(
                    id="forget",
                    status="Enabled",
                    filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=DAYS_KEPT),
                    abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                        days_after_initiation=DAYS_KEPT
                    ),
                )
            ],
            opts=child_opts,
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
