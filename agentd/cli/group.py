"""`agentd` itself: a table of commands, each in a module that is imported when it is used."""

from __future__ import annotations

import importlib

import click

from agentd import __version__

COMMANDS = {
    "run": ("agentd.cli.run:run", "Run the daemon."),
    "say": ("agentd.cli.say:say", "Say a sentence and watch it happen."),
    "devices": ("agentd.cli.devices:devices", "Show the devices and what is plugged in."),
    "tools": ("agentd.cli.tools:tools", "List the tools, or call one."),
    "stop": ("agentd.cli.control:stop", "Stop everything that moves, now."),
    "resume": ("agentd.cli.control:resume", "Let things move again after a stop."),
    "confirm": ("agentd.cli.control:confirm", "Say yes to a risky call that waits."),
    "schedule": ("agentd.cli.schedule:schedule", "Show what waits for its time, or cancel it."),
    "models": ("agentd.cli.models:models", "Fetch, import and measure local language models."),
    "keys": ("agentd.cli.keys:keys", "Make, list and revoke keys."),
    "doctor": ("agentd.cli.doctor:doctor", "Check everything and say how to mend it."),
}
"""Name: where the command is, and its line in the list."""


class _Commands(click.Group):
    """Looks commands up in the table above, in its order."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


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
