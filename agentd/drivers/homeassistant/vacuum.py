"""Robots that go about on their own: a vacuum cleaner, a lawn mower.

Source: Home Assistant 2026.2, `components/mqtt/{vacuum,lawn_mower}.py`. It no longer reads
`battery_level` nor knows a `schema`; devices still send the one and announce the other.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from agentd.drivers.homeassistant import naming
from agentd.drivers.homeassistant.config import EntityConfig
from agentd.drivers.homeassistant.entity import Entity, Message, table
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.template import AS_IT_IS
from agentd.model import Choice, Kind, State, Value

TASKS: Mapping[str, str] = MappingProxyType(
    {
        "cleaning": "start",
        "mowing": "start",
        "returning": "dock",
        "docked": "dock",
        "paused": "pause",
        "idle": "stop",
        "error": "",
    }
)
"""What a robot may say that it does, and the task that this fulfils."""
UNDER_WAY = frozenset({"cleaning", "mowing", "returning"})
ALSO: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "docked": frozenset({"returning"}),
        "paused": frozenset({"idle"}),
        "idle": frozenset({"paused", "docked"}),
    }
)
"""What else is as good: on its way home, or at rest in another word."""
FEATURES = ("start", "stop", "return_home", "clean_spot")
"""What a vacuum can do that does not say (Home Assistant's default)."""
MOST_SPEEDS = 12
LONGEST_SPEED = 40


class Robot(Entity):
    """`task` is what it was last seen to do of what it can be told, `activity` its own word.

    It is done when it says so itself, "dock" also when it says that it is on its way. `moving` is
    the activity while it goes about, else empty; a robot with an error stands.
    """

    kind = Kind.VACUUM
    moves = True
    work: ClassVar[str]
    """Its own word for what `start` makes it do."""

    def expected(self, asked: Mapping[str, Value]) -> State:
        """Return the activity that fulfils the task; nothing that is reported for `locate`."""
        told = {"start": self.work, "pause": "paused", "stop": "idle", "dock": "docked"}
        wanted = dict(asked)
        if asked.get("task") in told:
            wanted["activity"] = told[str(wanted.pop("task"))]
        return wanted

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return the task's message."""
        return [self._task(str(asked["task"]))] if "task" in asked else []

    @abstractmethod
    def _task(self, task: str) -> Message:
        """Return the message that gives it this task."""

    def _close(self, name: str, wanted: Value, found: Value) -> bool:
        if name == "activity" and found in ALSO.get(str(wanted), ()):
            return True
        return super()._close(name, wanted, found)

    def _read_activity(self, said: str) -> State:
        if said not in TASKS:
            return {}
        moving = said if said in UNDER_WAY else ""
        return {"task": TASKS[said], "activity": said, "moving": moving}


class Vacuum(Robot):
    """A vacuum cleaner that reports JSON: `state`, and perhaps `battery_level`, `fan_speed`."""

    work = "cleaning"
    payloads: ClassVar[Mapping[str, tuple[str, str, str]]] = MappingProxyType(
        {
            "start": ("start", "payload_start", "start"),
            "pause": ("pause", "payload_pause", "pause"),
            "stop": ("stop", "payload_stop", "stop"),
            "dock": ("return_home", "payload_return_to_base", "return_to_base"),
            "locate": ("locate", "payload_locate", "locate"),
        }
    )
    """By task: the feature it needs, the key of its payload, and the payload if there is none."""

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        if options.text("schema", "state") != "state":
            raise DiscoveryError('a vacuum of another schema than "state" is not supported')
        self._topic = options.needed_topic("command_topic")
        features = options.words("supported_features", FEATURES)
        tasks = tuple(task for task, (needs, _, _) in self.payloads.items() if needs in features)
        if not tasks:
            raise DiscoveryError('"supported_features" holds nothing that it can be told')
        self._pauses_only = "pause" in tasks and "stop" not in tasks
        self.arguments["task"] = Choice(tasks)
        self._speed_topic = options.topic("set_fan_speed_topic")
        speeds = tuple(filter(_is_plain, options.words("fan_speed_list")))[:MOST_SPEEDS]
        if self._speed_topic and speeds and "fan_speed" in features:
            self.arguments["fan_speed"] = Choice(speeds)
        self._hear(options.topic("state_topic"), AS_IT_IS, self._read, ["activity", "fan_speed"])

    def encode(self, asked: Mapping[str, Value]) -> list[Message]:
        """Return how hard it shall suck, then the task."""
        speed = [(self._speed_topic, str(asked["fan_speed"]))] if "fan_speed" in asked else []
        return [*speed, *super().encode(asked)]

    def stop(self) -> list[Message]:
        """Return `stop`, also where it is not announced: it harms nobody, and may be all we have.

        A vacuum that can only be paused is paused.
        """
        return [self._task("pause" if self._pauses_only else "stop")]

    def _task(self, task: str) -> Message:
        _, key, payload = self.payloads[task]
        return self._topic, self.options.text(key, payload)

    def _read(self, text: str) -> State:
        said = table(text)
        if said is None:
            return {}
        found: dict[str, Value] = dict(self._read_activity(str(said.get("state"))))
        battery, speed = said.get("battery_level"), said.get("fan_speed")
        if isinstance(battery, int | float) and not isinstance(battery, bool) and battery >= 0:
            found["battery_pct"] = round(min(battery, 100))
        if isinstance(speed, str) and _is_plain(speed):
            found["fan_speed"] = speed
        return found


class LawnMower(Robot):
    """A lawn mower: a topic for each task. It has blades, so sending it out waits for a yes."""

    work = "mowing"
    commands: ClassVar[Mapping[str, str]] = MappingProxyType(
        {"start": "start_mowing", "pause": "pause", "dock": "dock"}
    )

    def __init__(self, config: EntityConfig) -> None:
        super().__init__(config)
        options = self.options
        topics = {
            task: options.topic(f"{word}_command_topic") for task, word in self.commands.items()
        }
        self._topics = {task: topic for task, topic in topics.items() if topic}
        if not self._topics:
            raise DiscoveryError('"start_mowing_command_topic" is missing')
        self.arguments["task"] = Choice(tuple(self._topics))
        self.confirm.add(("task", "start"))
        template = options.template("activity_value_template")
        topic = options.topic("activity_state_topic")
        self._hear(topic, template, self._read_activity, ["activity"])
        for word in self.commands.values():
            options.template(f"{word}_command_template")

    def stop(self) -> list[Message]:
        """Return `pause`, where it knows how: a mower has no word for stop."""
        return [self._task("pause")] if "pause" in self._topics else []

    def _task(self, task: str) -> Message:
        word = self.commands[task]
        return self._topics[task], self._command(f"{word}_command_template", word)


def _is_plain(word: str) -> bool:
    """Return whether an announced word may stand in a tool's schema and in an answer."""
    return 0 < len(word) <= LONGEST_SPEED and naming.clean(word) == word
