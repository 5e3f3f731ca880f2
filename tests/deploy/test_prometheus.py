"""The rules, the scrape configuration and the dashboard, judged by a real Prometheus."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentd.brains import Propose
from tests.api.served import FORWARD, LIGHT_ON, Scripted, Served, scenario

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "agentd.rules.yml"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "agentd.json").read_text("utf-8"))
NAME = re.compile(r"\b(?:agentd|process)_[a-z_0-9]+\b")
WAIT_S = 30.0


def asked() -> list[str]:
    """Return every expression of the dashboard, its variables filled in as Grafana does."""
    found = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    found += [each["expr"] for each in DASHBOARD["annotations"]["list"]]
    filled = {"$__rate_interval": "1m", "$instance": ".*"}
    for name, value in filled.items():
        found = [each.replace(name, value) for each in found]
    return found


def test_the_dashboard_is_whole_and_asks_only_for_what_there_is(tmp_path: Path) -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 15
    spots = [panel["gridPos"] for panel in panels]
    cells = {
        (x, y)
        for spot in spots
        for x in range(spot["x"], spot["x"] + spot["w"])
        for y in range(spot["y"], spot["y"] + spot["h"])
    }
    assert len(cells) == sum(spot["w"] * spot["h"] for spot in spots), "panels overlap"
    assert max(x for x, _ in cells) < 24

    async def test(served: Served) -> None:
        await served.client.post("/api/say", json={"text": "light on"})
        page = (await served.client.get("/metrics")).text
        there = {*NAME.findall(page), "agentd_budget"}  # that one needs a budget
        for expression in (*asked(), RULES.read_text("utf-8").split("groups:")[1]):
            missing = set(NAME.findall(expression)) - there
            assert not missing, expression

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON)))


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize(
    "check", [("check", "config", "prometheus.yml"), ("test", "rules", "agentd.rules.test.yml")]
)
def test_promtool_accepts_the_configuration_and_the_alerts_fire(check: tuple[str, ...]) -> None:
    ran = subprocess.run(
        ["promtool", *check],
        cwd=DEPLOY / "prometheus",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@contextmanager
def prometheus(tmp_path: Path, target: str) -> Iterator[str]:
    """Run Prometheus with our own configuration, pointed at `target`; yield its address."""
    text = (DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace("127.0.0.1:8000", target).replace("15s", "1s"), "utf-8")
    (tmp_path / RULES.name).write_text(RULES.read_text("utf-8"), "utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    log = tmp_path / "prometheus.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                f"--web.listen-address={address}",
            ],
            stdout=out,
            stderr=out,
        )
        try:
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(20)


async def query(client: httpx.AsyncClient, expression: str) -> list[Any]:
    response = await client.get("/api/v1/query", params={"query": expression})
    body = response.json()
    assert body["status"] == "success", (expression, body)
    result: list[Any] = body["data"]["result"]
    return result


@pytest.mark.needs("prometheus")
def test_a_real_prometheus_scrapes_us_and_answers_every_panel(tmp_path: Path) -> None:
    async def test(served: Served) -> None:
        await served.client.post("/api/say", json={"text": "lamp on, go"})
        served.toys.gate.estop("ann", "test")
        target = served.url.removeprefix("http://")
        with prometheus(tmp_path, target) as url:
            async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as client:
                await scraped(client)
                for expression in asked():
                    await query(client, expression)
                (stage,) = await query(client, 'agentd_stage_seconds_count{stage="gate"}')
                assert float(stage["value"][1]) == 2
                await firing(client, "AgentdEmergencyStop")

    async def firing(client: httpx.AsyncClient, name: str) -> None:
        async with asyncio.timeout(WAIT_S):
            while not await query(client, f'ALERTS{{alertname="{name}", alertstate="firing"}}'):
                await asyncio.sleep(0.2)

    async def scraped(client: httpx.AsyncClient) -> None:
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    rows = await query(client, 'up{job="agentd"} == 1')
                except (httpx.TransportError, ValueError):
                    rows = []
                if rows:
                    return
                await asyncio.sleep(0.2)

    scenario(tmp_path, test, Scripted(Propose(LIGHT_ON), Propose(FORWARD)), seconds=2 * WAIT_S)
