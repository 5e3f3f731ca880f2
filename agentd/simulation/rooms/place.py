"""What the rooms share: topics, device tables, and announcements used more than once."""

from __future__ import annotations


class Place:
    """Topics of one simulated home: where it announces, where it speaks, who vouches for it."""

    def __init__(self, prefix: str, base: str, status: str) -> None:
        self.prefix = prefix
        self.base = base
        self.status = status

    def config(self, component: str, name: str) -> str:
        """Return the topic to announce `name` on."""
        return f"{self.prefix}/{component}/{name}/config"

    def topic(self, name: str) -> str:
        """Return the base topic of `name`."""
        return f"{self.base}/{name}"


def device(name: str, area: str) -> dict[str, object]:
    """Return what a device says about itself, written out."""
    slug = name.lower().replace(" ", "-")
    return {"identifiers": [f"sim-{slug}"], "name": name, "suggested_area": area}


def short_device(name: str, area: str) -> dict[str, object]:
    """Return what a device says about itself, with short keys."""
    slug = name.lower().replace(" ", "-")
    return {"ids": f"sim-{slug}", "name": name, "sa": area, "mf": "Example"}


def dimmed_white(brightness: int) -> dict[str, object]:
    """Return the first state of a light that has whites."""
    return {"brightness": brightness, "color_mode": "color_temp", "color_temp": 370}


def zigbee_plug(at: Place, topic: str, name: str, area: str) -> dict[str, object]:
    """Return a plug as a Zigbee bridge announces it."""
    return {
        "name": None,
        "unique_id": f"{topic}_switch",
        "default_entity_id": f"switch.{name.lower().replace(' ', '_')}",
        "command_topic": f"{topic}/set",
        "state_topic": topic,
        "value_template": "{{ value_json.state }}",
        "payload_on": "ON",
        "payload_off": "OFF",
        "availability": [{"topic": at.status, "value_template": "{{ value }}"}],
        "device": device(name, area),
    }
