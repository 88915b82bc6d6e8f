"""Running a Pulumi program in-process: what reaches the provider, what comes back, how failure shows."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest

from local.engine import DeploymentError, deploy
from local.project import Project


@dataclass
class RecordingProvider:
    """Accepts every resource, gives it the outputs asked for, and remembers what it was told."""

    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    failing: dict[str, Exception] = field(default_factory=dict)
    created: dict[str, dict[str, Any]] = field(default_factory=dict)
    default_tags: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def create(
        self, type_: str, name: str, inputs: dict[str, Any], default_tags: Mapping[str, str]
    ) -> tuple[str, dict[str, Any]]:
        if name in self.failing:
            raise self.failing[name]
        self.created[name] = inputs
        self.default_tags[name] = default_tags
        return f"{name}-id", self.outputs.get(name, {})

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"region": "eu-test-1", "id": token}


@pytest.fixture
def provider() -> RecordingProvider:
    return RecordingProvider()


@pytest.fixture
def run(tmp_path: Path, provider: RecordingProvider) -> Any:
    def run_program(source: str, config: Mapping[str, str] | None = None) -> dict[str, Any]:
        program = tmp_path / "__main__.py"
        program.write_text("import pulumi\nimport pulumi_aws as aws\n" + textwrap.dedent(source))
        return deploy(Project("email-list", "test", program, config or {}), provider)

    return run_program


def test_what_the_program_exports_comes_back_as_plain_values(run: Any) -> None:
    outputs = run("""
        pulumi.export("count", 3)
        pulumi.export("nested", {"list": [pulumi.Output.from_input("a"), "b"]})
        pulumi.export("token", pulumi.Output.secret("hush"))
    """)
    assert outputs == {"count": 3, "nested": {"list": ["a", "b"]}, "token": "hush"}


def test_an_output_of_one_resource_is_an_input_of_the_next(run: Any, provider: RecordingProvider) -> None:
    provider.outputs["first"] = {"arn": "arn:first"}
    outputs = run("""
        first = aws.sns.Topic("first")
        second = aws.sns.TopicPolicy("second", arn=first.arn, policy="{}")
        pulumi.export("id", second.id)
    """)
    assert provider.created["second"] == {"arn": "arn:first", "policy": "{}"}
    assert outputs == {"id": "second-id"}


def test_secret_inputs_reach_the_provider_unwrapped(run: Any, provider: RecordingProvider) -> None:
    run("""
        aws.ssm.Parameter("p", type="SecureString", value=pulumi.Output.secret("hush"))
        aws.sns.Topic("t", tags={"a": pulumi.Output.secret("b")})
    """)
    assert provider.created["p"]["value"] == "hush"
    assert provider.created["t"]["tags"] == {"a": "b"}


def test_whole_numbers_arrive_as_integers(run: Any, provider: RecordingProvider) -> None:
    run('aws.sqs.Queue("q", visibility_timeout_seconds=30)')
    assert repr(provider.created["q"]["visibilityTimeoutSeconds"]) == "30"


def test_archives_arrive_as_archives(run: Any, provider: RecordingProvider, tmp_path: Path) -> None:
    run(f'aws.lambda_.Function("f", role="r", code=pulumi.FileArchive({str(tmp_path)!r}))')
    archive = provider.created["f"]["code"]
    assert isinstance(archive, pulumi.FileArchive)
    assert archive.path == str(tmp_path)


def test_components_are_not_created_but_their_children_are(run: Any, provider: RecordingProvider) -> None:
    outputs = run("""
        class Outer(pulumi.ComponentResource):
            def __init__(self, name):
                super().__init__("email-list:index:Outer", name)
                self.inner = Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))
                self.register_outputs({})

        class Inner(pulumi.ComponentResource):
            def __init__(self, name, opts):
                super().__init__("email-list:index:Inner", name, None, opts)
                self.topic = aws.sns.Topic(f"{name}-topic", opts=pulumi.ResourceOptions(parent=self))
                self.register_outputs({})

        pulumi.export("urn", Outer("outer").inner.topic.urn)
    """)
    assert list(provider.created) == ["outer-inner-topic"]
    assert (
        outputs["urn"] == "urn:pulumi:test::email-list::email-list:index:Inner$aws:sns/topic:Topic::outer-inner-topic"
    )


def test_default_tags_of_an_explicit_provider_reach_its_resources_only(run: Any, provider: RecordingProvider) -> None:
    run("""
        tagged = aws.Provider("tagged", default_tags=aws.ProviderDefaultTagsArgs(tags={"project": "x"}))
        aws.sns.Topic("with", opts=pulumi.ResourceOptions(provider=tagged))
        aws.sns.Topic("without")
    """)
    assert provider.default_tags["with"] == {"project": "x"}
    assert provider.default_tags["without"] == {}


def test_default_tags_of_the_configuration_reach_every_resource(run: Any, provider: RecordingProvider) -> None:
    run('aws.sns.Topic("t")', {"aws:defaultTags": '{"tags": {"team": "news"}}'})
    assert provider.default_tags["t"] == {"team": "news"}


def test_the_program_reads_its_configuration(run: Any) -> None:
    outputs = run(
        """
        config = pulumi.Config()
        pulumi.export("name", config.require("listName"))
        pulumi.export("origins", config.require_object("origins"))
        """,
        {"email-list:listName": "Cats", "email-list:origins": '["a"]'},
    )
    assert outputs == {"name": "Cats", "origins": ["a"]}


def test_a_function_call_is_answered_by_the_provider(run: Any) -> None:
    assert run('pulumi.export("region", aws.get_region().region)') == {"region": "eu-test-1"}


def test_modules_beside_the_program_can_be_imported(run: Any, tmp_path: Path) -> None:
    (tmp_path / "beside_the_program.py").write_text("VALUE = 7\n")
    assert run('import beside_the_program\npulumi.export("v", beside_the_program.VALUE)') == {"v": 7}


def test_deployments_in_one_process_do_not_see_each_other(run: Any) -> None:
    assert run('pulumi.export("a", 1)') == {"a": 1}
    assert run('pulumi.export("b", 2)') == {"b": 2}


def test_a_failed_resource_is_named_with_its_reason(run: Any, provider: RecordingProvider) -> None:
    provider.failing["bad"] = RuntimeError("no room")
    with pytest.raises(DeploymentError, match=r'^aws:sns/topic:Topic "bad": no room$'):
        run('aws.sns.Topic("bad")')


def test_the_first_failure_is_reported_not_those_that_waited_for_it(
    run: Any, provider: RecordingProvider, capfd: pytest.CaptureFixture[str]
) -> None:
    provider.failing["bad"] = RuntimeError("no room")
    with pytest.raises(DeploymentError, match=r'^aws:sns/topic:Topic "bad": no room$'):
        run("""
            bad = aws.sns.Topic("bad")
            policy = aws.sns.TopicPolicy("waiting", arn=bad.arn, policy=bad.arn.apply(lambda arn: arn + "!"))
            pulumi.export("policy", policy.id)
            pulumi.export("arn", bad.arn)
        """)
    assert "waiting" not in provider.created
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_failure_the_program_words_itself_is_passed_on_word_for_word(run: Any) -> None:
    with pytest.raises(DeploymentError, match=r"^set listName: pulumi config set listName NAME$"):
        run('raise pulumi.RunError("set listName: pulumi config set listName NAME")')


def test_a_mistake_in_the_program_is_shown_with_its_place(run: Any) -> None:
    with pytest.raises(DeploymentError, match=r"^__main__\.py:3: ZeroDivisionError: division by zero$"):
        run("1 / 0")


def test_a_mistake_inside_an_apply_is_shown(run: Any) -> None:
    with pytest.raises(DeploymentError, match="KeyError: 'missing'"):
        run('pulumi.export("x", pulumi.Output.from_input({}).apply(lambda value: value["missing"]))')
