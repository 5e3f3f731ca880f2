"""Which class reads which announced component."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from agentd.drivers.homeassistant.climate import Climate
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.cover import Cover
from agentd.drivers.homeassistant.entity import Entity
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.fan import Fan
from agentd.drivers.homeassistant.light_default import DefaultLight
from agentd.drivers.homeassistant.light_json import JsonLight
from agentd.drivers.homeassistant.lock import Lock
from agentd.drivers.homeassistant.media_player import MediaPlayer
from agentd.drivers.homeassistant.sensor import BinarySensor, Sensor
from agentd.drivers.homeassistant.siren import Siren
from agentd.drivers.homeassistant.switch import Switch
from agentd.drivers.homeassistant.triggers import Button, Scene
from agentd.drivers.homeassistant.vacuum import LawnMower, Vacuum
from agentd.drivers.homeassistant.valve import Valve


def light(config: EntityConfig) -> Entity:
    """Return the light for the announced schema."""
    schema = config.options.text("schema", "basic")
    if schema == "json":
        return JsonLight(config)
    if schema in ("basic", "default"):
        return DefaultLight(config)
    raise DiscoveryError(f'the light schema "{schema[:40]}" is not supported')


COMPONENTS: Mapping[str, Callable[[EntityConfig], Entity]] = MappingProxyType(
    {
        "light": light,
        "switch": Switch,
        "siren": Siren,
        "cover": Cover,
        "valve": Valve,
        "vacuum": Vacuum,
        "lawn_mower": LawnMower,
        "climate": Climate,
        "fan": Fan,
        "lock": Lock,
        "scene": Scene,
        "button": Button,
        "media_player": MediaPlayer,
        "sensor": Sensor,
        "binary_sensor": BinarySensor,
    }
)
