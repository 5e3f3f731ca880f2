"""What is plugged in, looked at from here when no daemon runs. Nothing is opened."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from agentd import catalogue
from agentd.catalogue.match import identify
from agentd.config import Discovery
from agentd.discovery.book import Sighting
from agentd.discovery.describe import describe
from agentd.discovery.scan import scan
from agentd.inference.accelerators import readiness_of


def plugged_in(settings: Discovery) -> list[dict[str, Any]]:
    """Return a row for each port, as the daemon shows them. Raises `ConfigError`."""
    families = catalogue.load(settings.devices_dirs)
    ports = scan(pin.path for pin in settings.pins).ports
    sightings = [Sighting(port, identify(port, families, settings.pins)) for port in ports]
    return [asdict(row) for row in describe(sightings, readiness_of)]
