"""Whether an announced device is there, by its own word.

Source: Home Assistant 2026.2, `components/mqtt/schemas.py`, and its documentation of
`availability_mode`: `all`, `any`, or `latest` (the default).
"""

from __future__ import annotations

from dataclasses import dataclass

from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.options import Options
from agentd.drivers.homeassistant.template import Template

MODES = ("all", "any", "latest")


@dataclass(frozen=True, slots=True)
class Sign:
    """What one availability topic says, and how."""

    template: Template
    available: str
    not_available: str


class Availability:
    """Folds what the availability topics say. Nobody is there until somebody said so."""

    def __init__(self, options: Options) -> None:
        self._mode = options.text("availability_mode", "latest")
        if self._mode not in MODES:
            raise DiscoveryError(f'"availability_mode" must be one of {", ".join(MODES)}')
        self._signs: dict[str, Sign] = {}
        if options.topic("availability_topic"):
            template = options.template("availability_template")
            self._add(options, "availability_topic", template)
        for row in options.rows("availability"):
            self._add(row, "topic", row.template("value_template"))
        self._said: dict[str, bool] = {}
        self._latest = False

    def _add(self, options: Options, key: str, template: Template) -> None:
        self._signs[options.needed_topic(key)] = Sign(
            template,
            options.text("payload_available", "online"),
            options.text("payload_not_available", "offline"),
        )

    @property
    def topics(self) -> tuple[str, ...]:
        """The topics to hear."""
        return tuple(self._signs)

    @property
    def available(self) -> bool:
        """Whether the device is there; always true for one that never says."""
        if not self._signs:
            return True
        if self._mode == "latest":
            return self._latest
        said = [self._said.get(topic, False) for topic in self._signs]
        return all(said) if self._mode == "all" else any(said)

    def hear(self, topic: str, payload: str) -> None:
        """Take note of a message on one of the topics."""
        sign = self._signs[topic]
        word = sign.template.render(payload)
        if word in (sign.available, sign.not_available):
            self._said[topic] = self._latest = word == sign.available

    def forget(self) -> None:
        """The broker is gone: what was said no longer holds."""
        self._said.clear()
        self._latest = False
