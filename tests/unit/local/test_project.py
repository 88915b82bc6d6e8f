"""Reading a Pulumi project's configuration without the Pulumi CLI."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from local.project import ConfigError, load_project
from tests.project_files import CASES, Files


def project_folder(folder: Path, declared: str = "{}", stack: str = "{}") -> Path:
    (folder / "Pulumi.yaml").write_text(f"name: email-list\nruntime: python\nconfig: {declared}\n")
    (folder / "Pulumi.local.yaml").write_text(f"config: {stack}\n")
    return folder


def test_a_declared_default_is_the_value_of_a_stack_that_sets_none(tmp_path: Path) -> None:
    folder = project_folder(tmp_path, "{days: {type: integer, default: 30}}")
    assert load_project(folder, "local").config == {"email-list:days": "30"}


def test_a_key_without_a_default_must_have_a_value(tmp_path: Path) -> None:
    folder = project_folder(tmp_path, "{sender: {type: string, description: who}}")
    with pytest.raises(ConfigError, match=r"sender has no default in Pulumi\.yaml"):
        load_project(folder, "local")
    assert load_project(folder, "local", {"sender": "me"}).config == {"email-list:sender": "me"}


@pytest.mark.parametrize("files", CASES, ids=lambda files: files.about)
def test_what_pulumi_accepts_is_accepted_and_what_it_refuses_is_refused(tmp_path: Path, files: Files) -> None:
    files.write(tmp_path, "local")
    with pytest.raises(ConfigError, match=files.refusal) if files.refusal else nullcontext():
        load_project(tmp_path, "local")


def test_a_number_in_the_stacks_file_is_text_to_pulumi(tmp_path: Path) -> None:
    declared = "{a: {type: string, default: ''}, b: {type: integer, default: 1}, c: {type: boolean, default: true}}"
    folder = project_folder(tmp_path, declared, "{email-list:a: 2.5, email-list:b: '7', email-list:c: 'false'}")
    config = load_project(folder, "local").config
    assert config == {"email-list:a": "2.5", "email-list:b": "7", "email-list:c": "false"}


def test_only_overrides_are_secret(tmp_path: Path) -> None:
    project = load_project(project_folder(tmp_path, "{a: {default: x}, b: {default: y}}"), "local", {"b": "z"})
    assert project.secret_keys == {"email-list:b"}


def test_the_stack_wins_over_the_default_and_an_override_over_both(tmp_path: Path) -> None:
    folder = project_folder(
        tmp_path,
        "{a: {default: project}, b: {default: project}, c: {default: project}}",
        "{email-list:b: stack, email-list:c: stack}",
    )
    config = load_project(folder, "local", {"c": "override"}).config
    assert config == {"email-list:a": "project", "email-list:b": "stack", "email-list:c": "override"}


def test_values_that_are_no_strings_travel_as_json(tmp_path: Path) -> None:
    folder = project_folder(
        tmp_path, "{active: {default: true}, origins: {default: [a, b]}}", "{email-list:o: {k: [1]}}"
    )
    config = load_project(folder, "local").config
    assert config["email-list:active"] == "true"
    assert json.loads(config["email-list:origins"]) == ["a", "b"]
    assert json.loads(config["email-list:o"]) == {"k": [1]}


def test_keys_of_other_namespaces_keep_theirs(tmp_path: Path) -> None:
    folder = project_folder(tmp_path, '{"aws:region": {value: eu-west-1}}')
    assert load_project(folder, "local").config == {"aws:region": "eu-west-1"}


def test_a_misspelt_override_is_refused_with_the_keys_there_are(tmp_path: Path) -> None:
    folder = project_folder(tmp_path, "{listName: {type: string}}")
    with pytest.raises(ConfigError, match="unknown config key listname; known keys: listName"):
        load_project(folder, "local", {"listname": "x"})


def test_an_encrypted_value_is_refused_with_the_way_round_it(tmp_path: Path) -> None:
    folder = project_folder(tmp_path, stack="{email-list:token: {secure: AAAA}}")
    with pytest.raises(ConfigError, match=r"email-list:token in Pulumi\.local\.yaml is encrypted .* --config"):
        load_project(folder, "local")


def test_a_missing_stack_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"Pulumi\.other\.yaml does not exist"):
        load_project(project_folder(tmp_path), "other")


def test_broken_yaml_is_named(tmp_path: Path) -> None:
    folder = project_folder(tmp_path)
    (folder / "Pulumi.local.yaml").write_text("config: [")
    with pytest.raises(ConfigError, match=r"Pulumi\.local\.yaml is not valid YAML"):
        load_project(folder, "local")
