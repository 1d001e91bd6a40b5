"""Zeros tapped at the same moment are filed with one look: what comes of it is what would come of each tap alone."""

import asyncio
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from bot import desk as desk_module
from handlers import batches
from handlers.core.incoming import Incoming
from handlers.registry import ROUTES
from models.core.database import Database, connect
from models.core.updates import ProcessedUpdate
from models.evidence import verification
from models.messaging import enrolment
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Card
from models.messaging.contents import StoredContent
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from models.summaries.posts import SummaryPost
from tests.support.world import MONDAY, World

EVERYBODY = ("李梅", "赵强", "钱丽", "张伟", "王建国", "周敏")
RANDOM = {"id", "receipt", "salt", "content_digest", "previous", "digest", "head_id", "wanted_id", "shown_id"}
SLOT = (col(Card.subject), col(Card.subject_id), col(Card.address_id), col(Card.sequence))


@pytest.fixture
def two(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[World, World]]:
    """Two towns in which the same has happened."""
    made = []
    for name in ("together", "alone"):
        shutil.copy(sqlite_template, tmp_path / f"{name}.db")
        made.append(World(connect(f"sqlite:///{tmp_path / name}.db")))
    for world in made:
        _live(world)
    yield made[0], made[1]
    for world in made:
        world.database.close()


def _live(world: World) -> None:
    """Play a first day on which some report, and a second morning on which everybody is in a state of their own."""
    world.organisation()
    world.assign()
    world.at("7:31")
    world.taps("李梅", "零报告")
    world.taps("张伟", "零报告")
    world.at("7:31", MONDAY + timedelta(days=1))
    world.says("赵强", "有情况")  # has begun
    _also_at(world.database, "钱丽", world)
    world.taps("王建国", "零报告")  # has filed already


def _also_at(database: Database, name: str, world: World) -> None:
    """Somebody has a second chat."""
    with database.writing() as session:
        person = session.exec(select(Person).where(Person.name == name)).one()
        enrolment.enrol(session, person, "telegram", "70", "70", world.clock.now() - timedelta(hours=1))


def _taps(world: World) -> list[Incoming]:
    """Return taps of everybody, somebody twice, and a stranger, on the button of the day's prompt."""
    button, _ = world.button("李梅", "零报告")
    found = [world.incoming(who, data=button.data) for who in (*EVERYBODY, "李梅")]
    return [*found, world.incoming("某人", data=button.data), found[0]]


def _take(world: World, batch: list[Incoming]) -> list[str | None]:
    world.clock.at += timedelta(seconds=1)
    answers = asyncio.run(world.desk.take(batch))
    world.deliver()
    return [answer and re.sub(r"[2-9A-Z]{4}", "····", answer.text) for answer in answers]


def _one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "runs", lambda batch: ([it] for it in batch))
    alone = replace(ROUTES.buttons["report.zero"], together=None)
    monkeypatch.setitem(ROUTES.buttons, "report.zero", alone)


def _records(world: World) -> dict[str, Any]:
    """Return everything that was written, except what is random."""
    with world.database.reading() as session:
        found: dict[str, Any] = {
            table.__name__: [_plain(row) for row in session.exec(select(table).order_by(*order)).all()]
            for table, order in (
                (Report, (col(Report.id),)),
                (Revision, (col(Revision.report_id), col(Revision.number))),
                (Address, (col(Address.id),)),
                (SummaryPost, (col(SummaryPost.period_id), col(SummaryPost.unit_id))),
                (ProcessedUpdate, (col(ProcessedUpdate.update),)),
                (Card, SLOT),
            )
        }
        found["said"] = _said(session, found)
        assert not verification.verify(session).differs
    return found


def _plain(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.model_dump().items() if name not in RANDOM}


def _said(session: Session, found: dict[str, Any]) -> list[tuple[str, str, str]]:
    query = (
        select(Card.subject, Card.subject_id, StoredContent.body)
        .join(StoredContent, col(StoredContent.id) == col(Card.wanted_id))
        .order_by(*SLOT)
    )
    drawn = re.compile(r"(?<=回执)[2-9A-Z]{4}|(?<=[Rr]eceipt )[2-9A-Z]{4}|[0-9A-F]{8}|(?<=sg\.)[0-9.]+")
    return [(subject, about, drawn.sub("····", body)) for subject, about, body in session.exec(query).all()]


@pytest.mark.parametrize("wall", ["7:40", "10:20"])
def test_what_is_filed_together_is_what_would_be_filed_alone(
    two: tuple[World, World], monkeypatch: pytest.MonkeyPatch, wall: str
) -> None:
    for world in two:
        world.at(wall)
    there, alone = two
    monkeypatch.setattr(desk_module, "LONGEST", 60)
    said = _take(there, _taps(there))
    assert sum("已收到" in (text or "") for text in said) == len(EVERYBODY) + 1
    _one_by_one(monkeypatch)
    assert _take(alone, _taps(alone)) == said
    assert _records(there) == _records(alone)


def test_the_last_zero_of_a_unit_sends_its_summary_once(two: tuple[World, World]) -> None:
    world = two[0]
    with world.database.reading() as session:
        assert session.exec(select(SummaryPost).where(SummaryPost.period_id == 2)).all() == []
    _take(world, _taps(world))
    with world.database.reading() as session:
        complete = session.exec(select(Unit.name).join(SummaryPost).where(SummaryPost.period_id == 2)).all()
    assert complete
    for name in complete:
        assert len([b for b in world.chat(f"group {name}") if "11月24日" in b.text]) == 1


def test_only_a_run_of_taps_on_one_button_goes_together(two: tuple[World, World]) -> None:
    world = two[0]
    taps = _taps(world)
    typed = world.incoming("李梅", text="零报告")
    assert [len(run) for run in batches.runs([*taps[:3], typed, *taps[3:5]])] == [3, 1, 2]
    assert [len(run) for run in batches.runs([taps[0], taps[0], taps[6]])] == [1, 1, 1]
    many = [world.incoming(str(n), data="report.zero.1") for n in range(batches.MOST_TOGETHER + 1)]
    assert [len(run) for run in batches.runs(many)] == [batches.MOST_TOGETHER, 1]


def test_a_number_that_is_no_button_of_ours_files_nothing(two: tuple[World, World]) -> None:
    world = two[0]
    button, _ = world.button("李梅", "零报告")
    said = world.forges("李梅", button.data.rpartition(".")[2], ours=False)
    assert "已收到" not in (said or "")
    assert world.report("李梅", day=MONDAY + timedelta(days=1)).state == "due"


def test_whoever_cannot_be_reached_is_healed_by_their_tap(two: tuple[World, World]) -> None:
    world = two[0]
    with world.database.writing() as session:
        lost = session.exec(select(Address).where(Address.account == world.number("李梅"))).one()
        lost.reach = Reach.UNREACHABLE
        session.add(lost)
    _take(world, _taps(world))
    with world.database.reading() as session:
        assert session.exec(select(Address.reach).where(Address.account == world.number("李梅"))).one() == "reachable"
    assert world.report("李梅", day=MONDAY + timedelta(days=1)).state == "zero"
