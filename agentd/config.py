"""Settings: one TOML table a room, frozen and typed; the environment may override any key.

`AGENTD_<TABLE>_<KEY>` overrides a key: `AGENTD_HTTP_PORT=8001`, `AGENTD_MQTT_PASSWORD=...`. In a
list of named tables the name stands for the place: `AGENTD_BRAIN_UPSTREAMS_CLOUD_API_KEY=...`.
An unknown `AGENTD_...` variable is an error like an unknown key.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from agentd import toml_file
from agentd.errors import ConfigError, nearest
from agentd.toml_file import Table, line_of, validate

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86400)]
PUBLIC_URL = (
    r"^(https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?)?$"
)
NOT_SETTINGS = {"AGENTD_KEY", "AGENTD_CONFIG", "AGENTD_URL"}


class Daemon(Table):
    """Who this daemon is and where it keeps what it must remember."""

    node: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")] = "home"
    state_dir: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    language: Literal["auto", "en", "zh"] = "auto"


class Http(Table):
    """The HTTP door."""

    host: str = "127.0.0.1"
    port: Port = 8000
    hosts: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")], ...] = ()
    public_url: Annotated[str, Field(pattern=PUBLIC_URL)] = ""
    max_body_bytes: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = 1024 * 1024
    max_words: Annotated[int, Field(ge=16, le=100_000)] = 4000
    keep_alive_s: Seconds = 15.0
    origins: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9+.-]*://[^\s/*]+$")], ...] = ()
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 1200
    streams_per_key: Annotated[int, Field(ge=1, le=10_000)] = 64
    read_timeout_s: Seconds = 20.0
    stream_timeout_s: Seconds = 3600.0
    tls_cert: str = ""
    tls_key: str = ""


class Mqtt(Table):
    """The broker: both the home's devices and the MQTT door."""

    enabled: bool = False
    host: str = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: bool = False
    ca_file: str = ""
    topic: Annotated[str, Field(pattern=r"^[^#+\s/][^#+\s]*$")] = "agentd"
    discovery_prefix: Annotated[str, Field(pattern=r"^[^#+\s/][^#+\s]*$")] = "homeassistant"
    say: bool = True
    command_timeout_s: Seconds = 5.0
    aliases: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class Pin(Table):
    """A port that the owner says is a certain device; it wins over everything we could guess."""

    path: str
    device: str
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")] = ""
    name: str = ""
    aliases: tuple[str, ...] = ()
    area: str = ""


class Discovery(Table):
    """What is plugged in."""

    enabled: bool = True
    poll_s: Seconds = 2.0
    auto_probe: bool = False
    devices_dirs: tuple[str, ...] = ("/etc/agentd/devices.d",)
    pins: tuple[Pin, ...] = ()


class Safety(Table):
    """The gate."""

    commands_per_minute: Annotated[int, Field(ge=1, le=6000)] = 120
    command_timeout_s: Seconds = 10.0
    confirmation_s: Seconds = 60.0
    confirm: tuple[str, ...] = ()
    """Devices whose every change waits for a yes, as ids or as in `climate.*`."""
    max_motion_s: Annotated[float, Field(gt=0, le=600)] = 30.0


class Upstream(Table):
    """An OpenAI-compatible server; `timeout_s` bounds the wait for its first word."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
    base_url: Annotated[str, Field(pattern=r"^https?://[^\s/]")]
    model: str = ""
    api_key: SecretStr = SecretStr("")
    timeout_s: Seconds = 60.0
    embedding_model: str = ""
    """The model it makes embeddings with; empty: `model`."""
    vision: bool = False
    """Whether its model sees pictures."""


class Brain(Table):
    """How words are understood."""

    order: tuple[Literal["offline", "local", "upstream"], ...] = ("offline", "upstream")
    local_only: bool = False
    local_model: Annotated[str, Field(min_length=1)] = "smollm2"
    """Name or folder of the language model that `local` in `order` asks."""
    local_threads: Annotated[int, Field(ge=0, le=256)] = 0
    upstreams: tuple[Upstream, ...] = ()

    @field_validator("upstreams")
    @classmethod
    def _named_apart(cls, upstreams: tuple[Upstream, ...]) -> tuple[Upstream, ...]:
        if len({_shout(each.name) for each in upstreams}) < len(upstreams):
            raise ValueError("a list of upstreams whose names differ")
        return upstreams


class SaidExample(Table):
    """A sentence of the owner's and the calls it stands for."""

    say: Annotated[str, Field(min_length=1, max_length=200)]
    do: Annotated[tuple[str, ...], Field(min_length=1, max_length=12)]


Phrase = Annotated[str, Field(min_length=1, max_length=60)]


ListName = Annotated[str, Field(pattern=r"\S", max_length=60)]


class Words(Table):
    """Words of the owner's own; `agentd.brains.own_words` checks and reads them."""

    synonyms: dict[Phrase, Phrase] = Field(default_factory=dict)
    examples: tuple[SaidExample, ...] = ()


class Store(Table):
    """What is remembered."""

    audit_days: Annotated[int, Field(ge=1, le=36500)] = 365


class Budget(Table):
    """What may be used in a day, from midnight to midnight; 0 is no limit."""

    tokens: Annotated[int, Field(ge=0)] = 0
    calls: Annotated[int, Field(ge=0)] = 0
    motion_s: Annotated[float, Field(ge=0, le=86400)] = 0.0


class Budgets(Budget):
    """What each key may use in a day, and other budgets for single keys, by name."""

    keys: dict[str, Budget] = Field(default_factory=dict)


class Timers(Table):
    """Kitchen timers; each rings on MQTT and in the event stream."""

    enabled: bool = False


class Simulation(Table):
    """A simulated home and rover, to try everything with nothing plugged in."""

    enabled: bool = False
    broker_port: Port = 18830


class Settings(Table):
    """The whole of config.toml."""

    daemon: Daemon = Daemon()
    http: Http = Http()
    mqtt: Mqtt = Mqtt()
    discovery: Discovery = Discovery()
    safety: Safety = Safety()
    brain: Brain = Brain()
    words: Words = Words()
    lists: dict[ListName, tuple[Phrase, ...]] = Field(default_factory=dict)
    """Shopping and to-do lists kept here, each with more names for it."""
    timers: Timers = Timers()
    store: Store = Store()
    budgets: Budgets = Budgets()
    simulation: Simulation = Simulation()

    def state_dir(self) -> Path:
        """Return the state folder: the key, else systemd's, else the user's own."""
        if self.daemon.state_dir:
            return Path(self.daemon.state_dir).expanduser()
        if "STATE_DIRECTORY" in os.environ:
            return Path(os.environ["STATE_DIRECTORY"].split(":")[0])
        base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
        return Path(base).expanduser() / "agentd"


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Read settings from `path` (None: built-in defaults) and the environment.

    Raises `ConfigError` with file and line, or the variable, and what would be accepted.
    """
    if path is None:
        return parse("", "defaults", environ)
    try:
        return parse(path.read_text(encoding="utf-8"), str(path), environ)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error


def parse(text: str, source: str, environ: Mapping[str, str]) -> Settings:
    """Read settings from TOML `text` that came from `source`; errors as in `load`."""
    tree = toml_file.tree(text, source)
    variables = _overlay(tree, environ)

    def where(place: tuple[int | str, ...]) -> str:
        return variables.get(place) or f"{source}:{line_of(text, place)}"

    return validate(tree, Settings, where)


def where(path: Path | None, place: tuple[int | str, ...]) -> str:
    """Return the file and line at which the key at `place` stands."""
    if path is None:
        return "defaults"
    return f"{path}:{line_of(path.read_text(encoding='utf-8'), place)}"


def _overlay(tree: dict[str, Any], environ: Mapping[str, str]) -> dict[tuple[Any, ...], str]:
    """Put `AGENTD_...` values into `tree`; return which variable each came from."""
    places: dict[str, tuple[Any, ...]] = {_variable(each): each for each in _places(Settings)}
    places |= _upstream_places(tree)
    used: dict[tuple[Any, ...], str] = {}
    for name in sorted(environ):
        if not name.startswith("AGENTD_") or name in NOT_SETTINGS:
            continue
        if name not in places:
            near = nearest(name, places, count=1)
            hint = f"did you mean {near[0]}?" if near else "see config.toml for the keys."
            raise ConfigError(f"unknown environment variable {name};", hint=hint)
        *tables, key = places[name]
        table: Any = tree
        for part in tables:
            table = table[part] if isinstance(table, list) else table.setdefault(part, {})
            if isinstance(table, list):
                continue
            if not isinstance(table, dict):
                break  # the file holds a plain value where a table belongs; validation says so
        else:
            table[key] = environ[name]
            used[places[name]] = name
    return used


def _variable(place: tuple[str, ...]) -> str:
    return _shout("_".join(("AGENTD", *place)))


def _shout(name: str) -> str:
    return name.upper().replace("-", "_")


def _upstream_places(tree: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Return the variable and the path of every key of the upstreams that `tree` names."""
    brain = tree.get("brain")
    listed = brain.get("upstreams") if isinstance(brain, Mapping) else None
    return {
        _variable(("brain", "upstreams", str(each["name"]), key)): ("brain", "upstreams", at, key)
        for at, each in enumerate(listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping) and "name" in each
        for key in Upstream.model_fields
        if key != "name"
    }


def _places(model: type[BaseModel], prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the path of every scalar key."""
    found: list[tuple[str, ...]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += _places(kind, (*prefix, name))
        elif "tuple" not in str(kind) and "dict" not in str(kind):
            found.append((*prefix, name))
    return found
