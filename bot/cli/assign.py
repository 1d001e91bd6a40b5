"""Command: assign."""

from datetime import UTC, datetime
from pathlib import Path

import click

from bot import settings as configuration
from bot.cli.group import cli
from bot.cli.shared import opened, read_file, say, say_notes, words, wrong_in
from handlers.core.rendering import Renderer
from handlers.forms import bundled
from models.changes import file_readings
from models.core import audit
from models.core.errors import Refusal
from models.cycle import assignment_changes, assignments
from models.forms import versions
from models.organisation import units
from models.time import calendars
from models.time.times import Times


@cli.command()
@click.argument("form_file", metavar="FORM.yaml|FORM.xlsx")
@click.option("--unit", "unit_path", metavar="PATH", required=True, help="Asked of this unit and all below it.")
@click.option("--about", type=click.Choice(["persons", "units"]), help="Of each person or each unit; as the form says.")
@click.option("--calendar", default="daily", show_default=True, help="daily, workdays, weekly:mon,thu, once:DATE.")
@click.option("--opens", help="HH:MM or +1 HH:MM")
@click.option("--remind", help="HH:MM,HH:MM; empty for none")
@click.option("--due", help="HH:MM")
@click.option("--summary", help="HH:MM, the units'")
@click.option("--summary-root", help="HH:MM, the whole's")
@click.option("--escalate", help="HH:MM,HH:MM; empty for none")
@click.option("--lock", help="HH:MM or +1 HH:MM")
@click.option("--timezone", help="Such as Asia/Shanghai.")
@click.option("--name-silent", is_flag=True, help="Name the silent in the groups.")
@click.option("--on-leave", type=click.Choice(["excused", "asked"]), help="People on leave; as the form says.")
@click.option("--code", help="The assignment's code; the form's if not given.")
def assign(form_file: str, unit_path: str, calendar: str, timezone: str | None, name_silent: bool,
           about: str | None, on_leave: str | None, code: str | None, **times: str | None) -> None:  # fmt: skip
    """Assign a form to a unit: a file of yours, YAML or XLSForm, or the name of a form that comes with the program."""
    settings = configuration.load()
    now = datetime.now(UTC)
    with wrong_in(form_file):
        source = _form_source(form_file)
    schedule = Times.make(**{k: v for k, v in times.items() if v is not None})
    with opened(settings, make=False) as database, database.writing() as session:
        if units.root(session) is None:
            raise Refusal("cli.no_organisation")
        unit = units.unit_at(session, unit_path)
        with wrong_in(form_file):
            version, stored = versions.store(session, source, now)
        made, fresh = assignment_changes.assign(
            session, version, unit, now, calendar=calendar, times=schedule, about=about, code=code,
            timezone=timezone or settings.default_timezone, name_silent=name_silent, on_leave=on_leave,
        )  # fmt: skip
        audit.note(
            session, now, "cli", "assign", made.code, unit=unit.path, times=schedule.stored(), on_leave=made.on_leave
        )
        count = assignments.reach(session, made, settings.defaults.today(now))
        others = [it.code for it in assignments.asking(session, version.code) if it.id != made.id and stored]
    zoned = Renderer(words().locale, made.timezone)
    click.echo(zoned.told(
        "assigned", fresh=fresh, code=made.code, unit=unit.path, about=made.about, count=count,
        next_at=made.next_at, times=schedule.stored(), others=others,
    ))  # fmt: skip
    if calendar == "workdays":
        say("years", err=True, year=max(calendars.known_years()))


def _form_source(name: str) -> str:
    """Return the text of a form file; a bare name like `health` is a form that comes with the program."""
    ours = name.removesuffix(".yaml")
    if not Path(name).exists() and ours in bundled.codes():
        return bundled.source(ours)
    made = file_readings.read(name, read_file(name))
    with wrong_in(name):
        if made.form is None and not made.wrong:
            raise Refusal("cli.is_roster", path=name)
        made.refuse()
    say_notes(made.notes)
    return made.form or ""
