"""`agentd` itself: a table of commands, each in a module that is imported when it is used."""

from __future__ import annotations

import importlib

import click

from agentd import __version__

COMMANDS = {
    "run": "agentd.cli.run:run",
    "say": "agentd.cli.say:say",
    "devices": "agentd.cli.devices:devices",
    "tools": "agentd.cli.tools:tools",
    "stop": "agentd.cli.control:stop",
    "resume": "agentd.cli.control:resume",
    "confirm": "agentd.cli.control:confirm",
    "keys": "agentd.cli.keys:keys",
    "doctor": "agentd.cli.doctor:doctor",
}


class _Commands(click.Group):
    """Looks commands up in the table above, in its order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="agentd")
def agentd() -> None:
    """One sentence becomes one safe, verified physical action, on this machine.

    \b
    agentd run --simulate                     a home and a rover to try, nothing plugged in
    agentd say "dim the living room light to 30%"
    agentd stop                               stop everything that moves, now

    AGENTD_URL and AGENTD_KEY reach an agentd on another machine.
    """
