"""Templates: what is understood, what is refused by name, and nothing ever executed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.template import compile_template

JSON = json.dumps({"a": {"b": {"c": [7, 8]}}, "state": "On", "t": "21.46", "n": 3.7, "yes": True})


@pytest.mark.parametrize(
    ("template", "payload", "expected"),
    [
        ("{{ value }}", "ON", "ON"),
        ("{{value}}", " 1 ", "1"),
        ("{{ value_json.state }}", JSON, "On"),
        ("{{ value_json.a.b['c'][0] }}", JSON, "7"),
        ('{{ value_json["a"].b.c[1] }}', JSON, "8"),
        ("{{ value_json.state | upper }}", JSON, "ON"),
        ("{{ value_json.state|lower }}", JSON, "on"),
        ("{{ value_json.t | float | round(1) }}", JSON, "21.5"),
        ("{{ value_json.n | int }}", JSON, "3"),
        ("{{ value_json.n | round }}", JSON, "4"),
        ("{{ value_json.yes }}", JSON, "True"),
        ("{{ value_json.gone }}", JSON, None),
        ("{{ value_json.gone | default('off') }}", JSON, "off"),
        ("{{ value_json.gone | is_defined }}", JSON, None),
        ("{{ value_json.gone | int(0) }}", JSON, "0"),
        ("{{ value_json.state }}", "not json", None),
        ("{{ value_json.a }}", JSON, None),
        ("{{ value_json.state.deeper }}", JSON, None),
        ('{"state": "{{ value }}"}', "ON", '{"state": "ON"}'),
        ('{"a": {"b": {{ value }}}}', "5", '{"a": {"b": 5}}'),
        ("{{ value | float }}", "1e999", "inf"),
        ("{{ value | int }}", "1e999", None),
    ],
)
def test_plain_lookups_are_rendered(template: str, payload: str, expected: str | None) -> None:
    assert compile_template(template).render(payload) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'ON' if value_json.x else 'OFF' }}",
        "{% if value %}ON{% endif %}",
        "{# a comment #}",
        "{{ value_json.x / 10 }}",
        "{{ value_json.get('x') }}",
        "{{ states('light.kitchen') }}",
        "{{ value.__class__ }}",
        "{{ value_json.x | regex_replace('a', 'b') }}",
        "{{ red }},{{ green }},{{ blue }}",
        "{{ value_jsonx }}",
        "{{ value",
        "{{ value_json.x | default(states) }}",
        "x" * 3000,
    ],
)
def test_anything_more_is_refused_with_a_reason(template: str) -> None:
    with pytest.raises(DiscoveryError):
        compile_template(template)


def test_a_name_is_known_only_where_it_was_allowed() -> None:
    template = compile_template('{"position": {{ position }}}', "position")
    assert template.render("102", {"position": "40"}) == '{"position": 40}'
    with pytest.raises(DiscoveryError):
        compile_template("{{ position }}")


def test_the_reason_names_the_filter() -> None:
    with pytest.raises(DiscoveryError, match='filter "timestamp_custom" is not known'):
        compile_template("{{ value | timestamp_custom }}")


@given(st.text(alphabet="{}%#|.[]'\"() value_json0159abinttf+-", max_size=60), st.text(max_size=40))
def test_any_template_is_refused_cleanly_or_renders_any_payload(
    template: str, payload: str
) -> None:
    try:
        compiled = compile_template(template)
    except DiscoveryError:
        return
    assert isinstance(compiled.render(payload), str | None)


@given(st.dictionaries(st.sampled_from("abc"), st.integers() | st.text(max_size=9)), st.data())
def test_a_lookup_returns_what_the_json_holds(tree: dict[str, object], data: st.DataObject) -> None:
    key = data.draw(st.sampled_from("abc"))
    found = compile_template("{{ value_json." + key + " }}").render(json.dumps(tree))
    assert found == (str(tree[key]).strip() if key in tree else None)
