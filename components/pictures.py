"""Pictures for letters: a bucket, what prepares uploads, and the address from which readers get them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pulumi
import pulumi_aws as aws

from components.bucket import forget, private_bucket
from components.distribution import distribution
from components.foundation import Foundation
from components.function import WHOLE_PROCESSOR, Functions
from components.grants import Grant, told
from components.packaging import Target
from components.policies import Statement, admit_distribution, use_objects
from contract import Env, Folder

"""The keys of what editors upload and of what readers get begin with these (`email_list.aws.picture_files`)."""

UPLOADS_KEPT = 1

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
"""CloudFront's managed policies of these names, whose ids are the same in every account (CloudFront developer guide,
"Use managed cache policies" and "Use managed response headers policies")."""


class Pictures(pulumi.ComponentResource):
    """Uploads go into the bucket by a signed form and come out, prepared, through CloudFront.

    `code` is the bundle with the library for pictures.
    """

    editing: Grant
    """Announce, ask after and delete pictures."""
    address: Grant
    """Know where readers get them."""
    uploading: Grant
    """Know in addition where uploads go, so that the console's page may send and show them."""

    def __init__(
        self, name: str, base: Foundation, code: pulumi.Archive, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("email-list:index:Pictures", name, None, opts)
        self._name = name
        self._child_opts = pulumi.ResourceOptions(parent=self)
        self._bucket = bucket = private_bucket(
            f"{name}-pictures",
            rules=[forget("uploads", Folder.UPLOADS, UPLOADS_KEPT)],
            # Emails that were sent go on showing them.
            precious=base.config.deletion_protection,
            parent=self,
            admits=self._distribute,
        )
        aws.s3.BucketCorsConfiguration(
            f"{name}-pictures-uploads",
            bucket=bucket.id,
            # The signature of the form is what allows an upload; without it, no page can do anything here.
            cors_rules=[
                aws.s3.BucketCorsConfigurationCorsRuleArgs(
                    allowed_methods=["POST"], allowed_origins=["*"], max_age_seconds=3600
                )
            ],
            opts=self._child_opts,
        )
        known: Mapping[str, pulumi.Input[str]] = {Env.PICTURES_BUCKET: bucket.bucket}
        # A machine of its own serves them itself, without TLS.
        scheme = "https" if base.config.bundle_target == Target.aws() else "http"
        address = pulumi.Output.concat(f"{scheme}://", self._host)
        self._prepare(base, code, known)
        self.address = told({Env.PICTURES_URL: address})
        self.editing = Grant(
            {**known, Env.PICTURES_URL: address},
            [
                # The signed form lets its holder do what the function that signed it may do.
                use_objects(bucket.arn, Folder.UPLOADS, "PutObject"),
                use_objects(bucket.arn, Folder.PICTURES, "DeleteObject"),
            ],
        )
        uploads = pulumi.Output.concat("https://", bucket.bucket_regional_domain_name)
        self.uploading = told({Env.PICTURES_UPLOAD: uploads, Env.PICTURES_URL: address})
        self.register_outputs({"address": address})

    def _distribute(self, bucket: aws.s3.Bucket) -> Sequence[Statement]:
        """Serve what is prepared, and nothing else of the bucket."""
        access = aws.cloudfront.OriginAccessControl(
            f"{self._name}-pictures",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self._child_opts,
        )
        shown = distribution(
            f"{self._name}-pictures",
            f"Pictures of {self._name}",
            aws.cloudfront.DistributionOriginArgs(
                origin_id="bucket",
                domain_name=bucket.bucket_regional_domain_name,
                origin_path=f"/{Folder.PICTURES.rstrip('/')}",
                origin_access_control_id=access.id,
            ),
            aws.cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True),
            self._child_opts,
            cache_policy_id=CACHING_OPTIMIZED,
            response_headers_policy_id=SECURITY_HEADERS,
        )
        self._host = shown.domain_name
        return [admit_distribution(bucket.arn, Folder.PICTURES, shown.arn)]

    def _prepare(self, base: Foundation, code: pulumi.Archive, known: Mapping[str, pulumi.Input[str]]) -> None:
        """S3 itself starts the function for each upload."""
        bucket = self._bucket
        function = Functions(self._name, replace(base.platform, code=code), self).add(
            "prepare_picture",
            "Makes pictures of uploads that emails can show",
            uses=[
                Grant(
                    known,
                    [
                        use_objects(bucket.arn, Folder.UPLOADS, "GetObject", "DeleteObject"),
                        use_objects(bucket.arn, Folder.PICTURES, "PutObject"),
                    ],
                ),
                base.storage.records.writer("GetItem", "PutItem"),
            ],
            timeout=60,
            # Sixty million pixels take 240 MB each time they are held.
            memory=WHOLE_PROCESSOR,
            in_background=True,
        )
        allowed = aws.lambda_.Permission(
            f"{self._name}-pictures-uploaded",
            function=function.name,
            action="lambda:InvokeFunction",
            principal="s3.amazonaws.com",
            source_arn=bucket.arn,
            opts=self._child_opts,
        )
        aws.s3.BucketNotification(
            f"{self._name}-pictures-uploaded",
            bucket=bucket.id,
            lambda_functions=[
                aws.s3.BucketNotificationLambdaFunctionArgs(
                    lambda_function_arn=function.arn, events=["s3:ObjectCreated:*"], filter_prefix=Folder.UPLOADS
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )
