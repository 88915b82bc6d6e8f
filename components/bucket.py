"""Private buckets."""

from collections.abc import Callable, Sequence

import pulumi
import pulumi_aws as aws

from components.policies import Statement, deny_plain_http, policy_document

_ENCRYPTION_RULE = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
    apply_server_side_encryption_by_default=aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256"
    )
)


def private_bucket(
    name: str,
    *,
    rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
    precious: bool,
    parent: pulumi.Resource,
    admits: Callable[[aws.s3.Bucket], Sequence[Statement]] = lambda _: (),
) -> aws.s3.Bucket:
    """A bucket that only those with permission can read, encrypted, accessible over TLS only, and with these lifecycle
    rules.

    Pulumi deletes it with everything in it or, if it is precious, leaves it in place and stops managing it. Services
    that no role speaks for get their permission from the bucket itself: the statements by which it `admits` them.
    """
    child_opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=precious)
    bucket = aws.s3.Bucket(name, force_destroy=not precious, opts=child_opts)
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.id, rules=[_ENCRYPTION_RULE], opts=child_opts
    )
    private = aws.s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=child_opts,
    )
    aws.s3.BucketPolicy(
        f"{name}-policy",
        bucket=bucket.id,
        policy=policy_document(
            deny_plain_http("s3:*", bucket.arn, pulumi.Output.concat(bucket.arn, "/*")), *admits(bucket)
        ),
        # S3 refuses two simultaneous changes of a bucket's access.
        opts=pulumi.ResourceOptions.merge(child_opts, pulumi.ResourceOptions(depends_on=[private])),
    )
    if rules:
        aws.s3.BucketLifecycleConfiguration(f"{name}-lifecycle", bucket=bucket.id, rules=list(rules), opts=child_opts)
    return bucket


def forget(id_: str, prefix: str, days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """A rule that deletes objects under a prefix after some days, and uploads that were never finished."""
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=id_,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=1
        ),
    )
