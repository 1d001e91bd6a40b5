"""Command: assign."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlmodel import Session

from bot import settings as configuration
from bot.cli import file_questions, settling
from bot.cli.file_questions import ENCODINGS, Given
from bot.cli.group import cli
from bot.cli.shared import at_terminal, opened, read_file, say, say_notes, words, wrong_in
from bot.cli.spoken import _, option
from handlers.core import bundled
from handlers.core.rendering import Renderer
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
@option(
    "--unit",
    "unit_path",
    metavar="PATH",
    required=True,
    help=_("The unit; all units below it are included."),
)
@option(
    "--about",
    type=click.Choice(["persons", "units"]),
    help=_("Who reports. Default: as the form says."),
)
@option(
    "--calendar",
    default="daily",
    show_default=True,
    help=_("daily, workdays, weekly:mon,thu, monthly:1,15, monthly:last, every:3 or once:DATE."),
)
@option("--opens", help=_("When it opens: HH:MM."))
@option("--remind", help=_("When reminders are sent: HH:MM,HH:MM; empty for none."))
@option("--due", help=_("The deadline: HH:MM."))
@option("--summary", help=_("When the units’ summaries are sent: HH:MM."))
@option("--summary-root", help=_("When the overall summary is sent: HH:MM."))
@option("--escalate", help=_("When leads hear who has not reported: HH:MM,HH:MM; empty for none."))
@option("--lock", help=_("When reports are locked: HH:MM, or +1 HH:MM for the next day."))
@option("--timezone", help=_("The time zone, such as Asia/Shanghai."))
@option("--name-silent", is_flag=True, help=_("Name those who have not reported in the groups’ summaries."))
@option("--picture/--no-picture", default=None, help=_("Whether groups get the summary as a picture. Default: yes."))
@option(
    "--document",
    type=click.Choice(["word", "pdf", "off"]),
    help=_("As what leads get the daily report after the close. Default: off."),
)
@option(
    "--on-leave",
    type=click.Choice(["excused", "asked"]),
    help=_("People on leave. Default: as the form says."),
)
@option("--requires", help=_("The form of a quiz that people must have passed before they are asked. Default: none."))
@option("--code", help=_("The task’s code. Default: the form’s code."))
@option("--encoding", type=click.Choice(ENCODINGS), help=_("The encoding of a text file."))
def assign(form_file: str, unit_path: str, calendar: str, timezone: str | None, name_silent: bool, picture: bool | None,
           document: str | None,
           about: str | None, on_leave: str | None, requires: str | None, code: str | None, encoding: str | None,
           **times: str | None) -> None:  # fmt: skip
    """Assign a form to a unit: a file of yours, YAML or XLSForm, or the name of a form that comes with the program."""
    settings = configuration.load()
    now = datetime.now(UTC)
    with wrong_in(form_file):
        source = _form_source(form_file, Given(encoding=encoding))
    schedule = Times.make(**{k: v for k, v in times.items() if v is not None})
    with opened(settings, make=False) as database, database.writing() as session:
        if units.root(session) is None:
            raise Refusal("cli.no_organisation")
        unit = units.unit_at(session, unit_path)
        with wrong_in(form_file):
            version, stored = versions.store(session, source, now)
        if requires and requires not in _quizzes(session, now):
            raise Refusal("assignments.requires", value=requires[:40], known=_quizzes(session, now))
        made, fresh = assignment_changes.assign(
            session, version, unit, now, calendar=calendar, times=schedule, about=about, code=code,
            timezone=timezone or settings.default_timezone, name_silent=name_silent, picture=picture, document=document,
            on_leave=on_leave, requires=requires,
        )  # fmt: skip
        audit.note(
            session, now, "cli", "assign", made.code, unit=unit.path, times=schedule.stored(), on_leave=made.on_leave
        )
        settling.organisation_moved(session, settings, now)
        count = assignments.reach(session, made, settings.defaults.today(now))
        others = [it.code for it in assignments.asking(session, version.code) if it.id != made.id and stored]
    zoned = Renderer(words().locale, made.timezone)
    click.echo(zoned.told(
        "assigned", fresh=fresh, code=made.code, unit=unit.path, about=made.about, count=count,
        next_at=made.next_at, times=schedule.stored(), others=others,
    ))  # fmt: skip
    if calendar == "workdays":
        say("years", err=True, year=max(calendars.known_years()))


def _quizzes(session: Session, now: datetime) -> list[str]:
    found = [it for code in bundled.known(session) if (it := bundled.latest(session, code, now))]
    return [it.code for it in found if it.spec.quiz]


def _form_source(name: str, given: Given) -> str:
    """Return the text of a form file; a bare name like `health` is a form that comes with the program. What of a file
    is not used is listed, and whoever sits at the terminal is asked whether to go on."""
    ours = name.removesuffix(".yaml")
    if not Path(name).exists() and ours in bundled.codes():
        return bundled.source(ours)
    made = file_readings.read(name, read_file(name), given.with_remembered({}))
    with wrong_in(name):
        if made.is_form:
            made, _learnt = file_questions.settled(name, made, given, {})
        if made.form is None and not made.wrong:
            raise Refusal("cli.is_roster", path=name)
        made.refuse()
    say_notes(made.notes)
    if made.notes and at_terminal():
        click.confirm(words().told("go_on").strip(), abort=True, err=True)
    return made.form or ""
