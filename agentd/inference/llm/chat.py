"""A conversation as the tokens a model was trained on, by its own chat template.

Words of people and of the home are data: what looks like one of the model's marks (`<|im_end|>`)
is taken out of them, so that nobody can end a message and begin another in somebody's name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from agentd.errors import BrainError
from agentd.inference.llm.layout import TOKENIZER

MAX_TOKENIZER_BYTES: Final = 64 * 2**20
MAX_TEMPLATE_CHARACTERS: Final = 256 * 1024


class Chat:
    """A folder's tokenizer and its chat template."""

    def __init__(self, folder: Path) -> None:
        """Read both. Raises `BrainError` when one is missing or damaged."""
        import tokenizers  # noqa: PLC0415 - comes with the extra

        self.tokenizer_json = _text(folder / TOKENIZER, MAX_TOKENIZER_BYTES)
        try:
            self.tokenizer: Any = tokenizers.Tokenizer.from_str(self.tokenizer_json)
        except Exception as error:  # the package raises nothing more special
            raise BrainError(f"{folder / TOKENIZER}: it is no tokenizer: {error}") from error
        settings = _settings(folder)
        self._first = _content(settings.get("bos_token"))
        self._last = _content(settings.get("eos_token"))
        self._begins = bool(settings.get("add_bos_token")) and bool(self._first)
        self._template = _compiled(folder, _template(folder, settings))
        added = self.tokenizer.get_added_tokens_decoder().values()
        self._marks = sorted((each.content for each in added if each.special), key=len)[::-1]

    def prompt(self, messages: Sequence[Mapping[str, str]]) -> list[int]:
        """Return the conversation as tokens, up to where the answer begins.

        Each message has a `role` and a `content`. Raises `BrainError` when the template refuses.
        """
        clean = [{**each, "content": self.plain(each["content"])} for each in messages]
        try:
            text = self._template.render(
                messages=clean,
                add_generation_prompt=True,
                bos_token=self._first,
                eos_token=self._last,
                enable_thinking=False,
            )
        except Exception as error:  # a template may fail in any way Python can
            raise BrainError(f"The model's chat template failed: {error}") from error
        if self._begins and not text.startswith(self._first):
            text = self._first + text
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def plain(self, text: str) -> str:
        """Return `text` without the model's marks, also those that appear when one is taken out."""
        while any(mark in text for mark in self._marks):
            for mark in self._marks:
                text = text.replace(mark, "")
        return text

    def stream(self) -> TextStream:
        """Return an empty stream of text from tokens."""
        return TextStream(self.tokenizer)


class TextStream:
    """Text from tokens as they come; a character that is not whole yet waits."""

    def __init__(self, tokenizer: Any) -> None:
        from tokenizers.decoders import DecodeStream  # noqa: PLC0415

        self._tokenizer = tokenizer
        self._stream: Any = DecodeStream(skip_special_tokens=True)

    def add(self, token: int) -> str:
        """Return what can be shown once `token` is there."""
        return self._stream.step(self._tokenizer, token) or ""


class StopText:
    """Lets text through up to the first of some stop texts; what may begin one waits."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def feed(self, text: str) -> str:
        """Return what can be shown now."""
        self._held += text
        found = [at for at in (self._held.find(stop) for stop in self._stops) if at >= 0]
        if found:
            self.stopped = True
            ready, self._held = self._held[: min(found)], ""
            return ready
        keep = max((_overlap(self._held, stop) for stop in self._stops), default=0)
        ready = self._held[: len(self._held) - keep]
        self._held = self._held[len(ready) :]
        return ready

    def rest(self) -> str:
        """Return what waited, at the end."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, stop: str) -> int:
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if stop.startswith(text[-size:])), 0)


def _text(path: Path, limit: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise BrainError(f"{path}: it is longer than {limit} bytes.")
        return data.decode()
    except OSError as error:
        raise BrainError(f"{path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise BrainError(f"{path}: it is not text.") from error


def _settings(folder: Path) -> Mapping[str, Any]:
    path = folder / "tokenizer_config.json"
    try:
        found = json.loads(_text(path, MAX_TOKENIZER_BYTES))
    except (ValueError, RecursionError) as error:
        raise BrainError(f"{path}: it is not JSON.") from error
    return found if isinstance(found, dict) else {}


def _content(token: Any) -> str:
    """Return a token's text, which is written plainly or as an object."""
    found = token.get("content") if isinstance(token, Mapping) else token
    return found if isinstance(found, str) else ""


def _template(folder: Path, settings: Mapping[str, Any]) -> str:
    """Return the chat template: in the settings, one of several there, or in a file."""
    found = settings.get("chat_template")
    if isinstance(found, list):
        named = {each.get("name"): each.get("template") for each in found}
        found = named.get("default")
    if isinstance(found, str) and found:
        return found
    path = folder / "chat_template.jinja"
    if path.exists():
        return _text(path, MAX_TEMPLATE_CHARACTERS)
    raise BrainError(f"{folder}: the model has no chat template, so it cannot hold a conversation.")


def _compiled(folder: Path, template: str) -> Any:
    from jinja2 import TemplateError  # noqa: PLC0415
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415

    if len(template) > MAX_TEMPLATE_CHARACTERS:
        raise BrainError(f"{folder}: its chat template is too long.")
    sandbox = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    sandbox.globals["raise_exception"] = _refuse
    try:
        return sandbox.from_string(template)
    except TemplateError as error:
        raise BrainError(f"{folder}: its chat template is broken: {error}") from error


def _refuse(message: str) -> None:
    raise BrainError(message)
