"""Who lives in the simulated home: nineteen devices in five rooms, as strangers announce them.

Payloads differ on purpose, as in a real house: some keys are short, some are written out, some
topics hang on a base (`~`), some devices announce all their parts at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from agentd.simulation.appliances import (
    Appliance,
    JsonLight,
    Lock,
    PlainLight,
    Plug,
    Sensors,
    Trigger,
)
from agentd.simulation.movers import Fan, Shutter, Speaker, Thermostat

CHINESE_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "light.living_room": ("客厅灯", "客厅的灯"),
        "cover.living_room_curtains": ("客厅窗帘", "窗帘"),
        "media_player.living_room_speaker": ("客厅音箱", "音箱"),
        "switch.television": ("电视插座", "电视"),
        "scene.movie_night": ("电影模式", "观影模式"),
        "light.kitchen": ("厨房灯", "厨房的灯"),
        "switch.coffee_machine": ("咖啡机",),
        "light.bedroom": ("卧室灯", "卧室的灯"),
        "cover.bedroom_blind": ("卧室百叶窗",),
        "fan.bedroom": ("卧室风扇", "吊扇", "风扇"),
        "scene.good_night": ("晚安模式",),
        "light.hall": ("走廊灯", "门厅灯"),
        "lock.front_door": ("前门", "大门", "门锁"),
        "climate.hall": ("恒温器", "暖气", "空调"),
        "button.door_chime": ("门铃",),
        "cover.garage_door": ("车库门",),
        "light.garage": ("车库灯",),
    }
)
"""Names in Chinese, by device id; an announcement has room for one name only."""


def household(prefix: str, base: str, status: str) -> Sequence[Appliance]:
    """Return everyone, announced under `prefix`, speaking under `base`, vouched for by `status`.

    `status` is the topic of the last will of the connection they share.
    """
    place = _Place(prefix, base, status)
    return (
        *_living_room(place),
        *_kitchen(place),
        *_bedroom(place),
        *_hall(place),
        *_garage(place),
    )


class _Place:
    def __init__(self, prefix: str, base: str, status: str) -> None:
        self.prefix = prefix
        self.base = base
        self.status = status

    def config(self, component: str, name: str) -> str:
        return f"{self.prefix}/{component}/{name}/config"

    def topic(self, name: str) -> str:
        return f"{self.base}/{name}"


def _device(name: str, area: str) -> dict[str, object]:
    slug = name.lower().replace(" ", "-")
    return {"identifiers": [f"sim-{slug}"], "name": name, "suggested_area": area}


def _short_device(name: str, area: str) -> dict[str, object]:
    slug = name.lower().replace(" ", "-")
    return {"ids": f"sim-{slug}", "name": name, "sa": area, "mf": "Example"}


def _living_room(at: _Place) -> Sequence[Appliance]:
    area = "Living room"
    light, curtains, speaker = at.topic("living/light"), at.topic("living/curtains"), at.topic("sp")
    television = at.topic("living/television")
    light_config = {
        "name": None,
        "unique_id": "sim_living_light",
        "default_entity_id": "light.living_room",
        "schema": "json",
        "command_topic": f"{light}/set",
        "state_topic": f"{light}/state",
        "brightness": True,
        "supported_color_modes": ["hs", "color_temp"],
        "min_mireds": 153,
        "max_mireds": 454,
        "availability": [{"topic": at.status}],
        "device": _device("Living room light", area),
    }
    curtains_config = {
        "~": curtains,
        "name": None,
        "uniq_id": "sim_living_curtains",
        "def_ent_id": "cover.living_room_curtains",
        "cmd_t": "~/set",
        "stat_t": "~/state",
        "pos_t": "~/position",
        "set_pos_t": "~/position/set",
        "dev_cla": "curtain",
        "avty_t": at.status,
        "dev": _short_device("Living room curtains", area),
    }
    speaker_config = {
        "name": "Living room speaker",
        "unique_id": "sim_speaker",
        "state_state_topic": f"{speaker}/state",
        "state_title_topic": f"{speaker}/title",
        "state_volume_topic": f"{speaker}/volume/state",
        "state_mute_topic": f"{speaker}/mute/state",
        "command_play_topic": f"{speaker}/play",
        "command_pause_topic": f"{speaker}/pause",
        "command_next_topic": f"{speaker}/next",
        "command_previous_topic": f"{speaker}/previous",
        "command_volume_topic": f"{speaker}/volume",
        "command_mute_topic": f"{speaker}/mute",
        "command_playmedia_topic": f"{speaker}/playmedia",
        "availability": {"topic": at.status},
        "device": _device("Living room speaker", area),
    }
    scene_config = {
        "name": "Movie night",
        "unique_id": "sim_movie_night",
        "command_topic": at.topic("scenes/movie"),
        "payload_on": "movie",
        "device": {"identifiers": ["sim-movie-night"], "suggested_area": area},
    }
    television_config = _zigbee_plug(at, television, "Television", area)
    return (
        JsonLight(at.config("light", "sim_living_light"), light_config, light, _white(178)),
        Shutter(at.config("cover", "sim_curtains"), curtains_config, curtains, travel_s=8),
        Speaker(at.config("media_player", "sim_speaker"), speaker_config, speaker),
        Plug(at.config("switch", "0xa4c1/switch"), television_config, television),
        Trigger(
            at.config("scene", "sim_movie"),
            scene_config,
            at.topic("scenes/movie"),
            "movie",
            ((f"{light}/set", '{"state":"ON","brightness":51}'), (f"{curtains}/set", "CLOSE")),
        ),
    )


def _white(brightness: int) -> dict[str, object]:
    return {"brightness": brightness, "color_mode": "color_temp", "color_temp": 370}


def _zigbee_plug(at: _Place, topic: str, name: str, area: str) -> dict[str, object]:
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
        "device": _device(name, area),
    }


def _kitchen(at: _Place) -> Sequence[Appliance]:
    area = "Kitchen"
    light, coffee, air = at.topic("kitchen/light"), at.topic("kitchen/coffee"), at.topic("air")
    light_config = {
        "~": light,
        "name": None,
        "uniq_id": "sim_kitchen_light",
        "def_ent_id": "light.kitchen",
        "cmd_t": "~/switch",
        "stat_t": "~/status",
        "bri_cmd_t": "~/brightness/set",
        "bri_stat_t": "~/brightness/status",
        "bri_scl": 100,
        "on_cmd_type": "first",
        "avty_t": at.status,
        "dev": _short_device("Kitchen light", area),
    }
    air_config = {
        "dev": _short_device("Kitchen air", area),
        "o": {"name": "example firmware"},
        "avty": [{"t": at.status}],
        "stat_t": f"{air}/state",
        "cmps": {
            "temperature": {
                "p": "sensor",
                "uniq_id": "sim_kitchen_temperature",
                "name": "Temperature",
                "dev_cla": "temperature",
                "unit_of_meas": "°C",
                "val_tpl": "{{ value_json.temperature | float | round(1) }}",
            },
            "humidity": {
                "p": "sensor",
                "uniq_id": "sim_kitchen_humidity",
                "name": "Humidity",
                "dev_cla": "humidity",
                "unit_of_meas": "%",
                "val_tpl": "{{ value_json['humidity'] }}",
            },
        },
    }
    coffee_config = _zigbee_plug(at, coffee, "Coffee machine", area)
    return (
        PlainLight(at.config("light", "sim_kitchen"), light_config, light, brightness=80),
        Plug(at.config("switch", "0xa4c2/switch"), coffee_config, coffee),
        Sensors(
            at.config("device", "sim_air"), air_config, air, {"temperature": 21.46, "humidity": 44}
        ),
    )


def _bedroom(at: _Place) -> Sequence[Appliance]:
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
        "device": _device("Bedroom light", area),
    }
    blind_config = {
        "device": _device("Bedroom blind", area),
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
        "dev": _short_device("Bedroom fan", area),
    }
    scene_config = {
        "name": "Good night",
        "unique_id": "sim_good_night",
        "command_topic": at.topic("scenes/night"),
        "device": {"identifiers": ["sim-good-night"], "suggested_area": area},
    }
    then = ((f"{light}/set", '{"state":"OFF"}'), (f"{blind}/set", "CLOSE"))
    return (
        JsonLight(at.config("light", "sim_bedroom"), light_config, light, _white(120)),
        Shutter(at.config("device", "sim_blind"), blind_config, blind, travel_s=6),
        Fan(at.config("fan", "sim_fan"), fan_config, fan),
        Trigger(
            at.config("scene", "sim_night"), scene_config, at.topic("scenes/night"), "ON", then
        ),
    )


def _hall(at: _Place) -> Sequence[Appliance]:
    area = "Hall"
    light, door, heat = at.topic("hall/light"), at.topic("hall/door"), at.topic("hall/heating")
    light_config = {
        "name": None,
        "unique_id": "sim_hall_light",
        "default_entity_id": "light.hall",
        "command_topic": f"{light}/switch",
        "state_topic": f"{light}/status",
        "availability_topic": at.status,
        "device": _device("Hall light", area),
    }
    door_config = {
        "name": None,
        "unique_id": "sim_front_door",
        "default_entity_id": "lock.front_door",
        "command_topic": f"{door}/set",
        "state_topic": f"{door}/state",
        "availability_topic": at.status,
        "device": _device("Front door", area),
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
        "dev": _short_device("Thermostat", area),
    }
    chime_config = {
        "name": "Door chime",
        "unique_id": "sim_chime",
        "command_topic": at.topic("hall/chime"),
        "payload_press": "DING",
        "device": {"identifiers": ["sim-chime"], "suggested_area": area},
    }
    chime = at.topic("hall/chime")
    return (
        PlainLight(at.config("light", "sim_hall"), light_config, light),
        Lock(at.config("lock", "sim_front_door"), door_config, door),
        Thermostat(at.config("climate", "sim_thermostat"), heat_config, heat),
        Trigger(at.config("button", "sim_chime"), chime_config, chime, "DING"),
    )


def _garage(at: _Place) -> Sequence[Appliance]:
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
        "device": _device("Garage door", area),
    }
    light_config = {
        "~": light,
        "name": None,
        "uniq_id": "sim_garage_light",
        "def_ent_id": "light.garage",
        "cmd_t": "~/switch",
        "stat_t": "~/status",
        "avty_t": at.status,
        "dev": _short_device("Garage light", area),
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
        "device": _device("Garage window", area),
    }
    config = at.config("binary_sensor", "sim_window")
    return (
        Shutter(at.config("cover", "sim_garage"), door_config, door, travel_s=12, positions=False),
        PlainLight(at.config("light", "sim_garage"), light_config, light),
        Sensors(config, window_config, window, {"open": "no"}),
    )
