"""The group of all commands. A command's module is loaded when it is called: `--help` names every command, and loading
all of them would take four times as long."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

COMMANDS = {  # by their module in this folder, each with the first sentence of its help
    "organisation": {
        "init": "Make the organisation's root and its first admin, and print the admin's code.",
        "import": "Import a roster from a CSV or Excel file, all or nothing.",
        "invite": "Print a new enrolment code and its link for each person; earlier codes stop working.",
    },
    "assign": {
        "assign": "Assign a form to a unit: a file of yours, YAML or XLSForm, or the name of a form that comes with "
        "the program.",
    },
    "exports": {
        "export": "Write reports, one a row, as CSV or Excel: of --day, or --from a day --to another.",
        "summary": "Write a unit's figures of a day, as now and as at close.",
    },
    "records": {
        "verify": "Check every record against its seal; exit 1 and name what differs.",
        "erase": "Erase what a person wrote in a report or an incident: all its versions and files, for ever.",
        "backup": "Write a backup while the program runs, open and verify it; exit 1 if it differs from its seals.",
        "restore": "Restore a backup in place of a lost database; nothing is sent until --release decides.",
    },
    "operate": {
        "run": "Run the program: the clock, delivery, and the chat.",
        "demo": "Play a sample organisation's day in the browser.",
        "check": "Name everything an operator should fix before users notice; exit 1 if there is anything.",
        "clock": "Say whether the machine's clock jumped and is held; `confirm` says that it is right.",
        "plan": "List the next day's waves: when, how many messages, and how long each takes.",
    },
}


class Later(click.Command):
    """Stands for a command in `--help`. Once the module is loaded, the command itself takes its place."""

    def __init__(self, name: str, module: str, sentence: str) -> None:
        super().__init__(name, help=sentence)
        self._module = module

    def make_context(
        self, info_name: str | None, args: Sequence[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        import_module(f"bot.cli.{self._module}")
        return cli.commands[str(self.name)].make_context(info_name, list(args), parent, **extra)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zeroreport")
def cli() -> None:
    """Zero Report (零报告): an organisation's daily report and zero report, in chat."""


for _module, _commands in COMMANDS.items():
    for _name, _sentence in _commands.items():
        cli.add_command(Later(_name, _module, _sentence))
