"""Bedroom: a light with whites, a blind announced as a whole device, a fan, a scene."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.simulation.appliances import Appliance, JsonLight, Trigger
from agentd.simulation.movers import Fan, Shutter
from agentd.simulation.rooms.place import Place, device, dimmed_white, short_device


def bedroom(at: Place) -> Sequence[Appliance]:
    """Return the devices of the bedroom."""
    area = "Bedroom"
    light, blind, fan = at.topic("bedroom/light"), at.topic("bedroom/blind"), at.topic("fan")
    light_config = {
        "name": None,
        "unique_id": "sim_bedroom_light",
        "default_entity_id": "light.bedroom",
        "schema": "json",
        "command_topic": f"{light}/set",
        "state_topic": f"{light}/state",
        "brightness": True,
        "brightness_scale": 254,
        "supported_color_modes": ["color_temp"],
        "availability_topic": at.status,
        "device": device("Bedroom light", area),
    }
    blind_config = {
        "device": device("Bedroom blind", area),
        "origin": {"name": "example firmware", "sw_version": "1.2"},
        "availability": [{"topic": at.status}],
        "components": {
            "blind": {
                "platform": "cover",
                "unique_id": "sim_bedroom_blind",
                "name": None,
                "default_entity_id": "cover.bedroom_blind",
                "command_topic": f"{blind}/set",
                "state_topic": f"{blind}/state",
                "position_topic": f"{blind}/position",
                "set_position_topic": f"{blind}/position/set",
                "device_class": "blind",
            }
        },
    }
    fan_config = {
        "~": fan,
        "name": None,
        "uniq_id": "sim_bedroom_fan",
        "def_ent_id": "fan.bedroom",
        "cmd_t": "~/set",
        "stat_t": "~/state",
        "pct_cmd_t": "~/speed/set",
        "pct_stat_t": "~/speed",
        "spd_rng_min": 1,
        "spd_rng_max": 4,
        "avty_t": at.status,
        "dev": short_device("Bedroom fan", area),
    }
    scene_config = {
        "name": "Good night",
        "unique_id": "sim_good_night",
        "command_topic": at.topic("scenes/night"),
        "device": {"identifiers": ["sim-good-night"], "suggested_area": area},
    }
    then = ((f"{light}/set", '{"state":"OFF"}'), (f"{blind}/set", "CLOSE"))
    return (
        JsonLight(at.config("light", "sim_bedroom"), light_config, light, dimmed_white(120)),
        Shutter(at.config("device", "sim_blind"), blind_config, blind, travel_s=6),
        Fan(at.config("fan", "sim_fan"), fan_config, fan),
        Trigger(
            at.config("scene", "sim_night"), scene_config, at.topic("scenes/night"), "ON", then
        ),
    )
