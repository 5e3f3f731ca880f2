"""Garden: the valve of the irrigation, which counts its turns from 0 to 40."""

from __future__ import annotations

from collections.abc import Sequence

from agentd.simulation.appliances import Appliance
from agentd.simulation.movers import Valve
from agentd.simulation.rooms.place import Place, device


def garden(at: Place) -> Sequence[Appliance]:
    """Return the devices of the garden."""
    valve = at.topic("garden/valve")
    config = {
        "name": None,
        "unique_id": "sim_irrigation",
        "default_entity_id": "valve.irrigation",
        "command_topic": f"{valve}/set",
        "state_topic": f"{valve}/state",
        "reports_position": True,
        "position_open": 40,
        "payload_stop": "STOP",
        "device_class": "water",
        "availability_topic": at.status,
        "device": device("Irrigation valve", "Garden"),
    }
    return (Valve(at.config("valve", "sim_irrigation"), config, valve, travel_s=5, turns=40),)
