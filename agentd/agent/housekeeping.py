"""Requests about a conversation instead of in it (a title, a summary) never act.

Chat programs send them behind the person's back, with the conversation quoted. LobeChat 1.143
puts the task in the system prompt and `user: ...` lines in the user's message; Open WebUI sends a
`### Task:` with a `<chat_history>`. They are told by that structure and answered without a brain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_ROLE: Final = r"(?:user|assistant|human|ai|system|用户|助手|助理)"
_LINE = re.compile(rf"^\s*(?:[-*>]\s*)?\**{_ROLE}\**\s*[:：]\s*(.*)$", re.IGNORECASE | re.MULTILINE)
_SAID = re.compile(
    r"^\s*(?:[-*>]\s*)?\**(?:user|human|用户)\**\s*[:：]\s*(.+)$|<user>\s*(.+?)\s*</user>",
    re.IGNORECASE | re.MULTILINE,
)
_TASK = re.compile(
    r"summari[sz]|\btitle\b|\btranslat|\bemoji\b|name (?:this|the) (?:chat|conversation|topic)"
    r"|\btags?\b.{0,40}(?:chat|conversation)|follow.?up questions|detect the language"
    r"|总结|概括|摘要|标题|翻译|表情|语言专家|识别用户输入",
    re.IGNORECASE,
)
_SECOND_PERSON = re.compile(
    r"\byou(?:'re| are| need| will| must| should| have)\b|\byour (?:task|job|role)\b"
    r"|^\s*(?:please\s+)?(?:generate|create|write|provide|give|summari[sz]e|translate|come up)\b"
    r"|你是|你需要|请你|请将|请把|^请",
    re.IGNORECASE,
)
_WRAPPED = re.compile(
    r"<(chat_history|conversation|messages|history)>|^\s*#{2,} Task:", re.I | re.M
)
_READ: Final = 4000
_HEAD: Final = 400
_LONGEST: Final = {"en": 40, "zh": 12}
_UNTITLED: Final = {"en": "Conversation", "zh": "对话"}


def title_for(words: str, language: str, messages: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the short answer to a request that only keeps house, None for any other."""
    if not (_is_set_up_for_it(messages) or _quotes_a_talk(words)):
        return None
    said = _SAID.search(words[:_READ])
    first = next((each for each in said.groups() if each), "") if said else ""
    text = " ".join(first.split()).strip(' .。!！?？"“”') if first else ""
    longest = _LONGEST[language]
    short = text if len(text) <= longest else text[:longest].rstrip() + "…"
    return short or _UNTITLED[language]


def _is_set_up_for_it(messages: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the system prompt makes this a task about text."""
    for message in messages:
        content = message.get("content")
        if message.get("role") in ("system", "developer") and isinstance(content, str):
            head = content[:_HEAD]
            if _TASK.search(head) and _SECOND_PERSON.search(head):
                return True
    return False


def _quotes_a_talk(words: str) -> bool:
    """Return whether `words` hold a dialogue: lines of two speakers, or one with a task."""
    text = words[:_READ]
    spoken = len(_LINE.findall(text))
    wrapped = _WRAPPED.search(text) is not None
    return spoken > 1 or (spoken > 0 and bool(_TASK.search(text))) or wrapped
