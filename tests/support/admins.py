"""Read what an admin's conversations are about: where people are at home, who is asked, what a file holds."""

import csv
import io
from datetime import date

from openpyxl import load_workbook
from sqlmodel import select

from handlers.core.turn import File
from models.files import blobs
from models.files.blobs import data_of
from models.messaging import enrolment
from models.organisation import people
from models.organisation.people import Person, home
from models.reporting.reports import Report
from tests.support.world import TUESDAY, World


def home_of(world: World, who: str) -> str:
    with world.database.reading() as session:
        return home(session, people.find_person(session, who)).path


def invite(world: World, who: str) -> str:
    """Return a new code for somebody, by name or number."""
    with world.database.writing() as session:
        return enrolment.invite(session, people.find_person(session, who), world.clock.now())


def asked_on(world: World, day: date = TUESDAY) -> set[str]:
    with world.database.reading() as session:
        period = world.period(session, day=day)
        found = session.exec(
            select(Person.name).join(Report, Report.person_id == Person.id).where(Report.period_id == period.id)
        ).all()
    return set(found)


def send_file(world: World, who: str, name: str, said: str | bytes, **what: object) -> str:
    with world.database.writing() as session:
        file = blobs.keep(session, name, "text/plain", said if isinstance(said, bytes) else said.encode())
    world.hand_in(world.incoming(who, file=File(file.digest, name, "text/plain", file.size), **what))
    return world.last(who).text


def file_of(world: World, who: str) -> list[list[str]]:
    """Return the table in a file that somebody got: of a workbook, the sheet with filters."""
    file = world.last(who).content.file
    assert file
    with world.database.reading() as session:
        data = data_of(session, file.digest)
    if data[:2] != b"PK":
        return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    pages = load_workbook(io.BytesIO(data)).worksheets
    page = next((it for it in pages if it.auto_filter.ref), pages[0])
    return [["" if cell is None else str(cell) for cell in row] for row in page.iter_rows(values_only=True)]


def about_of(world: World, who: str) -> dict[str, str]:
    """Return what the first sheet of a workbook that somebody got says of it."""
    file = world.last(who).content.file
    assert file
    with world.database.reading() as session:
        first = load_workbook(io.BytesIO(data_of(session, file.digest))).worksheets[0]
    return {str(row[0]): str(row[1]) for row in first.iter_rows(values_only=True) if row[0]}


def table_of(world: World, who: str) -> list[dict[str, str]]:
    """Return the rows of that table by the words of its heading."""
    head, *rows = file_of(world, who)
    return [dict(zip(head, row, strict=True)) for row in rows]


def exported(world: World, words: str) -> list[dict[str, str]]:
    """Export in codes."""
    world.says("周敏", f"/export {words} codes")
    return table_of(world, "周敏")
