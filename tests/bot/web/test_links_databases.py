"""What links count, and what they take once only, on both databases and when two come at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlmodel import Session, select

from bot.web import link_limits
from models.organisation.people import find_person
from models.rounds import link_counts, links, rounds, surveys, tally
from models.rounds.links import SurveyLink
from models.rounds.open_answers import OpenAnswer
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from models.rounds.tally import Source
from tests.bot.web.test_links import GIVEN, Street, changed, fields_of, words
from tests.bot.web.test_links import street as street
from tests.handlers.rounds import test_outside as shops
from tests.handlers.rounds.test_outside import ask_shops, hand_out

pytestmark = pytest.mark.world(begin=shops.begin)
AT_ONCE = 4


def counted(session: Session) -> tuple[int, dict[Source, int]]:
    """Return how many answers the survey says it has by open links, and what is counted from each source."""
    it = session.exec(select(Round)).one()
    top = session.get_one(rounds.Unit, it.unit_id)
    return it.opened, tally.sources(session, it, [top])


@pytest.mark.parametrize("how", ["实名", "匿名"])
def test_a_phone_answers_once_and_a_page_counts_once(street: Street, how: str) -> None:
    token, phone = street.open_link(how=how), street.phone()
    first, second = phone.look(token), phone.look(token)
    sent = changed(fields_of(first.body.decode()), **GIVEN)
    assert [phone.send(token, sent).status for _ in range(2)] == [303, 303]
    late = phone.send(token, changed(fields_of(second.body.decode()), **{**GIVEN, "days": "9"}))
    assert "以此前提交的为准" in words(late)
    assert street.phone().answer(token, days="4").status == 303
    assert street.counted(how) == 2
    with street.world.database.reading() as session:
        assert counted(session) == (2, {Source.OPEN: 2} if how == "实名" else {})


@pytest.mark.parametrize("how", ["实名", "匿名"])
def test_one_page_sent_at_the_same_moment_several_times_counts_once(street: Street, how: str) -> None:
    token, phone = street.open_link(how=how), street.phone()
    sent = changed(fields_of(phone.look(token).body.decode()), **GIVEN)
    with ThreadPoolExecutor(AT_ONCE) as senders:
        statuses = list(senders.map(lambda _: phone.send(token, sent).status, range(AT_ONCE)))
    assert statuses == [303] * AT_ONCE
    assert street.counted(how) == 1
    with street.world.database.reading() as session:
        assert session.exec(select(Round)).one().opened == 1


def test_phones_that_answer_at_the_same_moment_are_all_counted(street: Street) -> None:
    token, phones = street.open_link("公开链接，次数不限"), [street.phone() for _ in range(AT_ONCE)]
    pages = [
        changed(fields_of(it.look(token).body.decode()), **{**GIVEN, "days": str(n)}) for n, it in enumerate(phones)
    ]
    with ThreadPoolExecutor(AT_ONCE) as senders:
        assert (
            list(senders.map(lambda it: it[0].send(token, it[1]).status, zip(phones, pages, strict=True))) == [303] * 4
        )
    with street.world.database.reading() as session:
        assert counted(session) == (AT_ONCE, {Source.OPEN: AT_ONCE})
        it = session.exec(select(Round)).one()
        days = surveys.results(session, it, [session.get_one(rounds.Unit, it.unit_id)]).each[0].numbers
        assert days is not None and (days.least, days.most, days.total) == (0, 3, 6)


def test_two_programs_that_take_the_same_page_at_the_same_moment_count_it_once(street: Street) -> None:
    street.open_link()
    database, now, both = street.world.database, street.world.clock.now(), Barrier(2)

    def take(n: int) -> bool:
        both.wait()
        with database.writing() as session:
            it = session.exec(select(Round)).one()
            return links.take_open(session, it, {"days": n, "level": "right"}, "one mark", now, "")

    with ThreadPoolExecutor(2) as programs:
        assert sorted(programs.map(take, range(2))) == [False, True]
    with database.reading() as session:
        assert len(session.exec(select(OpenAnswer)).all()) == 1
        assert counted(session) == (1, {Source.OPEN: 1})


def test_a_survey_takes_no_more_answers_by_open_links_than_it_may(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = street.open_link("公开链接，次数不限")
    monkeypatch.setattr(links, "MOST_OPEN", 2)
    phones = [street.phone() for _ in range(3)]
    pages = [changed(fields_of(it.look(token).body.decode()), **GIVEN) for it in phones]
    statuses = [it.send(token, page).status for it, page in zip(phones, pages, strict=True)]
    assert statuses == [303, 303, 200], "who comes too late is told on the page"
    assert len(street.opened()) == 2
    with street.world.database.reading() as session:
        assert counted(session) == (2, {Source.OPEN: 2})


def test_a_shop_that_changes_its_answers_is_counted_once_with_the_newest(street: Street) -> None:
    ask_shops(street.world)
    token, phone = hand_out(street.world)["S01"], street.phone()
    assert phone.answer(token).status == 303
    page = phone.look(token, "?change=1")
    assert phone.send(token, changed(fields_of(page.body.decode()), days="7")).status == 303
    with street.world.database.reading() as session:
        assert counted(session)[1] == {Source.OUTSIDE: 1}
        it = session.exec(select(Round)).one()
        top = session.get_one(rounds.Unit, it.unit_id)
        assert tally.results(session, it, [top])["days"] == {"7": 1}
        assert len(session.exec(select(Reply).where(Reply.number > 0)).all()) == 1


def test_as_many_links_as_somebody_may_have_are_made_and_ended_together(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_shops(street.world)
    monkeypatch.setattr(links, "MOST", 2)
    now: datetime = street.world.clock.now()
    with street.world.database.writing() as session:
        it, by, shop = session.exec(select(Round)).one(), find_person(session, "1002"), find_person(session, "S01")
        for _ in range(2):
            links.personal(session, it, [shop], by, now)
        with pytest.raises(links.Refusal):
            links.personal(session, it, [shop], by, now)
        assert links.end(session, it, [shop.id], now) == 2
        links.keep(session, it, [(shop.id, "digest")] * 1, by, now)
        links.keep(session, it, [(shop.id, "digest"), (shop.id, "another")], by, now)
    with street.world.database.reading() as session:
        living = session.exec(select(SurveyLink).where(SurveyLink.ended_at == None)).all()  # noqa: E711
        assert sorted(it.digest for it in living) == ["another", "digest"]


def test_what_came_by_links_and_what_limits_refused_stands_in_the_reports_of_admins(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_limits, "ANSWERS_A_SECOND", 0.0)
    monkeypatch.setattr(link_limits, "ANSWERS_AT_ONCE", 3.0)
    world, token = street.world, street.open_link("公开链接，次数不限")
    assert "有效公开链接1个，24小时内收到答卷0份" in (world.says("周敏", "/system") or "")
    assert [street.phone().answer(token).status for _ in range(5)] == [303, 303, 303, 429, 429]
    assert "收到答卷3份，超出限额未受理1次" in world.says("周敏", "/system"), "written once a minute at most"
    world.clock.at += timedelta(minutes=2)
    street.phone().look(token)
    said = world.says("周敏", "/system")
    assert "24小时内收到答卷3份，超出限额未受理2次" in said
    world.at("20:00")
    assert "24小时内收到答卷3份，超出限额未受理2次" in world.last("周敏").text
    world.clock.at += timedelta(days=2)
    assert "问卷链接" not in world.says("周敏", "/system"), "the survey is over, and what it took is long ago"
    assert street.phone().look("no-such-link").status == 404


@pytest.mark.sqlite
def test_a_count_that_cannot_be_written_takes_nobodys_page_away_and_is_written_later(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_limits, "WRONG_AT_ONCE", 1.0)
    token = street.open_link()
    with monkeypatch.context() as broken:
        broken.setattr(link_counts, "add_refused", lambda *_: 1 / 0)
        assert [street.phone().look(it).status for it in ("no-such-link", "no-such-link", token)] == [404, 429, 200]
    street.world.clock.at += timedelta(minutes=2)
    assert street.phone().look(token).status == 200
    assert "超出限额未受理1次" in street.world.says("周敏", "/system")


@pytest.mark.parametrize("how", ["实名", "匿名"])
def test_only_first_answers_count_and_old_hours_are_forgotten(street: Street, how: str) -> None:
    token, phone = street.open_link(how=how), street.phone()
    sent = changed(fields_of(phone.look(token).body.decode()), **GIVEN)
    for _ in range(2):
        phone.send(token, sent)
    now = street.world.clock.now()
    with street.world.database.writing() as session:
        it = session.exec(select(Round)).one()
        top = session.get_one(rounds.Unit, it.unit_id)
        assert link_counts.standing(session, [top], now) == link_counts.Standing(1, 1, 0)
        assert not link_counts.standing(session, [], now)
        link_counts.add(session, top.id, now + timedelta(days=3), refused=2)
        assert len(session.exec(select(link_counts.LinkCount)).all()) == 1
        links.end(session, it, None, now)
        assert link_counts.standing(session, [top], now + timedelta(days=3)).open == 0
