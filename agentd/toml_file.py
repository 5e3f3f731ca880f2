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

_LONGEST_SHOWN = 80
"""Characters of a wrong value that are repeated in its error."""


class Table(BaseModel):
    """A TOML table: frozen, typed, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)


Model = TypeVar("Model", bound=BaseModel)
Location = tuple[int | str, ...]
Names = tuple[str, ...]


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
    shown = repr(detail["input"])
    shown = shown if len(shown) <= _LONGEST_SHOWN else shown[:_LONGEST_SHOWN] + "…"
    return f'{where(place)}: "{key}" is {shown}; it must be {message}'


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


_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([\w.-]+))\s*=""")


def line_of(text: str, place: Location) -> int:
    """Return the line (from 1) where the key at `place` stands, or its table, or 1."""
    counts: dict[Names, int] = {}
    table: Location = ()
    best = 1
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            names = tuple(part.strip().strip("\"'") for part in header[2].split("."))
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                inner = [each for each in counts if each[: len(names)] == names != each]
                for each in inner:  # the next rover's arms are counted anew
                    del counts[each]
            table = _numbered(names, counts)
            if table == place[: len(table)]:
                best = number
        elif key := _KEY.match(line):
            quoted = key[1] or key[2]
            here = (*table, *((quoted,) if quoted else key[3].split(".")))
            if here == place[: len(here)]:
                return number
    return best


def _numbered(names: Names, counts: dict[Names, int]) -> Location:
    """Return the place of a table: behind each list of tables the number of the one it is in."""
    place: list[int | str] = []
    for at, name in enumerate(names, start=1):
        place.append(name)
        if names[:at] in counts:
            place.append(counts[names[:at]])
    return tuple(place)
