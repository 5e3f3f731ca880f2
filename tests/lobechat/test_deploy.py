"""The files in deploy/, each in front of a running server, with the program it is for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from agentd.brains import Propose, Say
from tests.api.served import FORWARD, Scripted, Served, chat, serve, until
from tests.peers.mosquitto import free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "robots.example"
SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
PIECE = "Well, this much I can say at once. " * 6


def program(name: str) -> str:
    return shutil.which(name, path=SBIN) or name


def nginx(tmp_path: Path, ours: int, port: int) -> list[str]:
    """Return the command of an nginx that holds the file in deploy/ as it is but for the ports."""
    server = (DEPLOY / "nginx.conf").read_text()
    assert server.count("listen 80;") == server.count("127.0.0.1:8000") == 1
    server = server.replace("listen 80;", f"listen 127.0.0.1:{port};")
    server = server.replace("127.0.0.1:8000", f"127.0.0.1:{ours}")
    (tmp_path / "site.conf").write_text(server)
    places = "\n".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off; {places}\ninclude {tmp_path}/site.conf; }}\n"
    )
    subprocess.run([program("nginx"), "-t", "-q", "-c", str(main)], check=True, timeout=20)
    return [program("nginx"), "-c", str(main)]


def caddy(tmp_path: Path, ours: int, port: int) -> list[str]:
    """Return the command of a Caddy that holds the file in deploy/ as it is but for the ports."""
    shipped = (DEPLOY / "Caddyfile").read_text()
    subprocess.run(
        [program("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"],
        env=home(tmp_path),
        check=True,
        capture_output=True,
        timeout=20,
    )
    shipped = shipped.replace("robots.example {", f"http://{NAME}:{port} {{\n\tbind 127.0.0.1")
    shipped = shipped.replace("127.0.0.1:8000", f"127.0.0.1:{ours}")
    file = tmp_path / "Caddyfile"
    file.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + shipped)
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


def home(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}


PROXIES = [
    pytest.param(nginx, marks=pytest.mark.needs("nginx")),
    pytest.param(caddy, marks=pytest.mark.needs("caddy")),
]
Command = Callable[[Path, int, int], list[str]]


@contextlib.asynccontextmanager
async def behind(
    command: Command, tmp_path: Path, brain: Scripted
) -> AsyncIterator[tuple[Served, httpx.AsyncClient, int]]:
    """Serve a house, and yield it with a client that knocks at the proxy in front of it."""
    port = free_port()
    async with serve(tmp_path, brain, public_url=f"https://{NAME}", keep_alive_s=600) as served:
        log = (tmp_path / "proxy.log").open("wb")
        process = await asyncio.create_subprocess_exec(
            *command(tmp_path, served.server.port, port), stderr=log, env=home(tmp_path)
        )
        log.close()
        try:
            await until(lambda: _open(port), 15)
            headers = served.headers() | {"host": NAME}
            async with httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=10, trust_env=False
            ) as client:
                yield served, client, port
        finally:
            process.terminate()
            await process.wait()


def _open(port: int) -> bool:
    with socket.socket() as knocking:
        return knocking.connect_ex(("127.0.0.1", port)) == 0


def scenario(command: Command, tmp_path: Path, brain: Scripted, test: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(40), behind(command, tmp_path, brain) as there:
            await test(*there)

    asyncio.run(main())


@pytest.mark.parametrize("command", PROXIES)
def test_a_stream_comes_through_piece_by_piece(tmp_path: Path, command: Command) -> None:
    brain = Scripted(Say(PIECE), Propose(FORWARD))

    async def test(served: Served, client: httpx.AsyncClient, port: int) -> None:
        served.toys.driver.hold = True
        text, early = "", ""
        request = client.stream("POST", "/v1/chat/completions", json=chat(stream=True))
        async with request as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                text += line
                if "at once" in line and not early:
                    early = text  # the rover has not even come to its end
                    assert not served.toys.driver.release.is_set()
                    served.toys.driver.release.set()
        assert early
        assert text.endswith("data: [DONE]")
        assert len(served.toys.driver.applied) == 1

    scenario(command, tmp_path, brain, test)


@pytest.mark.parametrize("command", PROXIES)
def test_a_page_that_closes_stops_the_motion_through_it(tmp_path: Path, command: Command) -> None:
    async def test(served: Served, client: httpx.AsyncClient, port: int) -> None:
        served.toys.driver.hold = True
        body = json.dumps(chat(stream=True)).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nhost: {NAME}\r\n"
            f"authorization: Bearer {served.key}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        async with asyncio.timeout(10):
            await served.toys.driver.moving.wait()
        halts = served.toys.driver.halts
        writer.close()
        await writer.wait_closed()
        await until(lambda: served.toys.driver.halts > halts)

    scenario(command, tmp_path, Scripted(Propose(FORWARD)), test)


@pytest.mark.parametrize("command", PROXIES)
def test_the_manifest_names_the_proxy(tmp_path: Path, command: Command) -> None:
    async def test(served: Served, client: httpx.AsyncClient, port: int) -> None:
        manifest = (await client.get("/manifest.json")).json()
        assert manifest["api"][0]["url"].startswith(f"https://{NAME}/api/plugin/")
        other = await client.get("/manifest.json", headers={"host": "evil.example"})
        assert "access-control-allow-origin" not in other.headers or other.status_code != 200

    scenario(command, tmp_path, Scripted(), test)


@pytest.mark.parametrize("command", PROXIES)
def test_the_figures_need_a_key_through_it(tmp_path: Path, command: Command) -> None:
    async def test(served: Served, client: httpx.AsyncClient, port: int) -> None:
        assert (await client.get("/metrics")).status_code == 200
        del client.headers["authorization"]
        assert (await client.get("/metrics")).status_code == 401

    scenario(command, tmp_path, Scripted(), test)


@pytest.mark.needs("docker-compose")
def test_the_compose_file_is_one_and_wants_a_key(tmp_path: Path) -> None:
    def config(**variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker-compose", "-f", str(DEPLOY / "compose.yaml"), "config"],
            env={**home(tmp_path), **variables},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    missing = config()
    assert missing.returncode != 0
    assert "agentd keys create --name lobechat" in missing.stderr
    found = config(AGENTD_KEY="agd_one", AGENTD_PLUGIN_KEY="agd_two")
    assert found.returncode == 0, found.stderr
    assert "OPENAI_API_KEY: agd_one" in found.stdout
    assert "PLUGIN_SETTINGS: agentd:AGENTD_TOKEN=agd_two" in found.stdout
    assert "host.docker.internal:host-gateway" in found.stdout
