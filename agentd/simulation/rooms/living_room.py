"""Living room: a colour light, curtains, a speaker, the television's plug, a scene."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.simulation.appliances import Appliance, JsonLight, Plug, Trigger
from agentd.simulation.movers import Shutter, Speaker
from agentd.simulation.rooms.place import Place, device, dimmed_white, short_device, zigbee_plug


def living_room(at: Place) -> Sequence[Appliance]:
    """Return the devices of the living room."""
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
        "device": device("Living room light", area),
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
        "dev": short_device("Living room curtains", area),
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
        "device": device("Living room speaker", area),
    }
    scene_config = {
        "name": "Movie night",
        "unique_id": "sim_movie_night",
        "command_topic": at.topic("scenes/movie"),
        "payload_on": "movie",
        "device": {"identifiers": ["sim-movie-night"], "suggested_area": area},
    }
    television_config = zigbee_plug(at, television, "Television", area)
    return (
        JsonLight(at.config("light", "sim_living_light"), light_config, light, dimmed_white(178)),
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
