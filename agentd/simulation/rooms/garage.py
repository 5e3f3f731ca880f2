"""Garage: the door, a plain light, a window that says whether it is open."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.simulation.appliances import Appliance, PlainLight, Sensors
from agentd.simulation.movers import Shutter
from agentd.simulation.rooms.place import Place, device, short_device


def garage(at: Place) -> Sequence[Appliance]:
    """Return the devices of the garage."""
    area = "Garage"
    door, light, window = at.topic("garage/door"), at.topic("garage/light"), at.topic("window")
    door_config = {
        "name": None,
        "unique_id": "sim_garage_door",
        "default_entity_id": "cover.garage_door",
        "command_topic": f"{door}/set",
        "state_topic": f"{door}/state",
        "device_class": "garage",
        "availability_topic": at.status,
        "device": device("Garage door", area),
    }
    light_config = {
        "~": light,
        "name": None,
        "uniq_id": "sim_garage_light",
        "def_ent_id": "light.garage",
        "cmd_t": "~/switch",
        "stat_t": "~/status",
        "avty_t": at.status,
        "dev": short_device("Garage light", area),
    }
    window_config = {
        "name": None,
        "unique_id": "sim_garage_window",
        "state_topic": f"{window}/state",
        "value_template": "{{ value_json.open }}",
        "payload_on": "yes",
        "payload_off": "no",
        "device_class": "window",
        "availability_topic": at.status,
        "device": device("Garage window", area),
    }
    config = at.config("binary_sensor", "sim_window")
    return (
        Shutter(at.config("cover", "sim_garage"), door_config, door, travel_s=12, positions=False),
        PlainLight(at.config("light", "sim_garage"), light_config, light),
        Sensors(config, window_config, window, {"open": "no"}),
    )
