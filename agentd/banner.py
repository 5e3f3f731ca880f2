"""The one screen a person sees at start: the address, the key, what is there, what to try."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from agentd import __version__
from agentd.config import Settings
from agentd.model import Device

TRY = (
    "dim the living room light to 30% and drive forward 20 cm",
    "把客厅灯调暗、拉上窗帘、播放轻音乐",
    "is the kitchen light on?",
)


def screen(
    *, settings: Settings, url: str, new_key: str | None, devices: Sequence[Device], latched: bool
) -> str:
    """Return the screen, ready to print."""
    program = command()
    rows = [
        ("address", f"{url}/v1   (any OpenAI client: base_url and key)"),
        (
            "key",
            f"{new_key}   (shown this once)"
            if new_key
            else f"made earlier; another: {program} keys create --name NAME --scope chat",
        ),
        ("attached", attached(devices)),
    ]
    if settings.mqtt.enabled:
        rows.append(("broker", _broker(settings)))
    if latched:
        rows.append(("stopped", f"the emergency stop is on; release it: {program} resume"))
    rows += [
        ("try" if not number else "", f'{program} say "{words}"')
        for number, words in enumerate(TRY)
    ]
    lines = [f"  {name:<9} {text}" for name, text in rows]
    return "\n".join((f"\nagentd {__version__}", *lines, "  Ctrl-C stops it.\n\n"))


def attached(devices: Sequence[Device]) -> str:
    """Return what is there in one line: robots by name, the home by count."""
    robots = [device.name for device in devices if device.moves and device.via != "mqtt"]
    home = [device for device in devices if device.via == "mqtt"]
    rooms = {device.area for device in home if device.area}
    parts = list(robots)
    if home:
        parts.append(f"{len(home)} devices in {len(rooms)} rooms over MQTT")
    return ", ".join(parts) or "nothing yet; plug something in, or see `agentd devices`"


def command() -> str:
    """Return what to type for `agentd` in this shell."""
    if shutil.which("agentd"):
        return "agentd"
    started = Path(sys.argv[0])
    if started.name != "agentd":
        return f"{sys.executable} -m agentd"
    here = Path.cwd()
    return str(started.relative_to(here)) if started.is_relative_to(here) else str(started)


def _broker(settings: Settings) -> str:
    where = f"{settings.mqtt.host}:{settings.mqtt.port}"
    if not settings.simulation.enabled:
        return where
    return f"{where}   (simulated; watch: mosquitto_sub -p {settings.mqtt.port} -t '#' -v)"
