"""Pictures for letters: who may read the bucket, and what a stack without them lacks."""

import json
from collections.abc import Callable

from tests.unit.components.recording import Deployment, arn, physical_name

BUCKET = arn("s3", physical_name("pictures"))
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"


def test_readers_get_what_is_prepared_through_one_distribution_and_nothing_else(deployment: Deployment) -> None:
    policy = json.loads(deployment.one("aws:s3/bucketPolicy:BucketPolicy", "pictures-policy").inputs["policy"])
    (reading,) = (statement for statement in policy["Statement"] if statement["Effect"] == "Allow")
    assert reading["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert (reading["Action"], reading["Resource"]) == ("s3:GetObject", f"{BUCKET}/pictures/*")
    assert reading["Condition"] == {"StringEquals": {"AWS:SourceArn": arn("cloudfront", physical_name("pictures"))}}
    distribution = deployment.one(DISTRIBUTION, "pictures").inputs
    (origin,) = distribution["origins"]
    assert origin["originPath"] == "/pictures"
    assert origin["originAccessControlId"] == "id of email-list-dev-pictures"
    assert distribution["waitForDeployment"] is False


def test_an_upload_starts_the_function_that_has_the_library_for_it(deployment: Deployment) -> None:
    (notice,) = deployment.one("aws:s3/bucketNotification:BucketNotification", "pictures-uploaded").inputs[
        "lambdaFunctions"
    ]
    assert notice["lambdaFunctionArn"] == arn("lambda", physical_name("prepare_picture"))
    assert notice["filterPrefix"] == "uploads/"


def test_the_console_may_send_files_only_to_the_bucket_of_this_stack(deployment: Deployment) -> None:
    host = f"{physical_name('pictures')}.s3.eu-west-1.amazonaws.com"
    environment, url = deployment.environment("console"), "https://d123.cloudfront.net"
    assert environment["PICTURES_UPLOAD"] == f"https://{host}"
    assert environment["PICTURES_URL"] == deployment.environment("pictures")["PICTURES_URL"] == url


def test_precious_pictures_outlive_the_stack(deployment: Deployment, everything: Deployment) -> None:
    assert deployment.one("aws:s3/bucket:Bucket", "pictures").inputs["forceDestroy"] is True
    assert everything.one("aws:s3/bucket:Bucket", "pictures").inputs["forceDestroy"] is False


def test_a_stack_without_pictures_declares_nothing_for_them(
    deploy: Callable[..., Deployment], deployment: Deployment
) -> None:
    without = deploy(pictures="false")
    gone = {resource.name for resource in deployment.resources} - {resource.name for resource in without.resources}
    assert len(deployment.resources) - len(without.resources) == 24
    assert all("picture" in name for name in gone)
    assert not without.all(DISTRIBUTION)
    for function in without.functions:
        assert not {key for key in without.environment(function) if key.startswith("PICTURES")}
