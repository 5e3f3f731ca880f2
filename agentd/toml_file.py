"""TOML files as frozen pydantic models, with errors that name the file, the line and the cure.

`tomllib` forgets where a key stood, so `line_of` finds it again in the text; the files are short
and this happens only on the way to an error.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from agentd.errors import ConfigError, nearest


class Table(BaseModel):
    """A TOML table: frozen, typed, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]


def load(path: Path, model: type[Model]) -> Model:
    """Read the TOML file at `path` into `model`.

    Raises `ConfigError` with file, line and the accepted range or the nearest key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    return parse(text, model, str(path))


def parse(text: str, model: type[Model], source: str) -> Model:
    """Read TOML `text` that came from `source` into `model`; errors as in `load`."""
    return validate(tree(text, source), model, lambda place: f"{source}:{line_of(text, place)}")


def tree(text: str, source: str) -> dict[str, Any]:
    """Return TOML `text` as plain values. Raises `ConfigError` with file and line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = f"{source}:{line[1]}" if line else source
        raise ConfigError(f"{where}: not valid TOML: {error}") from error


def validate(tree: dict[str, Any], model: type[Model], where: Any) -> Model:
    """Turn `tree` into `model`; `where(location)` names the place of an error."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        lines = [_explain(detail, model, where) for detail in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def _explain(detail: ErrorDetails, model: type[BaseModel], where: Any) -> str:
    place = tuple(detail["loc"])
    key = ".".join(str(part) for part in place)
    if detail["type"] == "extra_forbidden":
        near = nearest(str(place[-1]), _keys_at(model, place[:-1]))
        known = f'; did you mean "{near[0]}"?' if near else _known(model, place[:-1])
        return f'{where(place)}: unknown key "{key}"{known}'
    if detail["type"] == "missing":
        return f'{where(place[:-1])}: the key "{key}" is missing'
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f'{where(place)}: "{key}" is {detail["input"]!r}; it must be {message}'


def _known(model: type[BaseModel], place: Location) -> str:
    keys = sorted(_keys_at(model, place))
    return f"; known here: {', '.join(keys)}" if keys else ""


def _keys_at(model: type[BaseModel], place: Location) -> list[str]:
    """Return the keys allowed in the table at `place`."""
    for part in place:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = _model_in(field.annotation) if field else None
        if inner is None:
            return []
        model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in `annotation`, also inside `tuple[...]`, `dict[...]` or a union."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_in(inner)
        if found:
            return found
    return None


def line_of(text: str, place: Location) -> int:
    """Return the line (from 1) where the key at `place` stands, or its table, or 1."""
    names = [part for part in place if isinstance(part, str)]
    index = next((part for part in place if isinstance(part, int)), 0)
    table: list[str] = []
    seen: dict[str, int] = {}
    best = 1
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?", line)
        if header:
            table = [part.strip().strip("\"'") for part in header[1].split(".")]
            seen[header[1]] = seen.get(header[1], -1) + 1
            if table == names[: len(table)] and seen[header[1]] == index:
                best = number
        else:
            key = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
            here = [*table, *key[1].split(".")] if key else []
            right_table = seen.get(".".join(table), 0) == index or "[[" not in text
            if here and here == names[: len(here)] and right_table:
                return number
    return best
