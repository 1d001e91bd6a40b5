"""Commands: init, import, invite."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session

from bot import settings as configuration
from bot.cli.group import cli
from bot.cli.shared import at_terminal, opened, put, read_file, say, say_notes, words, write, wrong_in
from bot.cli.spoken import _, option
from handlers.organisation import invitation_sheets, roster_files
from models.changes import file_readings, roster_import, roster_namesakes
from models.core import audit
from models.core.errors import Refusal, Refusals
from models.messaging import enrolment
from models.organisation import founding, people

NO_NUMBER = "admin"  # the first admin's staff number where nobody says another


@cli.command()
@click.argument("organisation_name", metavar="[ORGANISATION]", required=False)
@click.argument("admin_name", metavar="[ADMIN]", required=False)
@option("--staff-no", help=_("The admin’s staff number, as in the roster. Asked for at a terminal."))
def init(organisation_name: str | None, admin_name: str | None, staff_no: str | None) -> None:
    """Make the organisation's root and its first admin, and print the admin's code."""
    settings = configuration.load()
    now = datetime.now(UTC)
    root_name = organisation_name or _asked("organisation", words().told("default_root"))
    name = admin_name or _asked("admin", words().told("default_admin"))
    numbered = staff_no or _asked("staff_no", NO_NUMBER, name=name)
    with opened(settings, make=True) as database, database.writing() as session:
        person = founding.begin(session, root_name, numbered, name)
        audit.note(session, now, "cli", "init", root_name)
        code = enrolment.invite(session, person, now)
    say("made", root=root_name, name=name, staff_no=person.staff_no, code=code)
    if not staff_no and person.staff_no == NO_NUMBER:
        say("no_number", name=name)


def _asked(what: str, default: str, **values: str) -> str:
    """Ask whoever sits at a terminal; elsewhere, or where they just press Enter, return the default."""
    if not at_terminal():
        return default
    return str(click.prompt(words().told("ask_init", what=what, **values), default=default))


@cli.command("import")
@click.argument("roster_file", metavar="ROSTER.csv|ROSTER.xlsx", required=False)
@option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
@option("--template", metavar="FILE.xlsx", help=_("Write an empty roster to fill in, and import nothing."))
def import_(roster_file: str | None, dry_run: bool, template: str | None) -> None:
    """Import a roster from a CSV or Excel file, all or nothing."""
    settings = configuration.load()
    if template:
        write(template, lambda out: put(out, roster_files.template(words())))
        say("written", path=template)
        return
    if not roster_file:
        context = click.get_current_context()
        raise click.MissingParameter(ctx=context, param=context.command.params[0])
    with wrong_in(roster_file):
        read = file_readings.read(roster_file, read_file(roster_file))
        if read.is_form:
            raise Refusal("cli.is_form", path=roster_file)
    say_notes(read.notes)
    with opened(settings, make=True) as database, Session(database.write, expire_on_commit=False) as session:
        today = datetime.now(ZoneInfo(settings.default_timezone)).date()
        with wrong_in(roster_file):
            if read.wrong:
                more = roster_import.also_wrong(session, read.rows, read.seen, today, None)
                raise Refusals(roster_import.in_order([*read.wrong, *more], read.rows), read.more)
            read.refuse()
            say_notes(roster_namesakes.notes(session, read.rows, today, None))
            made = roster_import.take(session, read.rows, today)
        say_notes(roster_import.renamed(made))
        if made and not dry_run:
            audit.note(session, datetime.now(UTC), "cli", "import", Path(roster_file).name, changes=len(made))
            session.commit()
        else:
            session.rollback()
    for difference in made[:200]:
        say(
            "difference", what=difference.what, about=difference.about, before=difference.before, after=difference.after
        )
    if len(made) > 200:
        say("more", count=len(made) - 200)
    say("imported", count=len(made), dry=dry_run)


@cli.command()
@click.argument("staff_numbers", metavar="STAFF_NO...", nargs=-1, required=True)
@option("--sheet", metavar="FILE.html", help=_("Also write a page of slips to print, with QR codes."))
def invite(staff_numbers: tuple[str, ...], sheet: str | None) -> None:
    """Print a new enrolment code and its link for each person; earlier codes stop working."""
    now = datetime.now(UTC)
    with opened(configuration.load(), make=False) as database, database.writing() as session:
        found = [people.find_person(session, number) for number in staff_numbers]
        codes = [(person, enrolment.invite(session, person, now)) for person in found]
        for person, _ in codes:
            audit.note(session, now, "cli", "invite", person.staff_no)
        expires = now + enrolment.INVITE_LASTS
        place = invitation_sheets.place(session)
        rows, made = invitation_sheets.rows(session, codes), invitation_sheets.sheet(words(), session, codes, expires)
    for person, code, links in rows:
        say("code", staff_no=person.staff_no, name=person.name, code=code, links=links, expires=expires)
    if not any(links for _, _, links in rows):
        say("no_links", err=True, page=place["page"])
    if sheet:
        write(sheet, lambda out: put(out, made))
        say("written", path=sheet)
