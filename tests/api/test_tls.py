"""TLS with the owner's own certificate, made here by the real openssl."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from agentd import local
from agentd.api import tls
from agentd.api.server import HttpServer
from agentd.cli.client import Daemon
from agentd.config import Http
from agentd.errors import AgentdError, ConfigError
from tests.api.served import Served, scenario

pytestmark = pytest.mark.needs("openssl")


def certificate(folder: Path, name: str = "own", *more: str) -> tuple[str, str]:
    cert, key = folder / f"{name}.crt", folder / f"{name}.key"
    made = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=localhost"
    files = ["-keyout", str(key), "-out", str(cert), *(more or ("-nodes",))]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(["openssl", *made.split(), *names, *files], check=True, capture_output=True)
    return str(cert), str(key)


def test_every_door_speaks_tls_and_the_command_line_trusts_that_very_certificate(
    tmp_path: Path,
) -> None:
    cert, key = certificate(tmp_path)
    other, _ = certificate(tmp_path, "other")

    async def test(served: Served) -> None:
        assert served.url.startswith("https://")
        trusted = ssl.create_default_context(cafile=cert)
        url = f"https://localhost:{served.server.port}"
        async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
            answer = await client.get(f"{url}/healthz")
        assert answer.status_code == 200
        assert "max-age=" in answer.headers["strict-transport-security"]
        door = local.read(tmp_path)
        assert door is not None
        assert (door.url, door.certificate) == (served.url, cert)
        found = Daemon(door.url, door.token, door.certificate)
        devices = await asyncio.to_thread(found.ask, "GET", "/api/devices")
        assert devices["devices"]
        for wrong in (Daemon(door.url, door.token), Daemon(door.url, door.token, other)):
            with pytest.raises(AgentdError, match=r"(?i)certificate"):
                await asyncio.to_thread(wrong.ask, "GET", "/api/devices")

    scenario(tmp_path, test, tls_cert=cert, tls_key=key)


def test_old_tls_and_no_tls_get_nothing(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)

    async def test(served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert b"HTTP/1.1 200" not in await reader.read()
        writer.close()
        await writer.wait_closed()
        for version, works in (("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)):
            where = f"127.0.0.1:{served.server.port}"
            client = ["openssl", "s_client", version, "-cipher", "ALL:@SECLEVEL=0"]
            done = await asyncio.to_thread(
                subprocess.run, [*client, "-connect", where], capture_output=True, input=b""
            )
            assert (done.returncode == 0) == works, version

    scenario(tmp_path, test, tls_cert=cert, tls_key=key)


def test_files_that_do_not_fit_are_one_line_and_nothing_is_served_in_the_clear(
    tmp_path: Path,
) -> None:
    cert, key = certificate(tmp_path)
    _, other_key = certificate(tmp_path, "other")
    locked = certificate(tmp_path, "locked", "-passout", "pass:secret")
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"\x00rubbish")
    for http in (
        Http(tls_cert=cert),
        Http(tls_key=key),
        Http(tls_cert=str(tmp_path / "absent"), tls_key=key),
        Http(tls_cert=cert, tls_key=other_key),
        Http(tls_cert=key, tls_key=cert),
        Http(tls_cert=str(rubbish), tls_key=key),
        Http(tls_cert=locked[0], tls_key=locked[1]),
    ):
        with pytest.raises(ConfigError) as caught:
            tls.check(http)
        assert "\n" not in caught.value.line()
        assert "http.tls_cert" in caught.value.line()
    assert tls.check(Http()) is False

    async def test(served: Served) -> None:
        broken = served.house.settings.http.model_copy(update={"tls_cert": cert})
        settings = served.house.settings.model_copy(update={"http": broken})
        with pytest.raises(ConfigError):
            HttpServer(replace(served.house, settings=settings))

    scenario(tmp_path, test)
