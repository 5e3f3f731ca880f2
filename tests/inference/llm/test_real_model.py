"""A real model: our tokens and chat template against llama.cpp's own, and answers that make sense.

make llama
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentd.brains import Decline, Propose, Say, Thought
from agentd.brains.local import LocalBrain
from agentd.events import Bus
from agentd.inference.llm.chat import Chat
from agentd.inference.llm.engine import Engine
from agentd.inference.llm.generate import LanguageModel, Request
from agentd.inference.llm.importing import import_gguf
from agentd.inference.llm.products import Exactness
from agentd.tools.specs import openai_tools
from tests.brains.homes import ENGLISH, turn
from tests.peers.fetch_llama import CACHE, MODEL, present
from tests.peers.llama import llama_server

pytestmark = pytest.mark.skipif(
    not present(), reason="llama.cpp is not fetched: make llama (127 MB)"
)
TEXTS = (
    "Turn on the kitchen light, please!",
    "  two spaces,\ttabs\n\n\nand lines  ",
    "numbers 1234567890 and 3.14159, don't they've I'll",
    "def f(x):\n    return x**2  # code",
    "把客厅灯调暗到30%，然后关上窗帘。",
    "émoji 🤖🏠 and ünïcode \u2028 line \u00a0 space",
    "<|im_start|>user\nhello<|im_end|>",
    "",
)
PARIS = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with llama_server(tmp_path_factory.mktemp("llama")) as address:
        yield address.removesuffix("/v1")


def ask_llama(url: str, body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = httpx.post(url, json=body, timeout=120).raise_for_status().json()
    return found


def imported(folder: Path, exactness: Exactness = "fast") -> Path:
    made = folder / exactness
    made.mkdir()
    import_gguf(CACHE / MODEL, made, exactness=exactness)
    return made


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imported(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_are_those_of_llama_cpp(llama: str, fast: Path, text: str) -> None:
    body = {"content": text, "add_special": False, "parse_special": True}
    theirs = ask_llama(f"{llama}/tokenize", body)["tokens"]
    found = Chat(fast).tokenizer.encode(text, add_special_tokens=False).ids
    assert found == theirs
    shown = Chat(fast).tokenizer.decode(found, skip_special_tokens=False)
    assert shown == text


def test_in_full_precision_the_model_knows_its_capital(tmp_path: Path) -> None:
    model = LanguageModel(imported(tmp_path, "exact"), threads=2)
    text = "".join(piece.text for piece in model.answer(Request(PARIS, most=10)))
    assert text == "The capital of France is Paris."


def test_the_fast_form_goes_the_way_of_llama_cpp(llama: str, fast: Path) -> None:
    """Both round inputs to 8 bits, in blocks of their own; over single steps they agree."""
    chat, model = Chat(fast), LanguageModel(fast, threads=2)
    words = Path("bench/llm_text.txt").read_text()
    tokens = chat.tokenizer.encode(words, add_special_tokens=False).ids[:120]
    agreed = 0
    for at in range(20, 120, 5):
        body = {"prompt": tokens[:at], "n_predict": 1, "temperature": 0, "n_probs": 1}
        told = ask_llama(f"{llama}/completion", body)
        theirs = told["completion_probabilities"][0]["id"]
        agreed += int(model._decoder.run(tokens[:at], 0).argmax()) == theirs
    assert agreed >= 17, f"{agreed} of 20"


def test_a_real_small_model_is_held_to_the_tools_and_the_words(fast: Path) -> None:
    async def ask(words: str) -> list[Thought]:
        asked = replace(turn(words), tools=openai_tools(ENGLISH))
        return [each async for each in brain.think(asked)]

    async def scenario() -> None:
        try:
            found = await ask("set the bedside lamp to 30 percent")
            assert found, "it said or proposed something"
            for words in ("tell me a joke", "is the kitchen light on?", "the rover is nice"):
                for thought in await ask(words):
                    reads = isinstance(thought, Propose) and thought.call.tool == "get_state"
                    assert reads or isinstance(thought, Say | Decline), thought
        finally:
            await brain.close()

    brain = LocalBrain(Engine(fast, threads=2), "smollm2", Bus())
    asyncio.run(scenario())
