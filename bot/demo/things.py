"""What the demo's bureau has in its store, what it collected (16,550 yuan in two collections), who is on duty at
one station, which stations have had no case for long, and whom of those without a chat somebody telephoned."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session, select

from handlers.core.locales import TEMPLATES
from models.calls import calls
from models.calls.calls import Outcome
from models.cycle.assignments import Assignment
from models.donations import collections, entries, story
from models.donations.entries import Said, Shown
from models.duty import rotas
from models.duty.rotas import Line
from models.forms import versions
from models.honours import honours
from models.honours.honours import Honour, HonourKind
from models.honours.streaks import ZeroDay, ZeroStreak
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit, root
from models.supplies import items, movements, transfers
from models.supplies.handouts import Handout
from models.supplies.items import Item, Store
from models.supplies.movements import Move, Told
from models.time.times import DAY, day_at
from models.timeline import entries as timeline
from models.timeline.sources import ALERTS, TASK

ALERTS_BEFORE = ((40, 3), (33, 2), (26, 1), (12, 1))  # how many days ago, and how many
ADMIN, KEEPER, STATION_KEEPER = "1004", "1102", "2302"
BEGAN = 43  # days ago, when daily reporting began: as its words in templates/demo say
STREAKS, MILESTONE = {"1004": 6, "2201": 32}, 30  # days without a case of the unit of each lead
STARS = {"9101": 42, "9102": 20, "9103": 8}  # days of households: three stars, two, one
ON_DUTY = ("2301", "2302", "2304")  # of one station; the first is its lead
# how many days before yesterday, who called whom, and whether they were reached: one was not on two days running
CALLED = ((4, "2102", "9001", True), (3, "2102", "9002", True), (3, "2302", "9301", True), (2, "2102", "9004", True),
          (1, "2102", "9003", False), (1, "2105", "9101", True), (0, "2102", "9003", False))  # fmt: skip
TRIES = 3
# staff number, or the word for somebody outside ("" for anonymous), what they gave, and how they are shown
FRONT = (
    ("1001", "2000", Shown.NAME), ("1004", "1000", Shown.NAME), ("2201", "800.50", Shown.INITIALS),
    ("1101", "1200", Shown.NAME), ("1204", "500", Shown.HIDDEN), ("company", "6549.50", Shown.NAME),
)  # fmt: skip
SHOPS = (("2102", "300", Shown.NAME), ("1302", "200", Shown.INITIALS), ("", "1000", Shown.HIDDEN),
         ("chamber", "3000", Shown.NAME))  # fmt: skip


def found(session: Session, locale: str, now: datetime, zone: str) -> None:
    """Fill the store, enter the gifts and what was spent, and write the station's template week from tomorrow on."""
    said = words(locale)
    unit, admin = root(session), _person(session, ADMIN)
    if unit is None:
        return
    store = items.put_store(session, unit, said["store"], now)
    items.keep(session, store, _person(session, KEEPER))
    masks = items.put(session, unit, said["masks"], said["piece"], Decimal(500), now)
    disinfectant = items.put(session, unit, said["disinfectant"], said["bottle"], Decimal(100), now)
    bought = Told(admin, now, said["shop"], Decimal("1980.50"))
    movements.move(session, Move.BOUGHT, masks, store, Decimal(900), bought)
    movements.move(session, Move.RECEIVED, disinfectant, store, Decimal(120), Told(admin, now, said["from_above"]))
    _send(session, said, Told(admin, now, said["delivered"]), masks, store)
    ends_on = (now + timedelta(days=20)).date()
    for purpose, gifts in (("front", FRONT), ("shops", SHOPS)):
        _collect(session, unit, said, (purpose, gifts), Said(admin, now), ends_on=ends_on)
    _rota(session, said, now, zone)
    _honour(session, zone, now)
    _call(session, zone, now)
    _story(session, unit, said, admin, now, zone)


def _send(session: Session, said: dict[str, str], told: Told, masks: Item, store: Store) -> None:
    """Send masks to a station's store, whose keeper is asked to confirm them when the clock begins."""
    keeper = _person(session, STATION_KEEPER)
    station = items.put_store(session, people.home(session, keeper), said["station_store"], told.at)
    items.keep(session, station, keeper)
    handing, _ = transfers.send(session, masks, store, station, Decimal(60), told)
    made = session.get_one(Handout, handing.handout_id)
    made.cursor, made.next_at = 0, told.at
    session.add(made)


def _collect(
    session: Session, unit: Unit, said: dict[str, str], told: tuple[str, tuple[tuple[str, str, Shown], ...]], by: Said,
    *, ends_on: date,
) -> None:  # fmt: skip
    it = collections.begin(session, unit, said[told[0]], ends_on, by.by, by.at)
    for who, amount, shown in told[1]:
        person = people.find_person(session, who) if who.isdecimal() else None
        donor = person.name if person else said.get(who, "")
        gift = Said(by.by, by.at, "", donor, person.id if person else None, shown)
        entries.give(session, it, Decimal(amount), gift)
    if told[0] == "shops":
        entries.spend(session, it, Decimal(1800), Said(by.by, by.at, said["spent"]))
    story.begun(session, it, by.at.date())
    story.came_to(session, it)


def _story(session: Session, unit: Unit, said: dict[str, str], admin: Person, now: datetime, zone: str) -> None:
    """Tell what the bureau did in the weeks before: an admin's words, and alerts as counts."""
    today = day_at(now, zone)
    for task in session.exec(select(Assignment).where(Assignment.about == "persons")).all():
        form = versions.latest(session, task.form_code)
        timeline.once(
            session, TASK, task.unit_id, today - timedelta(days=BEGAN), task.id, days=BEGAN,
            title=form.spec.title if form else None,
        )  # fmt: skip
    for key, words in said.items():
        if key.startswith("story."):
            timeline.write(session, unit, today - timedelta(days=int(key[6:])), words, admin, now)
    for before, count in ALERTS_BEFORE:
        day = today - timedelta(days=before)
        over = day + timedelta(days=1)
        it = timeline.add(session, ALERTS, unit.id, day, day, count)
        timeline.renew(session, ALERTS, day, unit_id=it.unit_id, over=count, ended=over)


def _honour(session: Session, zone: str, now: datetime) -> None:
    """Give the office six days without a case, a day before its first milestone, a station its certificate of 30, and
    households their stars."""
    task = session.exec(select(Assignment).where(Assignment.about == "persons")).first()
    yesterday = day_at(now, zone)
    form = versions.latest(session, task.form_code) if task else None
    if task is None or form is None:
        return
    for number, days in STREAKS.items():
        unit = people.home(session, _person(session, number))
        _streak(session, ZeroStreak(assignment_id=task.id, unit_id=unit.id, total=days, upto=yesterday))
        if days > MILESTONE:
            it = Honour(
                kind=HonourKind.MILESTONE, unit_id=unit.id, assignment_id=task.id, days=MILESTONE, reached=MILESTONE,
                day=yesterday - timedelta(days=days - MILESTONE), made_at=now - timedelta(days=days - MILESTONE),
            )  # fmt: skip
            honours.keep(session, [it], form.spec.title)
    for number, days in STARS.items():
        ward = _person(session, number)
        _streak(session, ZeroStreak(assignment_id=task.id, person_id=ward.id, total=days, upto=yesterday))


def _streak(session: Session, made: ZeroStreak) -> None:
    session.add(made)
    session.flush()
    for back in range(made.total):
        session.add(ZeroDay(streak_id=made.id, day=made.upto - timedelta(days=back), total=made.total - back))


def _call(session: Session, zone: str, now: datetime) -> None:
    """Let reporters have telephoned on the days before, when nothing was asked yet."""
    for before, by, ward, reached in CALLED:
        at = now - timedelta(days=before)
        outcome = Outcome.REACHED if reached else Outcome.MISSED
        calls.file(session, _person(session, ward), _person(session, by), outcome, day_at(at, zone), at, TRIES)


def _rota(session: Session, said: dict[str, str], now: datetime, zone: str) -> None:
    persons = [_person(session, it) for it in ON_DUTY]
    turns = tuple(it.id for it in persons)
    week = [  # after a night comes a free day
        Line(said["day_shift"], tuple(range(7)), 9 * 60, 18 * 60, 1, turns),
        Line(said["night_shift"], tuple(range(7)), 18 * 60, DAY + 9 * 60, 1, turns[2:] + turns[:2]),
    ]
    first = day_at(now, zone) + timedelta(days=1)
    rotas.replace(session, people.home(session, persons[0]), week, persons[0].id, first, zone, now, place=False)


def words(locale: str) -> dict[str, str]:
    with (TEMPLATES / "demo" / f"things.{locale}.csv").open(encoding="utf-8", newline="") as source:
        return {row["key"]: row["words"] for row in csv.DictReader(source)}


def _person(session: Session, number: str) -> Person:
    return session.exec(select(Person).where(Person.staff_no == number)).one()
