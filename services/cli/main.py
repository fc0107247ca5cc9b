"""`blotter`: wires the commands. Each is read only when it is used, so that all start quickly."""

import sys
import traceback
from importlib import import_module

import click

EXIT_SOFTWARE = 70

_COMMANDS = {
    "backtest": "backtest",
    "check": "check",
    "emit": "emit",
    "explain": "explain",
    "export": "export",
    "import": "importing",
    "key": "key",
    "order": "order",
    "recheck": "recheck",
    "rules": "rules",
    "setup": "setup",
    "source": "source",
    "status": "status",
    "user": "user",
}


class _Commands(click.Group):
    """The commands, by name; the module of each holds it as `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"{__package__}.{_COMMANDS[cmd_name]}")
        found: click.Command = module.command
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Blotter: an audit log of a police department's use of AI.

    Settings come from the environment; `blotter COMMAND --help` names those that a command reads.
    """


def run() -> None:
    """The command: `main`, and where that fails unexpectedly one line and EX_SOFTWARE, so that a
    defect never looks like a finding."""
    try:
        main()
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"a defect in blotter: {type(error).__name__} at {where.name}, line {where.lineno}"
        click.echo(f"blotter: {text}; nothing after it was done", err=True)
        sys.exit(EXIT_SOFTWARE)


if __name__ == "__main__":
    run()
