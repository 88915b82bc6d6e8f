"""Templates render as Amazon SES renders them."""

from typing import Any

import pytest

from local.ses.handlebars import RenderingError, Template, TemplateSyntaxError

PEOPLE = {"people": [{"name": "Ann", "tags": ["a", "b"]}, {"name": "Bob", "tags": []}], "title": "T"}


@pytest.mark.parametrize(
    ("source", "data", "expected"),
    [
        ("Hello {{name}}!", {"name": "Ann"}, "Hello Ann!"),
        ("{{ contact.firstName }}", {"contact": {"firstName": "Ann"}}, "Ann"),
        ("{{contact/firstName}}", {"contact": {"firstName": "Ann"}}, "Ann"),
        ("{{first-name}} {{first_name}}", {"first-name": "A", "first_name": "B"}, "A B"),
        ("{{[first name]}}", {"first name": "Ann"}, "Ann"),
        ("{{list.[1]}} {{list.length}}", {"list": ["a", "b"]}, "b 2"),
        ("{{{html}}}{{&html}}{{html}}", {"html": "<b>&</b>"}, "<b>&</b><b>&</b><b>&</b>"),
        (
            "{{yes}} {{number}} {{whole}} {{zero}}",
            {"yes": True, "number": 1.5, "whole": 2.0, "zero": 0},
            "true 1.5 2 0",
        ),
        ("a{{! comment }}b{{!-- {{ignored}} --}}c", {}, "abc"),
        (r"\{{name}} {{name}}", {"name": "Ann"}, "{{name}} Ann"),
        ("{{lookup people 0}}", {"people": ["Ann"]}, "Ann"),
        ("{{#with (lookup people 1)}}{{name}}{{/with}}", PEOPLE, "Bob"),
        ("a {{~name~}} b", {"name": "X"}, "aXb"),
        ("p { color: red } .a{b:c}", {}, "p { color: red } .a{b:c}"),
    ],
)
def test_variables_are_replaced_without_escaping(source: str, data: dict[str, Any], expected: str) -> None:
    assert Template(source).render(data) == expected


@pytest.mark.parametrize(
    ("source", "data", "expected"),
    [
        ("{{#if a}}A{{/if}}", {"a": "x"}, "A"),
        ("{{#if a}}A{{/if}}", {}, ""),
        ("{{#if a}}A{{else}}B{{/if}}", {"a": ""}, "B"),
        ("{{#if a}}A{{^}}B{{/if}}", {"a": 0}, "B"),
        ("{{#if a}}A{{else if b}}B{{else}}C{{/if}}", {"b": True}, "B"),
        ("{{#if a}}A{{else if b}}B{{else if c}}C{{else}}D{{/if}}", {}, "D"),
        ("{{#if list}}A{{else}}B{{/if}}", {"list": []}, "B"),
        ("{{#if object}}A{{else}}B{{/if}}", {"object": {}}, "A"),
        ("{{#unless a}}A{{else}}B{{/unless}}", {}, "A"),
        ("{{#with who}}{{name}} of {{../title}}{{/with}}", {"who": {"name": "Ann"}, "title": "T"}, "Ann of T"),
        ("{{#with who}}A{{else}}nobody{{/with}}", {}, "nobody"),
        ("{{#with who as |person|}}{{person.name}}{{/with}}", {"who": {"name": "Ann"}}, "Ann"),
        ("{{#each people}}{{@index}}{{name}}{{#unless @last}}, {{/unless}}{{/each}}", PEOPLE, "0Ann, 1Bob"),
        ("{{#each people}}{{#each tags}}{{this}}{{../name}}{{../../title}} {{/each}}{{/each}}", PEOPLE, "aAnnT bAnnT "),
        ("{{#each people as |p i|}}{{i}}{{p.name}}{{/each}}", PEOPLE, "0Ann1Bob"),
        ("{{#each map}}{{@key}}={{.}};{{/each}}", {"map": {"a": 1, "b": 2}}, "a=1;b=2;"),
        ("{{#each nothing}}x{{else}}none{{/each}}", {}, "none"),
        ("{{#each people}}{{@root.title}}{{/each}}", PEOPLE, "TT"),
        ("{{#people}}{{name}}{{/people}}{{^nobody}}none{{/nobody}}", PEOPLE, "AnnBobnone"),
        ("{{#yes}}{{title}}{{/yes}}", {"yes": True, "title": "T"}, "T"),
        ("{{#who}}{{name}}{{/who}}", {"who": {"name": "Ann"}}, "Ann"),
    ],
)
def test_blocks_choose_and_repeat(source: str, data: dict[str, Any], expected: str) -> None:
    assert Template(source).render(data) == expected


def test_inline_partials_are_reused_with_a_context_and_values() -> None:
    source = '{{#* inline "who"}}{{first}} {{last}}{{/inline}}{{> who}}, {{> who friend}}, {{> who last="Roe"}}'
    data = {"first": "Ann", "last": "Doe", "friend": {"first": "Bob", "last": "Poe"}}
    assert Template(source).render(data) == "Ann Doe, Bob Poe, Ann Roe"


def test_a_block_tag_alone_on_its_line_leaves_no_empty_line() -> None:
    source = "<ul>\n  {{#each items}}\n  <li>{{this}}</li>\n  {{/each}}\n</ul>\n{{! end }}\n"
    assert Template(source).render({"items": [1, 2]}) == "<ul>\n  <li>1</li>\n  <li>2</li>\n</ul>\n"


def test_a_variable_alone_on_its_line_keeps_the_line() -> None:
    assert Template("a\n{{b}}\nc").render({"b": "B"}) == "a\nB\nc"


@pytest.mark.parametrize(
    ("source", "data"),
    [
        ("{{name}}", {}),
        ("{{name}}", {"name": None}),
        ("{{Name}}", {"name": "the case differs"}),
        ("{{who.name}}", {"who": {}}),
        ("{{who.upper}}", {"who": "a text has no attributes"}),
        ("{{#each people}}{{age}}{{/each}}", PEOPLE),
        ("{{list.[7]}}", {"list": []}),
        ("{{../up}}", {"up": 1}),
    ],
)
def test_a_variable_without_a_value_fails_the_rendering(source: str, data: dict[str, Any]) -> None:
    with pytest.raises(RenderingError, match=r"Attribute '.*' is not present in the rendering data"):
        Template(source).render(data)


@pytest.mark.parametrize(
    "source",
    [
        "{{name",
        "{{{name}}",
        "{{}}",
        "{{#if a}}never closed",
        "{{#if a}}{{/unless}}",
        "{{/if}}",
        "{{else}}",
        "{{#if}}{{/if}}",
        "{{#if a b}}{{/if}}",
        "{{shout name}}",
        "{{#shout name}}{{/shout}}",
        "{{a..b}}",
        "{{a b=}}",
        "{{1e}}{{a;b}}",
        "{{#> layout}}{{/layout}}",
        "{{{{raw}}}}{{{{/raw}}}}",
        "{{lookup (lookup a 0}}",
        "{{#* inline}}{{/inline}}",
    ],
)
def test_a_malformed_template_is_refused_with_its_line(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="line 2"):
        Template("first\n" + source)


def test_a_partial_that_includes_itself_fails_instead_of_running_for_ever() -> None:
    template = Template('{{#* inline "a"}}{{> a}}{{/inline}}{{> a}}')
    with pytest.raises(RenderingError, match="includes itself"):
        template.render({})


def test_an_unknown_partial_fails_the_rendering() -> None:
    with pytest.raises(RenderingError, match="footer"):
        Template("{{> footer}}").render({})


def test_simple_templates_refuse_everything_but_substitution() -> None:
    assert Template("{{a.b}}{{! fine }}", simple=True).render({"a": {"b": 1}}) == "1"
    with pytest.raises(TemplateSyntaxError, match="only simple substitution"):
        Template("{{#if a}}A{{/if}}", simple=True)
