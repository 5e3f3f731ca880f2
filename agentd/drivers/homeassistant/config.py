"""Discovery topics and payloads: what is announced, with every key written out.

Source: Home Assistant 2026.2, `components/mqtt/{discovery,schemas,abbreviations}.py`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.options import Options

LARGEST_PAYLOAD = 256 * 1024
TOPIC = re.compile(
    r"(?P<component>\w+)/(?:(?P<node_id>[a-zA-Z0-9_-]+)/)?(?P<object_id>[a-zA-Z0-9_-]+)/config"
)
BASE = "~"
OWN_ORIGIN = "agentd"
SHARED = (
    "availability",
    "availability_mode",
    "availability_template",
    "availability_topic",
    "command_topic",
    "payload_available",
    "payload_not_available",
    "state_topic",
)
"""What a device's announcement may say once for all its components."""

Tree = dict[str, object]


@dataclass(frozen=True, slots=True)
class ConfigTopic:
    """Where something is announced. `component` is `device` for a whole device at once."""

    topic: str
    component: str
    node_id: str
    object_id: str


@dataclass(frozen=True, slots=True)
class EntityConfig:
    """One announced entity, before anybody has looked at what its component needs.

    `key` names the place of the announcement; `unique_id` the entity wherever it is announced.
    """

    key: str
    component: str
    object_id: str
    unique_id: str
    options: Options
    device: Options


@dataclass(frozen=True, slots=True)
class Announcement:
    """What one config topic holds now: entities, and per component what is wrong."""

    entities: tuple[EntityConfig, ...] = ()
    problems: Mapping[str, str] = field(default_factory=dict)


def parse_topic(prefix: str, topic: str) -> ConfigTopic | None:
    """Read `<prefix>/<component>/[<node_id>/]<object_id>/config`; None for any other topic."""
    match = TOPIC.fullmatch(topic.removeprefix(prefix + "/"))
    if match is None or not topic.startswith(prefix + "/"):
        return None
    return ConfigTopic(topic, match["component"], match["node_id"] or "", match["object_id"])


def parse(where: ConfigTopic, payload: bytes) -> Announcement:
    """Read an announcement; an empty payload announces nothing, which is how one is withdrawn.

    `{"migrate_discovery": true}` withdraws it too: the whole device is announced next. What
    agentd itself announces (robots, for Home Assistant to see) is not taken in again.
    Raises `DiscoveryError` when nothing in it can be used.
    """
    if not payload.strip():
        return Announcement()
    tree = _written_out(_read(payload))
    if tree.get("migrate_discovery") is True or _is_ours(tree.get("origin")):
        return Announcement()
    device = tree.get("device")
    if device is not None and not isinstance(device, dict):
        raise DiscoveryError('"device" must be a table')
    info = Options(_renamed(device or {}, "device"))
    if where.component == "device":
        return _components(where, tree, info)
    entity = _entity(where.topic, where.component, where.object_id, _based(tree, None), info)
    return Announcement((entity,))


def _is_ours(origin: object) -> bool:
    return isinstance(origin, dict) and origin.get("name") == OWN_ORIGIN


def _components(where: ConfigTopic, tree: Tree, info: Options) -> Announcement:
    components = tree.get("components")
    if not isinstance(components, dict):
        raise DiscoveryError('"components" must be a table')
    shared = {key: tree[key] for key in SHARED if key in tree}
    base = tree.get(BASE)
    entities: list[EntityConfig] = []
    problems: dict[str, str] = {}
    for key, component in components.items():
        try:
            own = _written_out(component)
            platform = own.pop("platform", None)
            if not isinstance(platform, str):
                raise DiscoveryError('"platform" is missing')
            if not own:
                continue
            if "unique_id" not in own:
                raise DiscoveryError('"unique_id" is missing')
            place = f"{where.topic}#{key}"
            merged = _based({**shared, **own}, base)
            object_id = f"{where.object_id}_{key}"
            entities.append(_entity(place, platform, object_id, merged, info))
        except DiscoveryError as error:
            problems[str(key)[:80]] = str(error)
    return Announcement(tuple(entities), problems)


def _entity(key: str, component: str, object_id: str, tree: Tree, info: Options) -> EntityConfig:
    options = Options(tree)
    return EntityConfig(key, component, object_id, options.text("unique_id"), options, info)


def _read(payload: bytes) -> Tree:
    if len(payload) > LARGEST_PAYLOAD:
        raise DiscoveryError(f"{len(payload)} bytes; {LARGEST_PAYLOAD} are accepted")
    try:
        tree = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise DiscoveryError(f"not valid JSON ({str(error)[:80]})") from error
    if not isinstance(tree, dict):
        raise DiscoveryError("a JSON object is needed")
    return tree


def _written_out(tree: object) -> Tree:
    """Return `tree` with the keys, and those of its availability list, unabbreviated."""
    if not isinstance(tree, dict):
        raise DiscoveryError("a JSON object is needed")
    tree = _renamed(tree, "entity")
    availability = tree.get("availability")
    rows = availability if isinstance(availability, list) else [availability]
    if availability is not None:
        tree["availability"] = [
            _renamed(row, "entity") if isinstance(row, dict) else row for row in rows
        ]
    return tree


def _based(tree: Tree, inherited: object) -> Tree:
    """Put the base topic in place of a leading or trailing `~` in every `...topic` value."""
    base = tree.pop(BASE, inherited)
    if base is None:
        return tree
    if not isinstance(base, str):
        raise DiscoveryError('"~" must be text')
    based = {key: _with_base(key, value, base) for key, value in tree.items()}
    rows = based.get("availability")
    if isinstance(rows, list):
        based["availability"] = [
            {key: _with_base(key, value, base) for key, value in row.items()}
            if isinstance(row, dict)
            else row
            for row in rows
        ]
    return based


def _with_base(key: str, value: object, base: str) -> object:
    if not isinstance(value, str) or not value or not key.endswith("topic"):
        return value
    if value[0] == BASE:
        value = base + value[1:]
    return value[:-1] + base if value.endswith(BASE) else value


def _renamed(tree: Mapping[str, object], table: str) -> Tree:
    names = _abbreviations()[table]
    return {names.get(key, key): value for key, value in tree.items()}


@cache
def _abbreviations() -> Mapping[str, Mapping[str, str]]:
    text = resources.files(__package__).joinpath("abbreviations.toml").read_text("utf-8")
    return tomllib.loads(text)
