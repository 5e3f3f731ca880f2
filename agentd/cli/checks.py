"""What the doctor looks at. Each check tells what it found, and never changes anything."""

from __future__ import annotations

import importlib.util
import os
import platform
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from agentd import local
from agentd.api import tls
from agentd.api.server import bind
from agentd.brains import own_words
from agentd.cli.place import state_dir as find_state_dir
from agentd.cli.scan import plugged_in
from agentd.config import Settings, load, where
from agentd.errors import AgentdError
from agentd.store import Database
from agentd.store.database import FILE_NAME

OLDEST_PYTHON = (3, 11)
NEEDED = (
    "aiomqtt",
    "fastapi",
    "onnxruntime",
    "paho.mqtt",
    "pydantic",
    "serial",
    "pyudev",
    "usb",
    "uvicorn",
)
RULES_DIRS = ("/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
RULES_FIX = (
    "python3 -m agentd.catalogue.udev | sudo tee /etc/udev/rules.d/70-agentd.rules >/dev/null && "
    "sudo udevadm control --reload && sudo udevadm trigger"
)
BROKER_S = 3.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and how to mend it."""

    level: Literal["ok", "warn", "fail"]
    what: str
    fix: str = ""


def all_of(config: Path | None, state_dir: str | None) -> Iterator[Finding]:
    """Yield every finding; what needs the configuration is left out when that is not valid."""
    yield _python()
    yield _packages()
    try:
        settings = load(config)
    except AgentdError as error:
        yield Finding("fail", f"configuration: {error}", error.hint)
        return
    try:
        own_words.build(settings.words, partial(where, config))
    except AgentdError as error:
        yield Finding("fail", f"configuration: {error}", error.hint)
    else:
        yield Finding("ok", f"configuration: {config or 'built-in defaults'}")
    folder = find_state_dir(state_dir, str(config) if config else None)
    yield _store(folder)
    yield _port(settings, folder)
    yield _tls(settings)
    yield _broker(settings)
    yield _local_model(settings, folder)
    yield _rules()
    yield from _ports(settings)


def _python() -> Finding:
    what = f"Python {platform.python_version()} on {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        return Finding("fail", f"{what} is too old", "sudo apt-get install -y python3.11")
    return Finding("ok", what)


def _packages() -> Finding:
    missing = [name for name in NEEDED if not _there(name)]
    if missing:
        fix = f"`make run` in a checkout, or {sys.executable} -m pip install agentd"
        return Finding("fail", f"packages: {', '.join(missing)} missing", fix)
    return Finding("ok", "packages: all there")


def _there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _store(folder: Path) -> Finding:
    if not folder.exists():
        parent = next(each for each in folder.parents if each.exists())
        if os.access(parent, os.W_OK):
            return Finding("ok", f"state folder: {folder} will be made")
        fix = f"sudo install -d -m 0700 -o {_user()} {folder}"
        return Finding("fail", f"state folder: {folder} cannot be made", fix)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        fix = f"sudo chown -R {_user()} {folder}"
        return Finding("fail", f"state folder: {folder} is not writable", fix)
    if not (folder / FILE_NAME).exists():
        return Finding("ok", f"state folder: {folder} is writable")
    try:
        database = Database.open(folder)
    except AgentdError as error:
        return Finding("fail", f"state folder: {error}", error.hint)
    database.close()
    return Finding("ok", f"state folder: {folder}, the database opens")


def _port(settings: Settings, folder: Path) -> Finding:
    http = settings.http
    try:
        bind(http.host, http.port).close()
    except AgentdError as error:
        door = _running(folder)
        if door is not None and door.url.endswith(f":{http.port}"):
            return Finding("ok", f"port: agentd runs at {door.url}")
        return Finding("fail", f"port: {error}", error.hint)
    return Finding("ok", f"port: {http.port} on {http.host} is free")


def _tls(settings: Settings) -> Finding:
    http = settings.http
    try:
        if tls.check(http):
            return Finding("ok", f"tls: {http.tls_cert} and its key fit together")
    except AgentdError as error:
        return Finding("fail", f"tls: {error}", error.hint)
    if http.host in ("127.0.0.1", "::1", "localhost"):
        return Finding("ok", "tls: not used, and not needed on this machine alone")
    fix = "set http.tls_cert and http.tls_key, or put a proxy with TLS in front (docs/security.md)"
    return Finding("warn", f"tls: keys cross the network to {http.host} in the clear", fix)


def _running(folder: Path) -> local.LocalDoor | None:
    try:
        return local.read(folder)
    except PermissionError:
        return None


def _broker(settings: Settings) -> Finding:
    mqtt = settings.mqtt
    if not mqtt.enabled:
        return Finding("ok", "broker: not used (mqtt.enabled is false)")
    try:
        socket.create_connection((mqtt.host, mqtt.port), BROKER_S).close()
    except OSError as error:
        what = f"broker: none answers at {mqtt.host}:{mqtt.port} ({error.strerror or error})"
        return Finding("warn", what, "sudo apt-get install -y mosquitto, or set mqtt.host")
    return Finding("ok", f"broker: {mqtt.host}:{mqtt.port} answers")


def _local_model(settings: Settings, folder: Path) -> Finding:
    from agentd.inference.llm import engine, shelf  # noqa: PLC0415

    if "local" not in settings.brain.order:
        return Finding("ok", "local model: not used (brain.order does not name it)")
    try:
        shelf.need_packages()
        found = shelf.find(folder / "models", settings.brain.local_model)
        shelf.verify(found)
        engine.need_memory(found)
    except AgentdError as error:
        return Finding("fail", f"local model: {error}", error.hint)
    return Finding("ok", f"local model: {found}, undamaged, and there is memory for it")


def _rules() -> Finding:
    for folder in RULES_DIRS:
        found = sorted(Path(folder).glob("*agentd*.rules"))
        if found:
            return Finding("ok", f"udev rules: {found[0]}")
    return Finding("warn", "udev rules: not installed; ports may not be permitted", RULES_FIX)


def _ports(settings: Settings) -> Iterator[Finding]:
    """Yield what is missing for each thing plugged in, sticks' runtimes included."""
    try:
        rows = plugged_in(settings.discovery)
    except AgentdError as error:
        yield Finding("fail", f"device files: {error}", error.hint)
        return
    if not rows:
        yield Finding("ok", "ports: nothing plugged in")
    for row in rows:
        what = f"{row['path'] or row['port']}: {row['name']}"
        if not row["missing"]:
            yield Finding("ok", f"{what}: {row['state']}")
        for missing in row["missing"]:
            yield Finding("warn", f"{what}: {missing['what']}", missing["fix"])


def _user() -> str:
    return os.environ.get("USER") or str(os.getuid())
