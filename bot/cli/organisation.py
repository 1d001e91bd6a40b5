"""Commands: init, invite."""

from datetime import UTC, datetime

import click

from bot import settings as configuration
from bot.cli import settling
from bot.cli.group import cli
from bot.cli.shared import at_terminal, opened, put, say, words, write
from bot.cli.spoken import _, option
from handlers.organisation import invitation_sheets
from models.core import audit
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


@cli.command()
@click.argument("staff_numbers", metavar="STAFF_NO...", nargs=-1, required=True)
@option("--sheet", metavar="FILE.html", help=_("Also write a page of slips to print, with QR codes."))
def invite(staff_numbers: tuple[str, ...], sheet: str | None) -> None:
    """Print a new enrolment code and its link for each person; earlier codes stop working."""
    settings, now = configuration.load(), datetime.now(UTC)
    with opened(settings, make=False) as database, database.writing() as session:
        found = [people.find_person(session, number) for number in staff_numbers]
        codes = [(person, enrolment.invite(session, person, now)) for person in found]
        for person, _ in codes:
            audit.note(session, now, "cli", "invite", person.staff_no)
        settling.organisation_moved(session, settings, now)
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
