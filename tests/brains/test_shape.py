"""JSON that a client wants: what fits its schema, and schemas that mean harm."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentd.agent.shaped import strings_in
from agentd.brains.shape import MOST_BYTES, Shape, ShapeError

PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "$ref", "$schema", "$id", "pattern", "properties", "anyOf"]),
            inner,
        )
    ),
    max_leaves=12,
)


def doubling(depth: int) -> dict[str, Any]:
    """Return a schema that takes two to the power of `depth` steps."""
    rows: dict[str, Any] = {
        f"a{at}": {"anyOf": [{"$ref": f"#/$defs/a{at + 1}"}] * 2} for at in range(depth)
    }
    return {"$ref": "#/$defs/a0", "$defs": {**rows, f"a{depth}": {"type": "string"}}}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"name": "Ada", "age": 36}', ""),
        ('{"name": "ada", "age": 36}', "at name,"),
        ('{"name": "Ada"}', "'age' is a required property"),
        ('{"name": "Ada", "age": 36, "x": 1}', "x"),
        ('```json\n{"name": "Ada", "age": 36}\n```', "not JSON"),
        ('{"name": "Ada", "age": NaN}', "not JSON"),
        ("Ada is 36.", "not JSON"),
        ("", "not JSON"),
        ("[" * 100_000, "too long to check"),
    ],
)
def test_a_text_fits_or_the_place_is_named(text: str, problem: str) -> None:
    shape = Shape(PERSON)
    shape.check()
    found = shape.problem(text)
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "thing"}, "no JSON Schema at type"),
        ({"$ref": "https://example.com/schema.json"}, "refers to"),
        ({"$ref": "file:///etc/passwd"}, "refers to"),
        ({"$ref": "#/$defs/gone"}, "refers to"),
        ({"$schema": 5}, "$schema"),
        ({"pattern": "(a+)+$(?=b)"}, "pattern"),
        ({"patternProperties": {"(a+)+$": True}}, "patternProperties"),
        ({"description": "x" * MOST_BYTES}, "longer than"),
        (json.loads('{"properties": {"a": ' * 300 + "{}" + "}}" * 300), "too deeply"),
    ],
)
def test_a_schema_that_cannot_be_checked_is_refused_with_the_reason(
    schema: dict[str, Any], why: str
) -> None:
    with pytest.raises(ShapeError, match=why.replace("$", "[$]")):
        Shape(schema).check()


@pytest.mark.parametrize("schema", [{"$ref": "#"}, doubling(60)])
def test_a_schema_that_would_be_checked_for_ever_is_given_up(schema: dict[str, Any]) -> None:
    shape = Shape(schema)
    shape.check()
    began = time.monotonic()
    assert shape.problem("{}") == "it takes too long to check"
    assert time.monotonic() - began < 30


def test_a_pattern_that_would_backtrack_for_ever_takes_no_time() -> None:
    shape = Shape({"type": "string", "pattern": "^(a+)+$"})
    shape.check()
    assert shape.problem(json.dumps("a" * 5000 + "b"))
    assert not shape.problem(json.dumps("a" * 5000))


@given(JSON.filter(lambda value: isinstance(value, dict)), JSON)
def test_any_schema_is_refused_or_answers(schema: Any, value: Any) -> None:
    shape = Shape(schema)
    try:
        shape.check()
    except ShapeError as error:
        assert str(error)
    else:
        assert isinstance(shape.problem(json.dumps(value)), str)


@given(JSON, st.integers(0, 200))
def test_the_strings_of_a_text_are_found_also_when_it_was_cut(value: Any, at: int) -> None:
    strings_in(json.dumps(value)[:at])
    cut = '{"a": "I say \\"no\\"", "\\u5df2": "cut he'
    assert strings_in(cut) == ["a", 'I say "no"', "已", "cut he"]


def test_start_up_does_not_wait_for_what_only_json_answers_need() -> None:
    code = "import sys, agentd.app; print('jsonschema' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
