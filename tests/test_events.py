"""The stream back up reaches everyone, and nobody can hold it up."""

from __future__ import annotations

import asyncio

from agentd.events import Bus, EStopReset, Event, StateReported
from agentd.model import Device, Kind
from agentd.state import States


def test_every_subscriber_gets_every_event_in_order() -> None:
    async def main() -> None:
        bus = Bus()
        with bus.subscribe() as one, bus.subscribe() as two:
            for name in "abc":
                bus.publish(EStopReset(by=name))
            for events in (one, two):
                got = [await anext(events) for _ in range(3)]
                assert [each.by for each in got if isinstance(each, EStopReset)] == ["a", "b", "c"]

    asyncio.run(main())


def test_a_reader_that_sleeps_loses_its_oldest_events_and_delays_nobody() -> None:
    async def main() -> None:
        bus = Bus()
        with bus.subscribe(size=2) as events:
            for name in "abcde":
                bus.publish(EStopReset(by=name))
            first = await anext(events)
            assert isinstance(first, EStopReset)
            assert (first.by, bus.dropped) == ("d", 3)
        bus.publish(EStopReset(by="nobody"))
        assert bus.dropped == 3

    asyncio.run(main())


def test_a_listener_that_raises_harms_no_other() -> None:
    bus = Bus()
    heard: list[Event] = []

    def broken(event: Event) -> None:
        raise RuntimeError("broken")

    bus.listen(broken)
    bus.listen(heard.append)
    bus.publish(EStopReset(by="a"))
    assert len(heard) == 1


def test_the_last_known_state_is_the_sum_of_what_was_reported() -> None:
    bus = Bus()
    states = States(bus)
    lamp = Device(id="lamp", name="Lamp", kind=Kind.LIGHT)
    bus.publish(StateReported(device_id=lamp.id, state={"on": True, "brightness_pct": 10}))
    bus.publish(StateReported(device_id=lamp.id, state={"brightness_pct": 20}))
    assert states.get(lamp.id) == {"on": True, "brightness_pct": 20}
    assert states.get("other") == {}
