"""Cards: a message as it should stand and as it does stand."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from models.core.database import Database
from models.messaging import cards, contents, delivery_queue, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind, Lane
from models.messaging.contents import Button, Content
from models.messaging.delivery_queue import Shown
from models.messaging.slots import Slot, Subject
from tests.support.world import ZONE

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
ONE, OTHER = Content("一"), Content("二", ((Button("好", "report.zero.1"),),))


@pytest.fixture
def chats(database: Database) -> list[Address]:
    with database.writing() as session:
        made = [Address(channel="web", account=a, chat=a, since=NOW, used_at=NOW) for a in "ab"]
        session.add_all(made)
    return made


def slot(chat: Address, about: str = "k", sequence: int = 0) -> Slot:
    return Slot(Subject.REPORT, about, chat, sequence)


def claim(session: Session, now: datetime, channel: str = "web") -> list[Card]:
    return [it.card for lane in Lane for it in delivery_queue.claim(session, now, channel, lane)]


def test_the_same_wish_twice_is_one_card_and_the_same_words_are_stored_once(
    database: Database, chats: list[Address]
) -> None:
    with database.writing() as session:
        for chat in chats:
            cards.want(session, slot(chat), Kind.ASK, ONE, NOW)
            cards.want(session, slot(chat), Kind.ASK, ONE, NOW)
    with database.reading() as session:
        assert len(session.exec(select(Card)).all()) == 2
        (words,) = session.exec(select(contents.StoredContent)).all()
        assert words.content == ONE


@pytest.mark.sqlite
def test_content_survives_being_stored(database: Database, chats: list[Address]) -> None:
    with database.writing() as session:
        cards.want(session, slot(chats[0], "k"), Kind.ASK, OTHER, NOW)
        assert cards.newest_menu(session, chats[0]) == OTHER


def test_what_is_wished_while_it_is_being_sent_is_sent_next(database: Database, chats: list[Address]) -> None:
    with database.writing() as session:
        cards.want(session, slot(chats[0], "k"), Kind.ASK, ONE, NOW)
        (card,) = claim(session, NOW)
        sent = card.wanted_id
        cards.want(session, slot(chats[0], "k"), Kind.ASK, OTHER, NOW)
        assert claim(session, NOW) == [], "one message in flight per address"
        delivery_queue.note_shown(session, [Shown(card.id, NOW, sent, "m1")], NOW)
        (again,) = claim(session, NOW)
        assert (again.message, again.wanted_id != sent) == ("m1", True)
        delivery_queue.note_shown(session, [Shown(again.id, NOW, again.wanted_id, "m1")], NOW)
        assert claim(session, NOW) == []


@pytest.mark.sqlite
def test_replies_go_before_bulk_and_nothing_before_its_time(database: Database, chats: list[Address]) -> None:
    later = NOW + timedelta(seconds=10)
    with database.writing() as session:
        cards.want(session, slot(chats[0], "bulk"), Kind.ASK, ONE, NOW, lane=Lane.BULK, not_before=later)
        assert claim(session, NOW) == []
        cards.want(session, slot(chats[0], "reply"), Kind.REPLY, OTHER, later)
        assert [c.subject_id for c in claim(session, later)] == ["reply"]
        assert claim(session, later, "telegram") == []


def test_what_failed_is_tried_again_or_given_up_until_something_new_is_wanted(
    database: Database, chats: list[Address]
) -> None:
    with database.writing() as session:
        cards.want(session, slot(chats[0], "k"), Kind.ASK, ONE, NOW)
        (card,) = claim(session, NOW)
        assert [c.subject_id for c, _ in delivery_queue.abandoned(session, ["web"])] == ["k"]
        delivery_queue.note_failed(session, card, "no route", again_at=NOW + timedelta(seconds=5))
        assert claim(session, NOW) == []
        (card,) = claim(session, NOW + timedelta(seconds=5))
        delivery_queue.note_failed(session, card, "blocked", again_at=None)
        assert claim(session, NOW + timedelta(hours=1)) == []
        lost = delivery_queue.undelivered(session, NOW + timedelta(hours=1), NOW - timedelta(days=1))
        assert [(c.error, c.gave_up) for c, _ in lost] == [("blocked", True)]
        cards.want(session, slot(chats[0], "k"), Kind.ASK, OTHER, NOW)
        assert len(claim(session, NOW)) == 1


def test_bulk_cards_whose_slot_is_taken_are_left_alone(database: Database, chats: list[Address]) -> None:
    with database.writing() as session:
        words = contents.words(session, ONE)
        rows = [{"subject_id": "k", "address_id": c.id, "channel": c.channel, "wanted_id": words} for c in chats]
        cards.want_many(session, Subject.REPORT, rows[:1], Kind.ASK, NOW, NOW)
        cards.want_many(session, Subject.REPORT, rows, Kind.ASK, NOW, NOW)
        cards.want_many(session, Subject.REPORT, [], Kind.ASK, NOW, NOW)
        assert len(session.exec(select(Card)).all()) == 2


def test_a_live_message_is_found_among_those_about_other_things_and_in_other_chats(
    database: Database, chats: list[Address]
) -> None:
    here, there = chats
    with database.writing() as session:
        for where in (slot(here, "1"), slot(here, "11"), slot(here, "1", 1), slot(there, "1")):
            cards.want(session, where, Kind.ASK, ONE, NOW)
        cards.want(session, Slot(Subject.WARDS, "1", here), Kind.WARDS, ONE, NOW)
        assert [(c.subject_id, c.sequence) for c in cards.in_chat(session, slot(here, "1"))] == [("1", 0), ("1", 1)]
        live = live_messages.current(session, slot(here, "1"))
        assert live and live.sequence == 1
        assert {c.address_id for c in cards.about(session, Subject.REPORT, ["1"])} == {here.id, there.id}


def test_a_message_posted_anew_takes_the_place_of_the_old_also_where_the_first_is_forgotten(
    database: Database, chats: list[Address]
) -> None:
    with database.writing() as session:
        for n in range(3):
            live_messages.show(session, slot(chats[0]), Kind.ASK, Content(str(n)), NOW, below=True)
        first, *_ = cards.in_chat(session, slot(chats[0]))
        session.delete(first)
        session.flush()
        live_messages.show(session, slot(chats[0]), Kind.ASK, ONE, NOW, below=True)
        found = cards.in_chat(session, slot(chats[0]))
        assert [(c.sequence, c.wanted_id is None) for c in found] == [(1, True), (2, True), (3, False)]


@pytest.mark.parametrize(("wall", "spread", "sent"), [
    ("08:00:00", 0, "08:01:00"), ("08:30:00", 30, "08:31:30"), ("08:30:00", 31, "08:31:00"),
    ("08:00:59", 5, "08:01:05"),
    ("08:05:00", 3, "08:05:00"), ("00:00:00", 7, "00:01:07"), ("08:01:00", 9, "08:01:00"),
])  # fmt: skip
def test_a_wave_keeps_off_the_hour_and_the_half_hour(wall: str, spread: int, sent: str) -> None:
    at = datetime.fromisoformat(f"2026-11-23T{wall}+08:00")
    assert cards.off_the_hour(at, spread).strftime("%H:%M:%S") == sent


def test_a_content_forgotten_while_its_message_was_under_way_is_noted_as_sent_all_the_same(
    database: Database, chats: list[Address]
) -> None:
    with database.writing() as session:
        card = cards.want(session, slot(chats[0]), Kind.ASK, ONE, NOW)
        session.flush()
        old = card.wanted_id
        claimed = delivery_queue.claim(session, NOW, "web", Lane(card.lane))
        assert [it.card.id for it in claimed] == [card.id]
    with database.writing() as session:  # the person taps, and the night comes, before the platform has answered
        cards.want(session, slot(chats[0]), Kind.ASK, OTHER, NOW)
        session.flush()
        cards.forget_words(session, 0)
    with database.writing() as session:
        newer = contents.words(session, Content("三"))
        delivery_queue.note_shown(session, [Shown(card.id, NOW, old, "m1")], NOW)
    with database.reading() as session:
        found = session.get_one(Card, card.id)
        assert (found.message, found.shown_id, found.pending) == ("m1", None, True)
        assert newer != old
