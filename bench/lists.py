"""Measure long lists: everybody of a notice, the answers to a survey, and the links of as many people outside, written
as the program writes them while somebody else is answered: `python -m bench.lists` (see bench/README.md)."""

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session, insert, select

from bench import world
from bench.day import MORNING, Day
from bench.exports import written
from bench.kept import kept
from handlers.core import bundled
from handlers.exports import long_files
from models.core.database import Database
from models.core.schema import migrate
from models.cycle.places import place_of
from models.cycle.steps import Heartbeat
from models.forms import versions
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from models.rounds import rounds, tally
from models.rounds.audience import Audience
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion, Stage

NOTICE, SURVEY, OUTSIDE = 1, 2, 3
LISTS: tuple[tuple[str, str, int, dict[str, Any]], ...] = (
    ("notice", "notice.xlsx", NOTICE, {}),
    ("survey", "survey.xlsx", SURVEY, {}),
    ("links", "links.xlsx", OUTSIDE, {"kind": "file"}),
    ("links", "slips.html", OUTSIDE, {"kind": "paper"}),
    ("roster", "roster.xlsx", 0, {"kind": "xlsx", "codes": False}),
)


def filled(database: Database, people: int) -> None:
    """Make a notice that all have read, a survey that all have answered, and one of as many people outside."""
    migrate(database)
    with database.writing() as session:
        world.found(session, people, 10, MORNING)
        first = session.exec(select(Membership).where(Membership.person_id == 1)).one()
        first.role = Role.ADMIN
        session.add(first)
        session.merge(Heartbeat(at=MORNING))
        outside = [
            {"id": people + n, "staff_no": f"S{n:05}", "name": f"商户{n}", "kind": "outside"}
            for n in range(1, people + 1)
        ]
        session.execute(insert(Person), outside)
    for number in (NOTICE, SURVEY, OUTSIDE):
        with database.writing() as session:
            _round(session, number, people)


def _round(session: Session, number: int, people: int) -> None:
    version, _ = versions.store(session, bundled.source("stock"), MORNING)
    places = [place_of(session, it).id for it in session.exec(select(Unit)).all()]
    notice, outside = number == NOTICE, number == OUTSIDE
    made = Round(
        kind=RoundKind.NOTICE if notice else RoundKind.SURVEY, unit_id=1, by=1, made_at=MORNING,
        audience=Audience((1,)).stored(), asks=Asks.RECEIPT if notice else Asks.FORM,
        form_id=None if notice else version.id, timezone="Asia/Shanghai", stage=Stage.DONE,
    )  # fmt: skip
    it = rounds.begin(session, made, RoundVersion(round_id=0, number=1, words="测试", by=1, at=MORNING), MORNING)
    it.next_at = None
    session.add(it)
    rows: list[dict[str, Any]] = [
        {"round_id": it.id, "person_id": people * outside + n + 1, "place_id": places[n % len(places)], "told": 1,
         "number": 0 if outside else 1, "outside": outside, "late": False, "at": None if outside else MORNING,
         "answers": {"days": n % 90, "level": "right", "masks": "enough"} if number == SURVEY else None}
        for n in range(people)
    ]  # fmt: skip
    session.execute(insert(Reply), rows)
    if number == SURVEY:
        tally.add(session, it, version.spec, [(row["place_id"], row["answers"], 1) for row in rows])


def _ask(session: Session, now: datetime, of: str, name: str, number: int, more: dict[str, Any]) -> int:
    asked = {"round": number, "tops": [1] if number else [], **more}
    return long_files.ask(session, session.get_one(Person, 1), of, name, asked, 0, now).id


def main() -> None:
    with kept(__doc__, filled, people=10_000) as database:
        day = Day(database, MORNING)
        day.clock.at = MORNING.replace(hour=11)
        for of, name, number, more in LISTS:
            asyncio.run(written(day, name, partial(_ask, of=of, name=name, number=number, more=more)))


if __name__ == "__main__":
    main()
