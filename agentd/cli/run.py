"""`agentd run`: the daemon itself."""

from __future__ import annotations

from pathlib import Path

import click

from agentd.errors import AgentdError


@click.command(
    epilog="""\b
Examples:
  agentd run --simulate
  agentd run --config /etc/agentd/config.toml
  agentd run --port 8001 --state-dir ./second --broker 192.168.1.10:1883
"""
)
@click.option(
    "--config", envvar="AGENTD_CONFIG", metavar="FILE", help="Settings; without it, the defaults."
)
@click.option("--simulate", is_flag=True, help="Bring up a simulated home and rover as well.")
@click.option("--host", metavar="HOST", help="Address to listen on (127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (8000; 0: any).")
@click.option("--state-dir", metavar="DIR", help="Folder for keys, audit and the e-stop latch.")
@click.option("--broker", metavar="HOST[:PORT]", help="MQTT broker to connect to.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="(info)"
)
def run(
    config: str | None,
    simulate: bool,
    host: str | None,
    port: int | None,
    state_dir: str | None,
    broker: str | None,
    log_level: str | None,
) -> None:
    """Run the daemon until it is stopped with Ctrl-C or SIGTERM."""
    import asyncio  # noqa: PLC0415
    import os  # noqa: PLC0415

    from agentd import logs, pace  # noqa: PLC0415
    from agentd.config import load  # noqa: PLC0415

    asked = {
        "AGENTD_HTTP_HOST": host,
        "AGENTD_HTTP_PORT": None if port is None else str(port),
        "AGENTD_DAEMON_STATE_DIR": state_dir,
        "AGENTD_DAEMON_LOG_LEVEL": log_level,
        "AGENTD_SIMULATION_ENABLED": "true" if simulate else None,
        **_broker(broker),
    }
    flags = {name: value for name, value in asked.items() if value is not None}
    path = Path(config) if config else None
    settings = load(path, {**os.environ, **flags})
    _must_be_alone(settings.state_dir())
    logs.start(settings.daemon.log_level)
    # The whole daemon is brought in last, so that a mistake is told at once.
    from agentd.app import run as live  # noqa: PLC0415

    with asyncio.Runner(loop_factory=pace.new_loop) as runner:
        runner.run(live(settings, config_path=path))


def _must_be_alone(state_dir: Path) -> None:
    """Raise `AgentdError` when a daemon runs on `state_dir`: two would share a stop latch."""
    from agentd import local  # noqa: PLC0415

    door = local.read(state_dir)
    if door is not None:
        raise AgentdError(
            f"agentd already runs on {state_dir}, at {door.url} (process {door.pid}).",
            hint="Stop it, or give this one its own --state-dir and --port.",
        )


def _broker(broker: str | None) -> dict[str, str]:
    """Return what `--broker HOST[:PORT]` sets. Raises `AgentdError` for a bad port."""
    if not broker:
        return {}
    host, colon, port = broker.rpartition(":") if ":" in broker else (broker, "", "")
    if colon and not (port.isdecimal() and 0 < int(port) < 65536):
        raise AgentdError(f"--broker {broker}: the port must be 1 to 65535.")
    found = {"AGENTD_MQTT_ENABLED": "true", "AGENTD_MQTT_HOST": host}
    return found | ({"AGENTD_MQTT_PORT": port} if colon else {})
