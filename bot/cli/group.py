"""The group of all commands. A command's module is loaded when it is called: `--help` names every command, and loading
all of them would take four times as long."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from bot.cli.spoken import Command, Group, Option, _

COMMANDS = {  # by their module in this folder, each with its help
    "organisation": {
        "init": _("Create the organisation and its first admin, and print the admin’s enrolment code."),
        "invite": _("Print a new enrolment code and link for each person; earlier codes stop working."),
    },
    "rosters": {
        "import": _("Import a roster from a CSV or Excel file: all of it or nothing."),
        "undo-import": _("Undo the last import of the command line, within an hour. Later changes are kept."),
    },
    "assign": {
        "assign": _(
            "Create a task: give a form to a unit. The form is a file of yours (YAML or XLSForm) or the name of one "
            "that comes with the program."
        ),
    },
    "exports": {
        "export": _(
            "Export reports as CSV or Excel, one report a row: of one day (--day) or of several (--from and --to). "
            "With --roster, export the people instead."
        ),
        "summary": _("Print a unit’s figures for a day as JSON, as now and as at close."),
    },
    "records": {
        "verify": _("Check every record against its seal and list what differs; the exit code is then 1."),
        "erase": _(
            "Permanently erase what a person wrote in a report, an incident or a question, with all its versions and "
            "files; of a notice or survey (notice:12, survey:12) what they sent, or answered in words. The erasure and "
            "its reason stay on record, and every seal stays valid."
        ),
        "backup": _(
            "Make a backup while the program runs, then open and verify it; the exit code is 1 if it differs from "
            "its seals."
        ),
        "restore": _("Restore a backup in place of a lost database. Nothing is sent until you decide with --release."),
    },
    "operate": {
        "run": _("Run the program: the clock, message delivery and the chat in the browser."),
        "demo": _("Play a sample organisation’s day in the browser."),
        "check": _("List everything an operator should fix before users notice; the exit code is then 1."),
        "clock": _("Say whether the machine’s clock jumped and is on hold; “clock confirm” says that it is right."),
        "plan": _("List the next day’s openings: when, how many messages, and how long each takes."),
    },
}
HELP = {name: sentence for commands in COMMANDS.values() for name, sentence in commands.items()}


class Later(Command):
    """Stands for a command in `--help`. Once the module is loaded, the command itself takes its place."""

    def __init__(self, name: str, module: str) -> None:
        super().__init__(name, help=HELP[name])
        self._module = module

    def make_context(
        self, info_name: str | None, args: Sequence[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        import_module(f"bot.cli.{self._module}")
        return cli.commands[str(self.name)].make_context(info_name, list(args), parent, **extra)


class Commands(Group):
    """The group, which gives each command its help."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        cmd.help = HELP[name or str(cmd.name)]
        super().add_command(cmd, name)


@click.group(
    cls=Commands,
    help=_("Zero Report: an organisation’s daily report and zero report, in chat."),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(package_name="zeroreport", cls=Option, help=_("Show the version and exit."))
def cli() -> None:
    """Hold every command."""


for _module, _commands in COMMANDS.items():
    for _name in _commands:
        cli.add_command(Later(_name, _module))
