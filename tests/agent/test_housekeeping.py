"""Requests that title, summarise or translate a conversation never act."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agentd.brains import Propose
from agentd.model import Call
from tests.agent.test_agent import Scripted
from tests.peers.toys import ToyHouse, asker

FORWARD = Call("drive", {"device": "cart", "distance_m": 0.2})
TALK = "user: please move forward 20 cm\nassistant: Cart: forward 20 cm."
CHAT = "turn on the lamp"


def system(words: str) -> dict[str, Any]:
    return {"role": "system", "content": words}


KEEPS_HOUSE = [
    # LobeChat: naming the topic
    (
        [
            system(
                "You are a professional conversation summarizer. Generate a concise title that "
                "captures the essence of the conversation.\n\nRules:\n- Output ONLY the title text"
            )
        ],
        TALK,
    ),
    ([system("你是一名擅长会话的助理，你需要将用户的会话总结为 10 个字以内的标题")], TALK),
    # LobeChat: compressing the history, translating a message, choosing an emoji
    (
        [
            system(
                "You're an assistant who's good at extracting key takeaways from conversations and "
                "summarizing them. Please summarize according to the user's needs."
            )
        ],
        f"<chat_history>\n<user>{CHAT}</user>\n</chat_history>",
    ),
    ([system("你是一名擅长翻译的助理，你需要将输入的语言翻译为 zh-CN")], CHAT),
    ([system("You are a professional translator. Translate the input into zh-CN.")], CHAT),
    ([system("You are an emoji expert who selects the emoji that fits best.")], CHAT),
    # without a system prompt
    ([], f"Please give this conversation a title.\n{TALK}"),
    ([], TALK),
    ([], "用户：打开灯\n助手：好的"),
    (
        [],
        "### Task:\nGenerate a concise, 3-5 word title.\n### Chat History:\n<chat_history>\n"
        "USER: turn on the lamp\nASSISTANT: Lamp: on.\n</chat_history>",
    ),
]


def hear(tmp_path: Path, words: str, messages: list[dict[str, Any]]) -> tuple[str, Scripted, Any]:
    house = ToyHouse(tmp_path)
    brain = Scripted(Propose(FORWARD))

    async def main() -> str:
        said = [*messages, {"role": "user", "content": words}]
        agent = house.agent(brain)
        language = "en" if words.isascii() else "zh"
        pieces = [piece async for piece in agent.hear(words, asker(language=language), said)]
        return "".join(piece.text for piece in pieces)

    return asyncio.run(main()), brain, house.driver.applied


@pytest.mark.parametrize(("messages", "words"), KEEPS_HOUSE, ids=range(len(KEEPS_HOUSE)))
def test_housekeeping_asks_no_brain_and_moves_nothing(
    tmp_path: Path, messages: list[dict[str, Any]], words: str
) -> None:
    text, brain, applied = hear(tmp_path, words, messages)
    assert brain.turns == []
    assert applied == []
    assert 0 < len(text) <= 41
    assert "\n" not in text


def test_the_title_is_what_the_person_said_first(tmp_path: Path) -> None:
    text, _, _ = hear(tmp_path, TALK, [])
    assert text == "please move forward 20 cm"


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        "You are a helpful robot assistant. Use the tools to obey the user.",
        "You are agentd. Answer in the language of the user, in a short summary of what was done.",
        "你是家里的助手，请帮用户控制设备。",
        "You control a home. Device list with title and area follows.",
    ],
)
def test_an_ordinary_system_prompt_does_not_silence_a_command(tmp_path: Path, prompt: str) -> None:
    _, _, applied = hear(tmp_path, "move forward 20 cm", [system(prompt)])
    assert len(applied) == 1
