"""A program that calls the timer's tool starts a timer, at every door."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentd.drivers.timer import TIMER
from tests.api.mcp_asks import call
from tests.api.mcp_asks import post as ask_mcp
from tests.api.served import Served, scenario
from tests.api.test_plugin_door import post as ask_plugin

EGGS = {"device": TIMER.id, "length_s": 600, "called": "eggs"}


@pytest.mark.parametrize("door", ["api", "plugin", "mcp"])
def test_the_ring_waits_for_its_time(tmp_path: Path, door: str) -> None:
    async def test(served: Served) -> None:
        served.toys.fleet.add(TIMER, served.toys.driver)
        if door == "api":
            answer = await served.client.post("/api/tools/ring_timer", json=EGGS)
        elif door == "plugin":
            answer = await ask_plugin(served, "ring_timer", EGGS)
        else:
            answer = await ask_mcp(served, call(("ring_timer", EGGS)))
        assert answer.status_code == 200
        assert "accepted" in answer.text
        (entry,) = served.house.schedule.entries()
        assert entry.call.arguments["called"] == "eggs"
        assert served.toys.driver.applied == []

    scenario(tmp_path, test)
