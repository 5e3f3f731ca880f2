"""Every door may say which room the person is in."""

from __future__ import annotations

import json

import pytest

from agentd.api import chat
from agentd.api.errors import ApiError
from agentd.home.heard import heard

MESSAGES = [{"role": "user", "content": "lights on"}]


def test_an_openai_client_says_the_room_in_its_metadata() -> None:
    asked = chat.read({"messages": MESSAGES, "metadata": {"area": "Kitchen"}}, 100)
    assert asked.area == "Kitchen"
    assert chat.read({"messages": MESSAGES}, 100).area == ""


@pytest.mark.parametrize("metadata", ["Kitchen", ["Kitchen"], {"area": 3}, {"area": "x" * 101}])
def test_a_room_that_is_no_name_is_an_error_that_names_the_field(metadata: object) -> None:
    with pytest.raises(ApiError, match="metadata"):
        chat.read({"messages": MESSAGES, "metadata": metadata}, 100)


def test_over_mqtt_the_room_comes_beside_the_text() -> None:
    said = heard(json.dumps({"text": "lights on", "area": "Kitchen"}).encode(), 100)
    assert (said.words, said.area) == ("lights on", "Kitchen")
    assert heard(b"lights on", 100).area == ""
