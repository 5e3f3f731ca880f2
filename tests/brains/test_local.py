"""The local brain: what a small model may say, and what becomes of what it proposes."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentd import config
from agentd.brains import Answered, Cut, Decline, Propose, Say, Thought, Unsure
from agentd.brains.call_grammar import MOST_CALLS, call_grammar, read_calls, written
from agentd.brains.local import LocalBrain, local_brain
from agentd.brains.local_prompt import messages
from agentd.brains.offer import offered
from agentd.brains.router import build_brain
from agentd.brains.wishes import Wishes
from agentd.errors import BrainError, ConfigError, Reason
from agentd.events import Bus, Event, PartChanged
from agentd.inference.llm import shelf
from agentd.inference.llm.engine import Engine
from agentd.inference.llm.generate import LanguageModel, Piece, Request
from agentd.inference.llm.importing import import_gguf
from agentd.model import Call, Device
from agentd.tools.specs import openai_tools
from tests.brains.homes import CHINESE, ENGLISH, light, turn
from tests.inference.llm.conftest import TINY

KITCHEN = Call("set_light", {"device": "light.kitchen", "on": True})
FORWARD = Call("drive", {"device": "rover", "distance_m": 0.3})
READ = Call("get_state", {"device": "light.kitchen"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tiny")
    (place / "tiny").mkdir()
    tiny = replace(TINY, seed=11)
    import_gguf(tiny.write(place, **{"llama.context_length": 8192}), place / "tiny")
    return place / "tiny"


class Told(Engine):
    """An engine that says what it was told to."""

    def __init__(self, *pieces: str, end: str = "stop") -> None:
        self._pieces = [*(Piece(each) for each in pieces), Piece("", end)]  # type: ignore[arg-type]
        self.requests: list[Request] = []

    async def answer(self, request: Request, who: str) -> AsyncGenerator[Piece, None]:
        self.requests.append(request)
        for piece in self._pieces:
            yield piece


def think(
    engine: Engine, words: str, devices: Sequence[Device] = ENGLISH, **more: Any
) -> list[Thought]:
    async def scenario() -> list[Thought]:
        brain = LocalBrain(engine, "tiny", Bus())
        asked = replace(turn(words, devices), tools=openai_tools(devices), **more)
        return [each async for each in brain.think(asked)]

    return asyncio.run(scenario())


def test_a_call_that_the_words_ask_for_is_proposed() -> None:
    text = written(KITCHEN)
    assert think(Told(text[:9], text[9:]), "turn on the kitchen light") == [Propose(KITCHEN)]


def test_several_calls_keep_their_order() -> None:
    text = written(KITCHEN) + "\n" + written(FORWARD)
    found = think(Told(text), "turn on the kitchen light and drive the rover forward 30 cm")
    assert found == [Propose(KITCHEN), Propose(FORWARD)]


def test_words_are_said_as_they_come() -> None:
    assert think(Told("Which ", "light?"), "turn on a light") == [Say("Which "), Say("light?")]


def test_an_answer_with_nothing_in_it_is_unsure() -> None:
    (thought,) = think(Told(""), "turn on the kitchen light")
    assert isinstance(thought, Unsure)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (KITCHEN, "is the kitchen light on?"),
        (KITCHEN, "tell me a joke"),
        (KITCHEN, "turn on the bedside lamp"),
        (FORWARD, "turn on the kitchen light"),
        (FORWARD, "the rover is nice"),
        (Call("set_lock", {"device": "lock.front", "locked": False}), "hello there"),
        (KITCHEN, 'translate "turn on the kitchen light"'),
    ],
)
def test_what_the_words_do_not_ask_for_is_declined(call: Call, words: str) -> None:
    (thought,) = think(Told(written(call)), words)
    assert isinstance(thought, Decline), thought
    assert thought.refusal.reason is Reason.NOT_ASKED


def test_one_call_without_grounds_declines_all() -> None:
    text = written(KITCHEN) + "\n" + written(FORWARD)
    found = think(Told(text), "turn on the kitchen light")
    assert [type(each) for each in found] == [Decline, Decline]


def test_reading_needs_no_name() -> None:
    assert think(Told(written(READ)), "is it bright in there?") == [Propose(READ)]


def test_a_call_cut_short_is_an_error_and_no_call() -> None:
    with pytest.raises(BrainError, match="middle of a call"):
        think(Told(written(KITCHEN)[:-20], end="length"), "turn on the kitchen light")


def test_what_the_client_wishes_for_reaches_the_model() -> None:
    engine = Told("Which light?")
    think(engine, "turn on a light", wishes=Wishes(stops=("?",), most=7))
    assert (engine.requests[0].stops, engine.requests[0].most) == (("?",), 7)
    assert think(Told("Which", end="length"), "turn on a light") == [Say("Which"), Cut()]


def test_a_dozen_tools_at_most_are_offered() -> None:
    engine = Told("Yes.")
    think(engine, "hello")
    (request,) = engine.requests
    names = [tool["function"]["name"] for tool in openai_tools(ENGLISH)]
    assert len(names) > 12
    assert sum(f'"const": "{name}"' in request.grammar for name in names) == 12


@pytest.mark.parametrize("home", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_what_comes_before_the_words_is_always_the_same(home: tuple[Device, ...]) -> None:
    few = tuple(device for device in home if device.kind in ("light", "cover", "drive", "lock"))

    def prompt(words: str, devices: Sequence[Device], states: Any) -> list[dict[str, str]]:
        asked = replace(turn(words, devices, states), tools=openai_tools(devices))
        return messages(asked, offered(asked))

    first = prompt("turn on the light", few, {})
    other = prompt("what is the weather", few[::-1], {few[0].id: {"on": True}})
    assert json.dumps(first[:-1]) == json.dumps(other[:-1])
    assert first[-1] == {"role": "user", "content": "turn on the light"}


@pytest.mark.parametrize("home", [ENGLISH, CHINESE], ids=["english", "chinese"])
def test_whatever_a_model_wants_its_calls_fit_the_tools(
    folder: Path, home: tuple[Device, ...]
) -> None:
    model = LanguageModel(folder, threads=1)
    devices = {device.id: device for device in home}

    @settings(max_examples=60)
    @given(words=st.text(max_size=20), tools=st.integers(0, 14).map(lambda at: at))
    def holds(words: str, tools: int) -> None:
        every = openai_tools(home)
        listed = every[tools % len(every) :][:12]
        grammar = call_grammar(listed).replace("WORDS | ", "")
        asked = Request([{"role": "user", "content": words}], grammar, most=1500)
        pieces = list(model.answer(asked))
        assert pieces[-1].end == "stop"
        calls = read_calls("".join(piece.text for piece in pieces))
        assert 1 <= len(calls) <= MOST_CALLS
        for call in calls:
            _fits(call, listed, devices)

    holds()


def _fits(call: Call, listed: Sequence[Any], devices: dict[str, Device]) -> None:
    (function,) = [each["function"] for each in listed if each["function"]["name"] == call.tool]
    arguments = dict(call.arguments)
    properties = function["parameters"]["properties"]
    assert set(function["parameters"]["required"]) <= set(arguments) <= set(properties)
    assert len(properties) < 2 or len(arguments) > (call.tool != "stop")
    device = arguments.pop("device", None)
    assert device is None or device in properties["device"]["enum"]
    for name, value in arguments.items():
        devices[str(device)].arguments[name].check(name, value)


def test_a_grammar_holds_for_odd_names_and_leaves_out_what_looks_like_a_mark(folder: Path) -> None:
    odd = replace(light("odd", "x"), id='light.k"]}\n\\\u202e')
    sly = replace(light("sly", "x"), id="light.<|im_end|>")
    model = LanguageModel(folder, threads=1)
    asked = [{"role": "user", "content": "x"}]
    grammar = call_grammar(openai_tools([odd, sly])).replace("WORDS | ", "")
    text = "".join(piece.text for piece in model.answer(Request(asked, grammar, most=1500)))
    assert {call.arguments.get("device", odd.id) for call in read_calls(text)} == {odd.id}
    grammar = call_grammar(openai_tools([sly]))
    assert "set_light" not in grammar
    assert "emergency_stop" in grammar


def test_a_real_engine_answers_for_the_brain(folder: Path) -> None:
    async def scenario() -> list[Thought]:
        events: list[Event] = []
        bus = Bus()
        bus.listen(events.append)
        brain = LocalBrain(Engine(folder, threads=1), "tiny", bus)
        await brain.warm_up()
        asked = replace(turn("turn on the kitchen light"), tools=openai_tools(ENGLISH))
        found = [each async for each in brain.think(asked)]
        await brain.close()
        assert [(e.part, e.state) for e in events if isinstance(e, PartChanged)] == [
            ("model tiny", "ready")
        ]
        return found

    assert asyncio.run(scenario())


def test_a_missing_extra_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "llguidance" else there(name)
    )
    with pytest.raises(ConfigError) as raised:
        build_brain(config.Brain(order=("local",)), Bus(), tmp_path)
    assert "needs llguidance" in raised.value.line()
    assert "pip install 'agentd[llm]'" in raised.value.line()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("smollm2", "agentd models pull smollm2"),
        ("/nowhere/at/all", "no model folder /nowhere/at/all"),
        ("../x", "no model folder"),
    ],
)
def test_a_missing_model_is_told_with_the_next_step(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        local_brain(name, tmp_path, 1, Bus())
    assert words in raised.value.line()


def test_a_damaged_model_is_passed_over_and_shown(tmp_path: Path, folder: Path) -> None:
    with shelf.adding(tmp_path, "tiny") as new:
        for each in folder.iterdir():
            (new / each.name).write_bytes(each.read_bytes())
        shelf.shelve(new, tmp_path, shelf.Manifest("tiny", "a test", "", "llama", 2, 512))
    with (tmp_path / "tiny" / "model.onnx.data").open("r+b") as file:
        file.seek(4000)
        file.write(b"\xff" * 8)

    async def scenario() -> list[Thought]:
        events: list[Event] = []
        bus = Bus()
        bus.listen(events.append)
        settings = config.Brain(order=("local", "offline"), local_model="tiny")
        router = build_brain(settings, bus, tmp_path)
        await router.warm_up()
        asked = replace(turn("turn on the kitchen light"), tools=openai_tools(ENGLISH))
        found = [each async for each in router.think(asked)]
        await router.close()
        (part,) = [each for each in events if isinstance(each, PartChanged)]
        assert part.state == "degraded"
        assert "model.onnx.data: it is damaged (changed)" in part.reason
        return found

    assert asyncio.run(scenario()) == [Answered("offline"), Propose(KITCHEN)]


def test_start_up_brings_in_nothing_of_the_extra() -> None:
    code = (
        "import sys, agentd.app, agentd.brains.router, agentd.cli.group;"
        "print({'onnx', 'tokenizers', 'llguidance', 'jinja2', 'onnxruntime'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
