"""The demo's bureau has a store to play with, two collections of 16,550 yuan in all, people on duty,
and calls to those without a chat."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import col, func, select

from bot.demo import stage
from handlers.core.context import Defaults
from models.calls import calls
from models.calls.calls import CalledWard, PhoneCall
from models.core.database import Database
from models.donations.collections import CollectionSum
from models.duty import making, shifts
from models.duty.rotas import Rota
from models.evidence import verification
from models.honours.honours import Honour
from models.honours.streaks import ZeroStreak
from models.organisation.people import Person
from models.organisation.units import root as unit_root
from models.supplies.movements import Stock
from models.timeline.entries import TimelineEntry

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_demo_begins_with_masks_disinfectant_and_two_collections(database: Database, locale: str) -> None:
    with database.writing() as session:
        stage._found(session, Defaults(locale))
    with database.reading() as session:
        assert session.exec(select(func.sum(CollectionSum.given), func.count())).one() == (16550, 2)
        held = session.exec(select(Stock.balance, Stock.coming).order_by(col(Stock.id))).all()
        assert sorted(held) == [(0, 60), (120, 0), (840, 0)], "60 masks are on their way to a station"
        assert verification.verify(session).differs == []


def test_a_station_is_on_duty_day_and_night_and_nobody_two_shifts_in_a_row(database: Database) -> None:
    morning = stage._morning()
    with database.writing() as session:
        stage._found(session, Defaults("zh_CN"))
        rota = session.exec(select(Rota)).one()
        for _ in range(15):
            making.make_day(session, rota, morning)
    with database.reading() as session:
        found = shifts.listed(session, [unit_root(session)], morning, morning + timedelta(days=14))
        held = shifts.of_shifts(session, [it.id for it, _ in found])
        assert [it.name for it, _ in found[:2]] == ["白班", "夜班"]
        assert found[0][0].day == morning.date()
        assert all(len(held[it.id]) == it.need == 1 for it, _ in found)
        who = [held[it.id][0][1].staff_no for it, _ in found]
        assert all(one != after for one, after in pairwise(who))  # nobody goes from one shift into the next


def test_the_office_is_a_day_before_its_first_milestone_a_station_has_its_certificate_and_households_their_stars(
    database: Database,
) -> None:
    with database.writing() as session:
        stage._found(session, Defaults("zh_CN"))
    with database.reading() as session:
        streaks = session.exec(select(ZeroStreak)).all()
        assert sorted(it.days for it in streaks if it.unit_id) == [6, 32]
        assert sorted(it.stars for it in streaks if it.person_id) == [1, 2, 3]
        assert session.exec(select(Honour.days)).all() == [30]
        (told,) = session.exec(select(TimelineEntry).where(TimelineEntry.source == "honour")).all()
        assert told.told["days"] == 30
        assert told.day == session.exec(select(Honour.day)).one()


def test_some_were_called_in_the_days_before_and_one_was_not_reached_on_two(database: Database) -> None:
    with database.writing() as session:
        stage._found(session, Defaults("zh_CN"))
    today = stage._morning().date()
    with database.reading() as session:
        by = session.exec(select(Person).where(Person.staff_no == "2102")).one()
        found = calls.to_call(session, calls.theirs(session, by, today), today, 9)
        stand = [(it.ward.staff_no, it.state.tries if it.state else None) for it in found]
        assert stand == [("9003", 2), ("9005", None), ("9006", None), ("9001", 0), ("9002", 0), ("9004", 0)]
        days = session.exec(select(PhoneCall.day)).all()
        assert today - timedelta(days=7) < min(days) and max(days) < today
        assert session.exec(select(func.count()).where(col(CalledWard.alert_id).is_not(None))).one() == 0
        assert verification.verify(session).differs == []
