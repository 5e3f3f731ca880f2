"""Kitchen: a dimmable light, the coffee machine's plug, two sensors in one device."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.simulation.appliances import Appliance, PlainLight, Plug, Sensors
from agentd.simulation.rooms.place import Place, short_device, zigbee_plug


def kitchen(at: Place) -> Sequence[Appliance]:
    """Return the devices of the kitchen."""
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
        "dev": short_device("Kitchen light", area),
    }
    air_config = {
        "dev": short_device("Kitchen air", area),
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
    coffee_config = zigbee_plug(at, coffee, "Coffee machine", area)
    return (
        PlainLight(at.config("light", "sim_kitchen"), light_config, light, brightness=80),
        Plug(at.config("switch", "0xa4c2/switch"), coffee_config, coffee),
        Sensors(
            at.config("device", "sim_air"), air_config, air, {"temperature": 21.46, "humidity": 44}
        ),
    )
