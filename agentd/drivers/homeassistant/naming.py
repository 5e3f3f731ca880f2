"""What an announced entity is called: for a person, and as an id.

The words come over the wire from anybody who may publish. They are data: cut to length, without
control characters, never a part of an instruction.
"""

from __future__ import annotations

import re
import unicodedata

from agentd.drivers.homeassistant.config import EntityConfig

LONGEST_NAME = 64
LONGEST_VALUE = 255


def clean(text: str, longest: int = LONGEST_NAME) -> str:
    """Return `text` on one line, without control or invisible characters, cut to `longest`."""
    spaced = " ".join(text[: longest * 4].split())
    kept = "".join(each for each in spaced if unicodedata.category(each)[0] != "C")
    return kept[:longest].strip()


def slug(text: str) -> str:
    """Return `text` in lower-case ASCII with underscores; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:48].strip("_")


def full_name(config: EntityConfig) -> str:
    """Return the name as Home Assistant composes it: the device's, then the entity's."""
    entity = clean(config.options.text("name"))
    device = clean(config.device.text("name"))
    if not entity or not device:
        return entity or device or config.object_id
    if entity.lower().startswith(device.lower()):
        return entity
    return clean(f"{device} {entity}")


def area(config: EntityConfig) -> str:
    """Return the room that the device suggests."""
    return clean(config.device.text("suggested_area"))


def entity_id(config: EntityConfig) -> str:
    """Return `<component>.<slug>`: the id asked for, else one from the name or the topic."""
    wanted = config.options.text("default_entity_id").removeprefix(config.component + ".")
    wanted = wanted or config.options.text("object_id")
    name = slug(wanted) or slug(full_name(config)) or slug(config.object_id) or "unnamed"
    return f"{config.component}.{name}"
