"""Protocol names to openers: ours, and what other packages register under `agentd.drivers`."""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points
from typing import cast

from agentd.drivers import OpenDriver
from agentd.errors import ConfigError, nearest

BUILT_IN = {
    "firmata": "agentd.drivers.firmata.driver:open_firmata",
    "waveshare": "agentd.drivers.waveshare.driver:open_waveshare",
}
GROUP = "agentd.drivers"


def opener(protocol: str) -> OpenDriver:
    """Return the opener of `protocol`, imported on first use.

    Raises `ConfigError` with the nearest protocol names when there is none.
    """
    installed = {each.name: each for each in entry_points(group=GROUP)}
    if protocol in BUILT_IN:
        module, _, name = BUILT_IN[protocol].partition(":")
        return cast("OpenDriver", getattr(importlib.import_module(module), name))
    if protocol in installed:
        return cast("OpenDriver", installed[protocol].load())
    known = sorted({*BUILT_IN, *installed})
    near = nearest(protocol, known) or known
    raise ConfigError(f'unknown protocol "{protocol}"; known: {", ".join(near)}')
