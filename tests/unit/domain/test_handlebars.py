"""Templates as SES documents them: read exactly, refused with a place and a reason, printed so that SES agrees."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pybars import Compiler

from email_list.errors import TooLargeError
from email_list.mail import encoding
from email_list.mail.handlebars import filling, printing, reading, tree
from email_list.mail.handlebars.tree import Nodes, TemplateSyntaxError
from email_list.mail.placement import place
from local.ses.handlebars import Template as SesTemplate

SUBSCRIPTION = [{"interest": "Sports"}, {"interest": "Travel"}]


def compiled(source: str, part: str = "text") -> Nodes:
    nodes = reading.parse(source, part)
    return place(nodes, part) if part == "html" else nodes


def part_data(nodes: Nodes, values: dict[str, Any], part: str) -> dict[str, Any]:
    uses = [(variable.path, variable.encoding) for variable in tree.variables(nodes)]
    characters = {name: character for character, name in printing.CHARACTERS.items()}
    return {part: encoding.data(uses, values, part) | characters}


def by_ses(source: str, values: dict[str, Any], part: str = "text") -> str:
    nodes = compiled(source, part)
    return SesTemplate(printing.print_template(nodes, part)).render(part_data(nodes, values, part))


def by_pybars(source: str, values: dict[str, Any], part: str = "text") -> str:
    """A second, independent Handlebars, kept from escaping as SES does not escape."""
    nodes = compiled(source, part)
    printed = printing.print_template(nodes, part)
    unescaped = re.sub(r"\{\{(?![#/]|else\}\})([^}]+)\}\}", r"{{{\1}}}", printed)
    return str(Compiler().compile(unescaped)(part_data(nodes, values, part)))


def filled(source: str, values: dict[str, Any], part: str = "text") -> str:
    nodes = compiled(source, part)
    return printing.print_text(filling.fill(nodes, part_data(nodes, values, part)[part]))


# The SES developer guide's own examples ("Advanced email personalization"), then Handlebars beyond them.
CASES = {
    "a nested attribute": (
        "Hello {{contact.firstName}}!",
        {"contact": {"firstName": "Anaya"}},
        "Hello Anaya!",
    ),
    "a list": (
        "<ul>{{#each subscription}}<li>{{interest}}</li>{{/each}}</ul>",
        {"subscription": SUBSCRIPTION},
        "<ul><li>Sports</li><li>Travel</li></ul>",
    ),
    "a condition that holds": (
        "{{#if subscription}}some{{else}}none{{/if}}",
        {"subscription": SUBSCRIPTION},
        "some",
    ),
    "a condition on an empty list": (
        "{{#if subscription}}some{{else}}none{{/if}}",
        {"subscription": []},
        "none",
    ),
    "a condition on what is not there": (
        "{{#if subscription}}some{{else}}none{{/if}}",
        {},
        "none",
    ),
    "an inline partial": (
        '{{#* inline "fullName"}}{{firstName}}{{#if lastName}} {{lastName}}{{/if}}{{/inline}}\nHi {{> fullName}}!',
        {"firstName": "Anaya", "lastName": "Iyengar"},
        "Hi Anaya Iyengar!",
    ),
    "an inline partial in a list": (
        '{{#* inline "fullName"}}\n  {{firstName}}{{#if lastName}} {{lastName}}{{/if}}\n{{/inline~}}\n\n'
        "{{#each friends}}<{{> fullName}}>{{/each}}",
        {"friends": [{"firstName": "Ann", "lastName": "Lee"}, {"firstName": "Bo"}]},
        "<  Ann Lee\n><  Bo\n>",
    ),
    "unless": ("{{#unless a}}no{{/unless}}", {"a": ""}, "no"),
    "a number that is nothing": ("{{#if a}}yes{{else}}no{{/if}} {{a}}", {"a": 0}, "no 0"),
    "a boolean": ("{{#if a}}yes{{else}}no{{/if}} {{a}}", {"a": False}, "no false"),
    "else if": ("{{#if a}}A{{else if b}}B{{else}}C{{/if}}", {"b": "x"}, "B"),
    "else of each": ("{{#each a}}{{this}}{{else}}none{{/each}}", {"a": []}, "none"),
    "texts in a list": ("{{#each a}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}", {"a": ["x", "y"]}, "x, y"),
    "counting": ("{{#each a}}{{@index}}{{#if @first}}!{{/if}}{{/each}}", {"a": ["x", "y"]}, "0!1"),
    "the way up": ("{{#each a}}{{../b}}{{this}}{{/each}}", {"a": ["x", "y"], "b": "-"}, "-x-y"),
    "the way up through a condition": (
        "{{#each a}}{{#if this}}{{../b}}{{/if}}{{/each}}",
        {"a": ["x", ""], "b": "-"},
        "-",
    ),
    "the root": ("{{#each a}}{{@root.b}}{{/each}}", {"a": ["x"], "b": "-"}, "-"),
    "with": ("{{#with a}}{{b}}{{../c}}{{/with}}", {"a": {"b": "x"}, "c": "y"}, "xy"),
    "with of nothing": ("{{#with a}}{{b}}{{else}}none{{/with}}", {}, "none"),
    "a list in a list": (
        "{{#each a}}{{n}}:{{#each b}}{{this}}{{../n}}{{../../c}};{{/each}}{{/each}}",
        {"a": [{"n": "1", "b": ["x", "y"]}, {"n": "2", "b": ["z"]}], "c": "!"},
        "1:x1!;y1!;2:z2!;",
    ),
    "a comment": ("a{{! one }}b{{!-- two }} --}}c", {}, "abc"),
    "taken space": ("a  {{~b~}}  c", {"b": "-"}, "a-c"),
    "tags alone on their lines": ("a\n  {{#if b}}\nc\n  {{/if}}\nd", {"b": "x"}, "a\nc\nd"),
    "an empty line in a block": ("a\n{{#if b}}\n\nc\n{{/if}}\nd", {"b": "x"}, "a\n\nc\nd"),
    "a line of space after a block": ("{{#if b}}{{/if}} \nx", {}, " \nx"),
    "a block within a line": ("a {{#if b}}c{{/if}}\nd", {"b": "x"}, "a c\nd"),
    "printed braces": ("\\{{a}} {b}} }} {", {}, "{{a}} {b}} }} {"),
    "a brace before a value": ("{ {{a}} { {{a}}}", {"a": "x"}, "{ x { x}"),
    "a backslash before a value": ("C:\\\\{{a}}", {"a": "x"}, "C:\\x"),
    "values full of Handlebars": ("{{a}}{{#if a}}{{a}}{{/if}}", {"a": "{{b}}{{/if}}"}, "{{b}}{{/if}}{{b}}{{/if}}"),
    "an empty template": ("", {}, ""),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_ses_renders_what_the_author_means(case: tuple[str, dict[str, Any], str]) -> None:
    source, values, expected = case
    assert by_ses(source, values) == expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_another_handlebars_renders_the_same(case: tuple[str, dict[str, Any], str]) -> None:
    source, values, expected = case
    assert by_pybars(source, values) == expected


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_filling_in_gives_the_same(case: tuple[str, dict[str, Any], str]) -> None:
    source, values, expected = case
    assert filled(source, values) == expected


def test_only_the_plainest_handlebars_is_printed() -> None:
    source = '{{#* inline "p"}}{{x}}{{/inline}}{{! c }}{{#with a}}{{> p}}{{~b}}{{/with}}{{#if c}}{{else if d}}{{/if}}'
    printed = printing.print_template(compiled(source), "text")
    tags = re.findall(r"\{\{(.*?)\}\}", printed)
    assert all(re.fullmatch(r"text\.[\w.]+|#if text\.[\w.]+|else|/if", tag) for tag in tags)


@pytest.mark.parametrize(
    ("source", "line", "column", "reason"),
    [
        ("Hello\n  {{name", 2, 3, "no }} that closes"),
        ("a {{ }} b", 1, 3, "not a name"),
        ("{{#if a}}x", 1, 1, "the end stands"),
        ("{{#if a}}x{{/each}}", 1, 11, "{{/if}} is expected"),
        ("x{{/if}}", 1, 2, "not opened"),
        ("{{else}}", 1, 1, "not opened"),
        ("{{#if a}}1{{else}}2{{else}}3{{/if}}", 1, 20, "{{/if}} is expected"),
        ("{{#if}}x{{/if}}", 1, 1, "one name"),
        ("{{#if a b}}x{{/if}}", 1, 1, "one name"),
        ("{{#each a as |x|}}{{/each}}", 1, 1, "one name"),
        ("{{#repeat a}}{{/repeat}}", 1, 1, "#if, #unless, #each or #with"),
        ("{{format a}}", 1, 1, "no helpers"),
        ("{{a.[0]}}", 1, 1, "not a name"),
        ("{{a__b}}", 1, 1, "not a name"),
        ("{{_brace}}", 1, 1, "not a name"),
        ("{{'a'}}", 1, 1, "not a name"),
        ("{{&a}}", 1, 1, "not a name"),
        ("{{{{raw}}}}", 1, 1, "raw blocks"),
        ("{{this}}", 1, 1, "only has a meaning inside"),
        ("{{../a}}", 1, 1, "outside the template"),
        ("{{@index}}", 1, 1, "unknown here"),
        ("{{#each a}}{{@key}}{{/each}}", 1, 12, "unknown here"),
        ("{{> nowhere}}", 1, 1, "no partial 'nowhere'"),
        ("{{#> p}}{{/p}}", 1, 1, "#if, #unless, #each or #with"),
        ('{{#* inline "p"}}x', 1, 1, "not closed"),
        ('{{#* inline "p"}}{{> p}}{{/inline}}', 1, 18, "no partial 'p'"),
        ('{{#* inline "p"}}{{/if}}{{/inline}}', 1, 1, "not closed"),
        ("{{#* inline p}}{{/inline}}", 1, 1, "one name"),
        ("{{#if a}}" * 21 + "{{/if}}" * 21, 1, 181, "at most 20 deep"),
    ],
)
def test_what_ses_would_not_take_is_refused_with_place_and_reason(
    source: str, line: int, column: int, reason: str
) -> None:
    with pytest.raises(TemplateSyntaxError, match=re.escape(reason)) as caught:
        reading.parse(source, "html")
    assert caught.value.details == {"part": "html", "line": line, "column": column}
    assert caught.value.status == 422


def test_a_template_of_too_many_pieces_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="at most 20000 pieces"):
        reading.parse("{{a}}\n" * 33_000, "html")


def test_partials_cannot_grow_without_end() -> None:
    double = "".join(
        f'{{{{#* inline "p{n}"}}}}{{{{> p{n - 1}}}}}{{{{> p{n - 1}}}}}{{{{/inline}}}}' for n in range(1, 40)
    )
    with pytest.raises(TemplateSyntaxError, match="at most"):
        reading.parse('{{#* inline "p0"}}{{x}}{{/inline}}' + double + "{{> p39}}", "text")


def test_a_partial_that_is_redefined_as_itself_does_not_run_forever() -> None:
    source = '{{#* inline "p"}}a{{/inline}}{{#* inline "p"}}{{> p}}{{/inline}}{{> p}}'
    with pytest.raises(TemplateSyntaxError, match="uses itself"):
        reading.parse(source, "text")


def test_variables_are_listed_with_their_places_and_whether_the_letter_needs_them() -> None:
    source = "{{a}}\n{{#if b}}{{b}}{{c}}{{/if}}{{#unless d}}{{else}}{{d}}{{/unless}}{{#each e}}{{f.g}}{{/each}}"
    found = [(use.name, use.required, use.at.line) for use in tree.variables(reading.parse(source, "text"))]
    assert found == [
        ("a", True, 1),
        ("b", False, 2),
        ("b", False, 2),
        ("c", True, 2),
        ("d", False, 2),
        ("d", False, 2),
        ("e.*", True, 2),
        ("e.*.f.g", True, 2),
    ]


@pytest.mark.parametrize("body", ["", "x", "{{../b}}"])
def test_lists_in_lists_do_not_grow_without_end(body: str) -> None:
    source = "".join(f"{{{{#each {'../' * depth}a}}}}" for depth in range(12)) + body + "{{/each}}" * 12
    with pytest.raises(TooLargeError, match="too long"):
        filled(source, {"a": list(range(10)), "b": "x"})


def test_a_long_value_is_not_written_out_without_end() -> None:
    with pytest.raises(TooLargeError, match="too long"):
        filled("{{#each a}}{{../b}}{{/each}}", {"a": list(range(1000)), "b": "x" * 100_000})


def test_a_long_list_whose_elements_have_many_uses_is_refused() -> None:
    source = "{{#each a}}" + "".join(f"{{{{x{number}}}}}" for number in range(200)) + "{{/each}}"
    with pytest.raises(TooLargeError, match="values"):
        filled(source, {"a": [{}] * 1000})


def test_a_long_list_is_written_out() -> None:
    assert filled("{{#each a}}{{this}},{{/each}}", {"a": list(range(5000))}).count(",") == 5000


def test_what_is_not_known_yet_stays_a_variable() -> None:
    nodes = compiled(
        "{{#each items}}{{title}} for {{../name}}{{#if ../vip}}!{{/if}} {{/each}}{{#each topics}}{{this}}{{/each}}"
    )
    part = filling.fill(nodes, {"items": [{"title": "one"}, {"title": "two{{"}]})
    printed = printing.print_template(part, "text")
    assert "title" not in printed
    values = {"text": {"name": "Ann", "vip__given": "yes", "topics": ["t"], "_brace": "{"}}
    assert SesTemplate(printed).render(values) == "one for Ann! two{{ for Ann! t"


literal = st.text(alphabet="{}\\ \na#/~!", max_size=12)
templates = st.recursive(
    literal.map(lambda text: text.replace("{{", "\\{{") if "\\" not in text else text.replace("{", "")),
    lambda inner: st.one_of(
        st.builds("{0}{{{{x}}}}{1}".format, inner, inner),
        st.builds("{0}{{{{#if y}}}}{1}{{{{/if}}}}{2}".format, inner, inner, inner),
        st.builds("{0}{{{{#each z}}}}{1}{{{{else}}}}{2}{{{{/each}}}}".format, inner, inner, inner),
    ),
    max_leaves=8,
)


@given(templates, st.text(max_size=5), st.booleans(), st.lists(st.just("e"), max_size=2))
def test_every_renderer_agrees_with_filling_in(source: str, x: str, y: bool, z: list[str]) -> None:
    values = {"x": x, "y": y, "z": z}
    try:
        expected = filled(source, values)
    except TemplateSyntaxError:
        return
    assert by_ses(source, values) == expected
