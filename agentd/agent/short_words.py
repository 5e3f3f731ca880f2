"""Words that are known by heart: yes and no, and what is said where nobody can think."""

from __future__ import annotations

from agentd.brains.language import simplified

YES = {
    "yes",
    "yes please",
    "ok",
    "okay",
    "confirm",
    "do it",
    "是",
    "是的",
    "好",
    "好的",
    "确认",
    "可以",
}
NO = {"no", "no thanks", "cancel", "don't", "不", "不要", "取消", "不用"}
NO_READER = {
    "en": "There is no language model here that could go on with a tool's result.",
    "zh": "这里没有可以处理工具结果的语言模型。",
}
SAME = {"en": ("and it too", "it"), "zh": ("还有它", "它")}
"""The words, and the part of them to be named, of a question about what to do the same with."""


def bare(words: str) -> str:
    """Return `words` as the lists have them."""
    return simplified(words).strip().strip(".!。！").lower()
