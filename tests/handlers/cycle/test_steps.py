"""Each step of a day happens once; reminders and waves leave when nobody is disturbed."""

import pytest
from sqlmodel import col, select

from models.core.database import Database
from models.cycle.steps import Step
from models.evidence.seals import Seal
from models.evidence.verification import verify
from models.messaging.cards import Card
from models.organisation.units import unit_at
from models.summaries.posts import SummaryPost
from tests.handlers.cycle.days import ON_SQLITE, begin, due, message_count
from tests.support.world import TUESDAY, ZONE, World

pytestmark = pytest.mark.world(begin=begin)


def _count(world: World, table: type) -> int:  # type: ignore[type-arg]
    with world.database.reading() as session:
        return len(session.exec(select(table)).all())


def test_two_programs_on_one_database_do_no_step_twice(database: Database) -> None:
    def day() -> tuple[int, int, int]:
        other = world.beside()
        for wall in ("7:30", "9:00", "9:30", "10:00", "10:05", "10:15", "10:25", "11:00"):
            for program in (other, world, other):
                program.at(wall)
        world.at("0:01", TUESDAY)
        other.tick()
        return message_count(world), _count(world, SummaryPost), _count(world, Seal)

    world = World(database)
    world.organisation()
    world.assign()
    made = day()
    with database.reading() as session:
        steps = session.exec(select(Step).where(col(Step.done_at).is_not(None))).all()
        keys = session.exec(select(Card.subject, Card.subject_id, Card.address_id, Card.sequence)).all()
        assert len({(s.period_id, s.kind, s.number) for s in steps}) == len(steps) == 10
        assert len(set(keys)) == len(keys)
        assert verify(session).differs == []
    assert made[1:] == (4, 2)  # a post for each unit, a seal at close and at lock
    assert made[0] <= 45


@ON_SQLITE
def test_a_repeated_sweep_wants_the_same_and_does_nothing(world: World) -> None:
    world.at("10:30")
    messages, edits = message_count(world), sum(b.edits for p in world.phones.values() for b in p)
    for _ in range(5):
        world.tick()
        world.beside().tick()
    assert (message_count(world), sum(b.edits for p in world.phones.values() for b in p)) == (messages, edits)


@ON_SQLITE
def test_stale_reminders_coalesce_into_one(world: World) -> None:
    world.assign(due="12:00", opens="7:30", remind="8:00, 8:30, 9:00", escalate="12:15")
    world.at("7:31")
    world.sleep_until("9:05")
    assert [world.steps()[f"remind{n}"].outcome for n in (1, 2, 3)] == ["coalesced", "coalesced", "done"]
    assert len([b for b in world.phones["1005"] if b.kind == "reminder"]) == 1


@ON_SQLITE
def test_a_single_stale_reminder_is_still_sent(world: World) -> None:
    world.at("8:55")
    world.sleep_until("9:20")
    assert world.steps()["remind1"].outcome == "done"
    assert "还有" in world.last("李梅").text


@ON_SQLITE
def test_no_reminder_after_due(world: World) -> None:
    world.at("9:25")
    world.clock.at = world.local("9:29")
    world.tick()
    world.sleep_until("10:20")
    reminders = [b for b in world.phones["1005"] if b.kind == "reminder"]
    assert [b.born.astimezone(ZONE).hour for b in reminders] in ([9], [9, 10])
    assert due(world) == "11:20"


@ON_SQLITE
def test_nobody_is_reminded_at_night(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(due="23:30", opens="20:00", remind="21:30", lock="24:00", escalate="")
    with database.writing() as session:  # an older file may still say so
        from models.cycle import assignments

        row = assignments.by_code(session, "health")
        row.times = row.times | {"remind": ["21:30"]}
        session.add(row)
    world.at("21:58")
    assert world.last("李梅").kind == "reminder"


@ON_SQLITE
def test_a_reminder_caught_up_at_night_stays_quiet(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(due="23:30", opens="20:00", remind="21:55", lock="24:00", escalate="")
    world.at("21:54")
    world.sleep_until("22:01")
    assert world.steps()["remind1"].outcome == "quiet"
    assert len(world.phones["1005"]) == 1


@ON_SQLITE
def test_no_wave_leaves_at_the_hour_or_half_hour_sharp(world: World) -> None:
    world.assign(summary="10:30", summary_root="11:00", escalate="10:30, 11:00")
    world.at("11:01")
    with world.database.reading() as session:
        waves = session.exec(select(Card).where(Card.lane == "b")).all()
    assert len(waves) > 10
    for card in waves:
        at = card.not_before.astimezone(ZONE)
        assert (at.minute % 30, at.second) != (0, 0), card.subject


@pytest.mark.sqlite
def test_the_steps_of_a_renamed_unit_keep_their_history(world: World) -> None:
    world.at("10:30")
    before = world.figures("区局/一站")
    with world.database.writing() as session:
        unit = unit_at(session, "区局/一站")
        unit.name, unit.path = "一号站", "区局/一号站"
        session.add(unit)
    assert world.figures("区局/一号站") == before
    assert world.at_close("区局/一号站") == before
