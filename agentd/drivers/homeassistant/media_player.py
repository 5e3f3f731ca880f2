"""A speaker or a television, in the community's announcement for media players.

Home Assistant's own MQTT has no such component. Source: bkbilly/hass-mqtt-mediaplayer and the
publishers that agree with it (lnxlink, desktop and tablet agents).
"""

from __future__ import annotations

from collections.abc import Mapping

from agentd.drivers.homeassistant import naming
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, Words, number
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.template import AS_IT_IS
from agentd.model import Choice, Flag, Kind, Number, State, Text, Value

STATES = {"playing": True, "paused": False, "idle": False, "stopped": False, "off": False}
MUTED = {"true": True, "True": True, "ON": True, "on": True, "1": True}
NOT_MUTED = {"false": False, "False": False, "OFF": False, "off": False, "0": False}


class MediaPlayer(Entity):
    """Volume is 0 to 1 for some publishers and 0 to 100 for others.

    The announcement may say so with `volume_scale` (1 or 100), else the first report that can
    only be one of them decides; until then 0 to 1 is taken, which errs on the quiet side.
    """

    kind = Kind.MEDIA

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        topics = ("play", "pause", "volume", "mute", "next", "previous", "playmedia")
        self._topics = {name: self.options.topic(f"command_{name}_topic") for name in topics}
        self._topics["on"] = self.options.topic("command_turn_on_topic")
        self._topics["off"] = self.options.topic("command_turn_off_topic")
        self._scale = self.options.number("volume_scale", 0)
        if self._scale not in (0, 1, 100):
            raise DiscoveryError('"volume_scale" must be 1 or 100')
        self._offer()
        if not self.arguments:
            raise DiscoveryError("no command topic that a media player is known by")
        self._listen()
        self.tolerance["volume_pct"] = 1.0

    def _offer(self) -> None:
        has = {name for name, topic in self._topics.items() if topic}
        if {"play", "pause"} <= has:
            self.arguments["playing"] = Flag()
        if "volume" in has:
            self.arguments["volume_pct"] = Number(0, 100, "%", whole=True)
        if "mute" in has:
            self.arguments["muted"] = Flag()
        if {"on", "off"} <= has:
            self.arguments["on"] = Flag()
        skips = tuple(name for name in ("next", "previous") if name in has)
        if skips:
            self.arguments["skip"] = Choice(skips)
        if "playmedia" in has:
            self.arguments["media"] = Text()

    def _listen(self) -> None:
        topic = self.options.topic
        self._hear(topic("state_state_topic"), AS_IT_IS, self._read_state, ["playing", "on"])
        self._hear(topic("state_volume_topic"), AS_IT_IS, self._read_volume, ["volume_pct"])
        words = Words("muted", MUTED | NOT_MUTED)
        self._hear(topic("state_mute_topic"), AS_IT_IS, words, ["muted"])
        self._hear(topic("state_title_topic"), AS_IT_IS, self._read_title)

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return one message an argument: on, media, playing, volume, mute, skip."""
        messages: list[Message] = []
        if "on" in asked:
            name = "on" if asked["on"] else "off"
            messages.append(self._say(name, f"command_turn_{name}_payload", name.upper()))
        if "volume_pct" in asked:
            messages.append((self._topics["volume"], self._volume(asked["volume_pct"])))
        if "muted" in asked:
            messages.append((self._topics["mute"], "true" if asked["muted"] else "false"))
        if "media" in asked:
            messages.append((self._topics["playmedia"], str(asked["media"])))
        if "playing" in asked:
            name = "play" if asked["playing"] else "pause"
            messages.append(self._say(name, f"command_{name}_payload", name.title()))
        if "skip" in asked:
            name = str(asked["skip"])
            messages.append(self._say(name, f"command_{name}_payload", name.title()))
        return messages

    def expected(self, asked: Mapping[str, Value]) -> State:
        """What is played cannot be compared with what was asked for; that it plays can."""
        wanted = {name: value for name, value in asked.items() if name != "media"}
        return {"playing": True, **wanted} if "media" in asked else wanted

    def _say(self, name: str, key: str, default: str) -> Message:
        return self._topics[name], self.options.text(key, default)

    def _volume(self, percent: Value) -> str:
        share = percent if isinstance(percent, int | float) else 0
        return f"{share:g}" if self._scale == 100 else f"{share / 100:g}"

    def _read_state(self, text: str) -> State:
        if text not in STATES:
            return {}
        return {"playing": STATES[text], "on": text != "off"}

    def _read_volume(self, text: str) -> State:
        value = number(text)
        if value is None or value < 0:
            return {}
        if not self._scale and value > 1:
            self._scale = 100
        return {"volume_pct": round(min(100.0, value if self._scale == 100 else value * 100))}

    def _read_title(self, text: str) -> State:
        return {"title": naming.clean(text, naming.LONGEST_VALUE)}
