"""Who lives here: announcements come, change and go, and devices with them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from agentd.drivers import Host
from agentd.drivers.homeassistant import naming
from agentd.drivers.homeassistant.availability import Availability
from agentd.drivers.homeassistant.components import COMPONENTS
from agentd.drivers.homeassistant.config import Announcement, EntityConfig, parse, parse_topic
from agentd.drivers.homeassistant.errors import DiscoveryError
from agentd.drivers.homeassistant.thing import Thing
from agentd.errors import LinkError
from agentd.transport.mqtt import MqttLink

log = logging.getLogger(__name__)

MOST_ENTITIES = 2000
MOST_PROBLEMS = 500

Aliases = Mapping[str, tuple[str, ...]]
Identity = tuple[str, str]


class Household:
    """Turns announcements into things. The latest announcement of a `unique_id` counts.

    An id, once given to a `unique_id`, stays with it while the daemon runs. `problems` holds, by
    topic, why an announcement is not used.
    """

    def __init__(self, link: MqttLink, prefix: str, host: Host, aliases: Aliases) -> None:
        self.things: dict[str, Thing] = {}
        self.problems: dict[str, str] = {}
        self._link = link
        self._prefix = prefix
        self._host = host
        self._aliases = aliases
        self._places: dict[str, dict[str, Identity]] = {}
        self._known: dict[Identity, Thing] = {}
        self._ids: dict[Identity, str] = {}
        self._payloads: dict[str, int] = {}

    @property
    def filters(self) -> tuple[str, str]:
        """Where announcements are made, without and with a node id."""
        return f"{self._prefix}/+/+/config", f"{self._prefix}/+/+/+/config"

    def connection(self, connected: bool) -> None:
        """Pass on that the broker was reached or lost."""
        for thing in self.things.values():
            thing.connection(connected)

    def announce(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take an announcement; what it is not about, or what we do not know, is ignored."""
        where = parse_topic(self._prefix, topic)
        if where is None or where.component not in {*COMPONENTS, "device"}:
            return
        if self._payloads.get(topic) == hash(payload):
            return
        self._payloads[topic] = hash(payload)
        try:
            announcement = parse(where, payload)
        except DiscoveryError as error:
            self._fold(topic, Announcement())
            self._complain(topic, str(error))
            return
        self.problems.pop(topic, None)
        if not payload.strip():
            del self._payloads[topic]
        self._fold(topic, announcement)

    def _fold(self, topic: str, announcement: Announcement) -> None:
        for key, reason in announcement.problems.items():
            self._complain(f"{topic}#{key}", reason)
        before = self._places.pop(topic, {})
        now: dict[str, Identity] = {}
        for config in announcement.entities:
            if config.component not in COMPONENTS:
                continue
            identity = (config.component, config.unique_id or config.key)
            try:
                self._settle_in(identity, config)
                self.problems.pop(config.key, None)
            except (DiscoveryError, LinkError) as error:
                self._complain(config.key, str(error))
                continue
            now[config.key] = identity
        for identity in set(before.values()) - set(now.values()):
            self._move_out(identity, "its announcement was withdrawn or cannot be used")
        if now:
            self._places[topic] = now

    def _settle_in(self, identity: Identity, config: EntityConfig) -> None:
        entity = COMPONENTS[config.component](config)
        availability = Availability(config.options)
        if identity not in self._known and len(self._known) >= MOST_ENTITIES:
            raise DiscoveryError(f"more than {MOST_ENTITIES} entities are announced")
        if identity not in self._ids:
            self._ids[identity] = self._free_id(naming.entity_id(config))
        device_id = self._ids[identity]
        device = entity.device(device_id, self._aliases.get(device_id, ()))
        self._leave_old_place(identity)
        self._host.attached(device)
        thing = Thing(entity, availability, device, self._host)
        self._known[identity] = self.things[device_id] = thing
        thing.connection(self._link.connected)
        for topic in thing.topics:
            self._link.subscribe(topic, thing.hear)

    def _leave_old_place(self, identity: Identity) -> None:
        """The same entity was announced before, here or elsewhere: this time counts."""
        if identity in self._known:
            self._unplug(identity)
            for places in self._places.values():
                for key in [key for key, other in places.items() if other == identity]:
                    del places[key]

    def _unplug(self, identity: Identity) -> None:
        thing = self._known.pop(identity, None)
        if thing is not None:
            thing.close()
            for topic in thing.topics:
                self._link.unsubscribe(topic, thing.hear)

    def _move_out(self, identity: Identity, reason: str) -> None:
        thing = self._known.get(identity)
        if thing is None:
            return
        self._unplug(identity)
        del self.things[thing.device.id]
        thing.connection(False)
        self._host.detached(thing.device.id, reason)

    def _free_id(self, wanted: str) -> str:
        taken, number, free = set(self._ids.values()), 1, wanted
        while free in taken:
            number += 1
            free = f"{wanted}_{number}"
        return free

    def _complain(self, place: str, reason: str) -> None:
        if self.problems.get(place) != reason and len(self.problems) < MOST_PROBLEMS:
            self.problems[place] = reason
            log.warning("%s is not used: %s", naming.clean(place, 200), naming.clean(reason, 200))
