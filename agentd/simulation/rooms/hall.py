"""Hall: a plain light, the front door's lock, the thermostat, a chime, the vacuum's dock."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.simulation.appliances import Appliance, Lock, PlainLight, Trigger
from agentd.simulation.movers import Thermostat
from agentd.simulation.rooms.place import Place, device, short_device
from agentd.simulation.vacuum import SPEEDS, Vacuum


def hall(at: Place) -> Sequence[Appliance]:
    """Return the devices of the hall."""
    area = "Hall"
    light, door, heat = at.topic("hall/light"), at.topic("hall/door"), at.topic("hall/heating")
    light_config = {
        "name": None,
        "unique_id": "sim_hall_light",
        "default_entity_id": "light.hall",
        "command_topic": f"{light}/switch",
        "state_topic": f"{light}/status",
        "availability_topic": at.status,
        "device": device("Hall light", area),
    }
    door_config = {
        "name": None,
        "unique_id": "sim_front_door",
        "default_entity_id": "lock.front_door",
        "command_topic": f"{door}/set",
        "state_topic": f"{door}/state",
        "availability_topic": at.status,
        "device": device("Front door", area),
    }
    heat_config = {
        "~": heat,
        "name": None,
        "uniq_id": "sim_thermostat",
        "def_ent_id": "climate.hall",
        "mode_cmd_t": "~/mode/set",
        "mode_stat_t": "~/mode",
        "temp_cmd_t": "~/temperature/set",
        "temp_stat_t": "~/temperature",
        "curr_temp_t": "~/current",
        "modes": ["off", "heat", "auto"],
        "min_temp": 5,
        "max_temp": 30,
        "temp_step": 0.5,
        "avty_t": at.status,
        "dev": short_device("Thermostat", area),
    }
    chime_config = {
        "name": "Door chime",
        "unique_id": "sim_chime",
        "command_topic": at.topic("hall/chime"),
        "payload_press": "DING",
        "device": {"identifiers": ["sim-chime"], "suggested_area": area},
    }
    chime, vacuum = at.topic("hall/chime"), at.topic("vacuum")
    vacuum_config = {
        "~": vacuum,
        "name": None,
        "uniq_id": "sim_vacuum",
        "def_ent_id": "vacuum.downstairs",
        "cmd_t": "~/command",
        "stat_t": "~/state",
        "set_fan_spd_t": "~/set_fan_speed",
        "fanspd_lst": SPEEDS,
        "sup_feat": ["start", "pause", "stop", "return_home", "locate", "fan_speed"],
        "avty_t": at.status,
        "dev": short_device("Downstairs vacuum", area),
    }
    return (
        PlainLight(at.config("light", "sim_hall"), light_config, light),
        Lock(at.config("lock", "sim_front_door"), door_config, door),
        Thermostat(at.config("climate", "sim_thermostat"), heat_config, heat),
        Trigger(at.config("button", "sim_chime"), chime_config, chime, "DING"),
        Vacuum(at.config("vacuum", "sim_vacuum"), vacuum_config, vacuum),
    )
