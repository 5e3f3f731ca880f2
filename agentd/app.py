"""The only place where rooms are built and wired, and the order in which they start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from agentd import banner, catalogue, pace
from agentd.agent import Agent
from agentd.api.house import House
from agentd.api.server import HttpServer
from agentd.brains import Turn, own_words
from agentd.brains.ahead import keep_ahead
from agentd.brains.own_words import OwnWords
from agentd.brains.router import build_brain
from agentd.config import Mqtt, Pin, Settings, Timers, where
from agentd.discovery import describe
from agentd.discovery.book import Change, Seen
from agentd.discovery.describe import Missing
from agentd.discovery.watch import Watch
from agentd.drivers.homeassistant.driver import HomeDriver
from agentd.drivers.lists import ListDriver, lists
from agentd.drivers.timer import TimerDriver
from agentd.events import Bus, PartChanged
from agentd.fleet import Fleet
from agentd.fleet.bay import Bay
from agentd.fleet.fleet import DriverHost
from agentd.guests.brain import guest_brains
from agentd.home import MqttDoor
from agentd.inference import accelerators
from agentd.metrics import Look, Metrics
from agentd.model import Asker
from agentd.safety import Gate
from agentd.schedule import Schedule
from agentd.service import Notifier
from agentd.simulation.home import CHINESE_NAMES
from agentd.simulation.process import Address, simulated_world
from agentd.state import States
from agentd.store import Agenda, Audit, Database, Keys, Lists
from agentd.supervise import Parts
from agentd.tools import Toolbox
from agentd.transport.mqtt import MqttLink
from agentd.usage import Ledger, Meter

log = logging.getLogger(__name__)

STOP_S = 1.5
"""How long the parts have to end after SIGTERM; motion has been stopped before."""
SETTLE_S = 5.0
QUIET_S = 0.3
SIMULATED_DEVICES = 12
"""The first screen waits this long, for a pause this long, once there are this many devices."""
SIMULATED_LISTS = {"Shopping list": ("购物清单",)}
Part = Callable[[], Awaitable[None]]


class Daemon:
    """Every room of one running daemon, wired. Build it on the event loop."""

    def __init__(self, settings: Settings, database: Database, own: OwnWords) -> None:
        self.settings = settings
        self.bus = Bus()
        self.states = States(self.bus)
        self.parts = Parts(self.bus)
        self.fleet = Fleet(self.bus)
        self.ledger = Ledger(database, settings.budgets, keep_days=settings.store.audit_days)
        self.keys = Keys(database)
        self.gate = Gate(
            fleet=self.fleet,
            bus=self.bus,
            states=self.states,
            settings=settings.safety,
            latch_path=settings.state_dir() / "estop.json",
            purse=self.ledger,
            vouch=self.keys.vouches,
        )
        self.toolbox = Toolbox(self.gate, self.states, self.bus)
        self.brain = build_brain(settings.brain, self.bus, settings.state_dir() / "models", own)
        self.schedule = Schedule(self.toolbox, self.states, Agenda(database))
        self.agent = Agent(
            brain=self.brain,
            toolbox=self.toolbox,
            states=self.states,
            schedule=self.schedule,
            meter=Meter(self.bus, self.ledger),
            guest_brain=guest_brains(self.brain),
        )
        self.audit = Audit(database, self.bus, settings.store.audit_days)
        self.catalogue = catalogue.load(settings.discovery.devices_dirs)
        self.watch = Watch(settings.discovery, self.catalogue)
        self.bay = Bay(self.fleet, self.bus)
        self.home: HomeDriver | None = None
        self.database = database
        self.metrics = Metrics(self.bus, self._look(database))
        self.server = HttpServer(self._house())

    def work(self) -> dict[str, Part]:
        """Return every part that runs as long as the daemon, by name."""
        work: dict[str, Part] = {
            "http": self.server.run,
            "schedule": self._keep_schedule,
            "usage": self.ledger.keep,
        }
        if self.settings.discovery.enabled:
            work["discovery"] = lambda: self.watch.run(self._on_change)
        if self.settings.mqtt.enabled:
            work |= self._mqtt_work()
        return work | self._own_work()  # last: the MQTT door shall hear of them

    async def _keep_schedule(self) -> None:
        """Give what is attached a moment to say that it is there, then run what is due."""
        await asyncio.sleep(SETTLE_S)
        await self.schedule.keep()

    def unspoken(self) -> Turn:
        """Return a turn of one who may touch everything, before a word is said."""
        asker = Asker(who="agentd", door="inside")
        devices, tools = self.toolbox.devices(asker), self.toolbox.openai_tools(asker)
        return Turn(words="", asker=asker, devices=devices, tools=tools)

    def stop_motion(self) -> None:
        """Put the stop bytes on every wire, before anything else ends."""
        self.gate.halt_all()

    async def close(self) -> None:
        """Let go of every wire and thread."""
        await self.bay.close()
        await self.brain.close()
        self.server.close()
        self.ledger.flush()
        self.audit.flush()

    def _own_work(self) -> dict[str, Part]:
        """Return what answers for the devices that need no wire."""
        own: dict[str, Part] = {}
        if self.settings.lists:
            host = DriverHost(self.fleet)
            kept = ListDriver(lists(self.settings.lists), Lists(self.database), host)
            host.bind(kept)
            own["lists"] = kept.run
        if self.settings.timers.enabled:
            host = DriverHost(self.fleet)
            timer = TimerDriver(host)
            host.bind(timer)
            own["timer"] = timer.run
        return own

    def _mqtt_work(self) -> dict[str, Part]:
        # The embedded broker speaks 3.1.1 only, and an offer of 5 would wait for its time-out.
        first: Literal["5", "3.1.1"] = "3.1.1" if self.settings.simulation.enabled else "5"
        link = MqttLink(self.settings.mqtt, self.settings.daemon.node, first=first)
        host = DriverHost(self.fleet)
        self.home = HomeDriver(link, self.settings.mqtt, host, self._aliases())
        host.bind(self.home)
        door = MqttDoor(
            link=link,
            agent=self.agent,
            toolbox=self.toolbox,
            gate=self.gate,
            states=self.states,
            bus=self.bus,
            settings=self.settings,
        )
        link.watch(self._on_broker)
        return {"mqtt": link.run, "home": self.home.run, "mqtt door": door.run}

    def _aliases(self) -> dict[str, tuple[str, ...]]:
        named = dict(CHINESE_NAMES) if self.settings.simulation.enabled else {}
        return named | self.settings.mqtt.aliases

    def _problems(self) -> list[str]:
        """Return what was left out, file by file and topic by topic, and why."""
        topics = self.home.problems if self.home else {}
        files = (*self.catalogue.problems, *own_words.problems(self.catalogue.specs.values()))
        return [*files, *(f"{topic}: {why}" for topic, why in topics.items())]

    def _house(self) -> House:
        return House(
            settings=self.settings,
            bus=self.bus,
            states=self.states,
            gate=self.gate,
            toolbox=self.toolbox,
            agent=self.agent,
            schedule=self.schedule,
            keys=self.keys,
            audit=self.audit,
            ledger=self.ledger,
            metrics=self.metrics,
            ports=self._ports,
            problems=self._problems,
            parts=self.parts.all,
        )

    def _look(self, database: Database) -> Look:
        return Look(
            devices=lambda: self.gate.devices,
            states=self.states.all,
            unarmed=self.gate.unarmed,
            latched=lambda: self.gate.latched,
            parts=self.parts.all,
            brains=self.brain.figures,
            queues=lambda: {
                "streams": self.server.streams,
                "confirmations": len(self.gate.pending()),
                "schedule": len(self.schedule.entries()),
                "events": self.bus.waiting,
                "store": database.waiting,
            },
            dropped=lambda: self.bus.dropped,
            used=self.ledger.today,
            budget=self.ledger.budget,
        )

    def _ports(self) -> list[dict[str, Any]]:
        rows = describe.describe(self.watch.sightings, accelerators.readiness_of)
        return [asdict(self._as_it_works(row)) for row in rows]

    def _as_it_works(self, row: describe.Row) -> describe.Row:
        """Say of a port that was recognised, but does not answer, that it does not."""
        trouble = self.bay.trouble(row.port)
        if not trouble:
            return row
        return replace(row, state="degraded", missing=(*row.missing, Missing(trouble, "")))

    def _on_broker(self, connected: bool, reason: str) -> None:
        state = "ready" if connected else "degraded"
        self.bus.publish(PartChanged(part="broker", state=state, reason=reason))

    def _on_change(self, change: Change) -> None:
        sighting = change.sighting
        if not isinstance(change, Seen) or sighting.spec is None:
            self.bay.undock(sighting.port.id)
        elif change.attach_anew:
            self.bay.dock(sighting.port.id, sighting.port.node, sighting.spec, sighting.pin)
        self.bus.publish(describe.event(change, accelerators.readiness_of))


async def run(settings: Settings, *, config_path: Path | None) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises `AgentdError` when it cannot start."""
    own = own_words.build(settings.words, partial(where, config_path))
    async with _world(settings) as lived_in:
        database = Database.open(lived_in.state_dir())
        try:
            await _live(Daemon(lived_in, database, own), config_path)
        finally:
            database.close()


@contextlib.asynccontextmanager
async def _world(settings: Settings) -> AsyncIterator[Settings]:
    """Yield the settings to run with: with a simulated world beside what is real, if asked."""
    if not settings.simulation.enabled:
        yield settings
        return
    folder = settings.state_dir() / "simulation"
    async with simulated_world(folder, settings.simulation.broker_port) as address:
        yield _with_world(settings, address)


def _with_world(settings: Settings, address: Address) -> Settings:
    rover = Pin(path=address.rover, device="waveshare-ugv")
    discovery = settings.discovery.model_copy(update={"pins": (*settings.discovery.pins, rover)})
    mqtt = Mqtt(
        **settings.mqtt.model_dump()
        | {
            "enabled": True,
            "host": "127.0.0.1",
            "port": address.broker_port,
            "tls": False,
            "username": "",
            "password": "",
        }
    )
    lived_in = {
        "discovery": discovery,
        "mqtt": mqtt,
        "lists": settings.lists or SIMULATED_LISTS,
        "timers": Timers(enabled=True),
    }
    return settings.model_copy(update=lived_in)


async def _live(daemon: Daemon, config_path: Path | None) -> None:
    """Start every part, wait for a signal, stop motion first and then the rest."""
    notifier = Notifier()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    new_key = _first_key(daemon)
    tasks = [
        asyncio.create_task(daemon.parts.keep(name, run), name=name)
        for name, run in daemon.work().items()
    ]
    tasks += [
        asyncio.create_task(_warm_up(daemon)),
        asyncio.create_task(notifier.feed_watchdog()),
        asyncio.create_task(_greet(daemon, notifier, new_key, config_path)),
    ]
    try:
        await stop.wait()
    finally:
        daemon.stop_motion()
        notifier.stopping()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=STOP_S)
        await daemon.close()


def _first_key(daemon: Daemon) -> str | None:
    """Make the first key where a person will see it once; a journal keeps what it is told."""
    if "JOURNAL_STREAM" in os.environ:
        if not daemon.keys.list():
            log.info(
                "no keys yet; make one: sudo -u agentd agentd keys create --name NAME --scope chat"
            )
        return None
    return daemon.keys.create_first()


async def _warm_up(daemon: Daemon) -> None:
    try:
        await daemon.brain.warm_up()
    except Exception:  # the first sentence is slower then, or says what is wrong
        log.exception("the brain could not be prepared")
    pace.settle()
    try:
        await keep_ahead(daemon.brain, daemon.bus, daemon.unspoken)
    except Exception:  # the same
        log.exception("nothing is read ahead any more")


async def _greet(
    daemon: Daemon, notifier: Notifier, new_key: str | None, config_path: Path | None
) -> None:
    """Tell systemd that we are ready, and a person at a terminal what there is to try."""
    if daemon.settings.simulation.enabled:
        await _until_settled(daemon)
    notifier.ready(f"listening on {daemon.server.url}")
    log.info(
        "ready: %s, %d devices, settings from %s",
        daemon.server.url,
        len(daemon.fleet.devices),
        config_path or "defaults",
    )
    if new_key or os.isatty(sys.stdout.fileno()) or daemon.settings.simulation.enabled:
        sys.stdout.write(
            banner.screen(
                settings=daemon.settings,
                url=daemon.server.url,
                new_key=new_key,
                devices=daemon.gate.devices,
                latched=daemon.gate.latched,
            )
        )
        sys.stdout.flush()


async def _until_settled(daemon: Daemon) -> None:
    """Wait, bounded, until the simulated devices have announced themselves."""
    known = -1
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_S):
            while known < SIMULATED_DEVICES or known < len(daemon.fleet.devices):
                known = len(daemon.fleet.devices)
                await asyncio.sleep(QUIET_S)
