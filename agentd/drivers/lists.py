"""Shopping and to-do lists, kept in agentd's own store: a device like any other, without a wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from agentd.drivers import Host
from agentd.drivers.homeassistant.naming import clean, slug
from agentd.errors import Reason, refuse
from agentd.model import Action, Device, Flag, Kind, Outcome, State, Status, Text, Value
from agentd.store import Lists

LONGEST_ENTRY: Final = 100
"""Characters of one entry."""
MOST_ENTRIES: Final = 200
_SHOWN: Final = 8
_Change = Callable[..., None]


def lists(named: Mapping[str, Sequence[str]]) -> list[Device]:
    """Return the lists of `config.toml` as devices; `named` is each one's name and other names."""
    found: dict[str, Device] = {}
    for number, (name, others) in enumerate(named.items(), 1):
        wanted = f"todo.{slug(name) or f'list_{number}'}"
        device_id = wanted if wanted not in found else f"{wanted}_{number}"
        found[device_id] = Device(
            id=device_id,
            name=name,
            kind=Kind.TODO,
            aliases=tuple(others),
            arguments={"add": Text(LONGEST_ENTRY), "remove": Text(LONGEST_ENTRY), "clear": Flag()},
            confirm=frozenset({("clear", True)}),
            via="lists",
        )
    return list(found.values())


class ListDriver:
    """Keeps the lists. `run` announces them; the state's `items` are the entries, one a line."""

    def __init__(self, devices: Sequence[Device], store: Lists, host: Host) -> None:
        self._devices = {device.id: device for device in devices}
        self._store = store
        self._host = host

    async def run(self) -> None:
        """Announce the lists with what is on them, and wait. Raises `StoreError`."""
        for device in self._devices.values():
            self._host.attached(device)
            self._host.report(device.id, _state(await self._entries(device)))
        await asyncio.Event().wait()

    async def apply(self, action: Action) -> Outcome:
        """Change one list and say what is on it then.

        Raises `RefusedError` for what is not one change, too much or not there, and `StoreError`.
        """
        device = self._devices[action.device_id]
        entries = await self._entries(device)
        asked = {name: value for name, value in action.arguments.items() if value is not False}
        if len(asked) != 1:
            why = f"{device.name}: add, remove or clear, one at a time."
            raise refuse(Reason.BAD_ARGUMENT, why, accepted="add, remove or clear")
        ((name, said),) = asked.items()
        if name == "clear":
            return await self._changed(device, {"clear": True}, self._store.clear)
        entry = clean(str(said), LONGEST_ENTRY)
        return await (self._add if name == "add" else self._remove)(device, entry, entries)

    def halt(self) -> None:
        """Nothing here moves."""

    def close(self) -> None:
        """There is no wire to let go of."""

    async def _add(self, device: Device, entry: str, entries: Sequence[str]) -> Outcome:
        if not entry:
            raise refuse(Reason.BAD_ARGUMENT, "An entry needs at least one character.", value=entry)
        if any(each.casefold() == entry.casefold() for each in entries):
            return Outcome(Status.DONE, {"already": entry, "entries": len(entries)})
        if len(entries) >= MOST_ENTRIES:
            why = f"{device.name} is full: it holds {MOST_ENTRIES} entries."
            raise refuse(Reason.BAD_ARGUMENT, why, value=entry, accepted=f"{MOST_ENTRIES} entries")
        return await self._changed(device, {"add": entry}, self._store.add, entry)

    async def _remove(self, device: Device, entry: str, entries: Sequence[str]) -> Outcome:
        meant = _meant(entry, entries)
        if len(meant) != 1:
            shown = ", ".join((meant or entries)[:_SHOWN]) or "nothing"
            why = "Which one?" if meant else f'"{entry}" is not on {device.name}.'
            raise refuse(Reason.NOT_THERE, f"{why} There is: {shown}.", value=entry, accepted=shown)
        return await self._changed(device, {"remove": meant[0]}, self._store.remove, meant[0])

    async def _changed(
        self, device: Device, told: Mapping[str, Value], change: _Change, *entry: str
    ) -> Outcome:
        """Write the change and read it back: what is told is what is on disk."""
        await asyncio.to_thread(change, device.name, *entry)
        state = _state(await self._entries(device))
        self._host.report(device.id, state)
        return Outcome(Status.DONE, {**told, **state})

    async def _entries(self, device: Device) -> list[str]:
        return await asyncio.to_thread(self._store.entries, device.name)


def _state(entries: Sequence[str]) -> State:
    return {"entries": len(entries), "items": "\n".join(entries)}


def _meant(said: str, entries: Sequence[str]) -> list[str]:
    """Return the entry that `said` is, else all that hold every word of it: "milk", "oat milk"."""
    same = [each for each in entries if each.casefold() == said.casefold()]
    words = _words(said)
    return same or [each for each in entries if words and words <= _words(each)]


def _words(text: str) -> frozenset[str]:
    """Return the words without their plural, Chinese ones by character."""
    spaced = "".join(f" {each} " if "\u4e00" <= each <= "\u9fff" else each for each in text)
    return frozenset(each.removesuffix("s") or each for each in spaced.casefold().split())
