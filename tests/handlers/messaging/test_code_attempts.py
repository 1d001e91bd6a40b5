"""Enrolment codes that are guessed: nobody else is locked out, the admins hear of it, and nothing of it is kept."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.channels import code_attempts, webchat
from models.channels.code_attempts import Attempt
from models.messaging import addresses, enrolment
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.enrolment import Invite
from tests.support.admins import invite
from tests.support.world import World


def begin(world: World) -> None:
    world.organisation(enrolled="1001 1002 1003")
    world.at("8:01")


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def _guess(world: World, accounts: range, each: int) -> None:
    """Wrong codes, handled in one transaction after another."""
    tries = [world.incoming(f"x{n}", text=f"/start WRONG{n % 10}{k}9") for n in accounts for k in range(each)]
    for at in range(0, len(tries), 100):
        chunk = tries[at : at + 100]
        world.desk.transact(lambda session, now: [world.desk.handle(session, now, it) for it in chunk])  # noqa: B023
    world.deliver()


def _in(world: World, account: str) -> bool:
    with world.database.reading() as session:
        return addresses.who(session, "web", account) is not None


def _told(world: World) -> list[str]:
    return [b.text for b in world.chat("周敏") if "试猜开通码" in b.text]


def test_the_findings_attack_is_told_to_the_admins_once_with_counts_and_logged_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """2,000 wrong codes from 400 accounts, made small."""
    with caplog.at_level(logging.WARNING, "zeroreport"):
        _guess(world, range(80), 5)
    (told,) = _told(world)
    assert "08:00以来输错至少100次，来自35个账号" in told
    assert len([r for r in caplog.records if "guessing" in r.getMessage()]) == 1
    with world.database.reading() as session:
        assert len(session.exec(select(Attempt)).all()) == 190, "under attack an account has two tries"


def test_the_honest_are_never_locked_out_by_others(world: World) -> None:
    _guess(world, range(30), 5)
    world.says("phone-a", f"/start {invite(world, '张伟')}")
    assert _in(world, "phone-a")
    world.says("phone-b", "/start MISTYPE2")
    world.says("phone-b", f"/start {invite(world, '李梅')}")
    assert _in(world, "phone-b"), "who mistypes once may try again, attack or not"


def test_under_attack_an_account_waits_after_two_wrong_codes_and_else_after_five(world: World) -> None:
    code = invite(world, "张伟")
    for n in range(4):
        world.says("phone-a", f"/start WRONG{n}22")
    world.says("phone-a", f"/start {code}")
    assert _in(world, "phone-a")
    _guess(world, range(60), 1)
    for n in range(2):
        world.says("phone-b", f"/start WRONG{n}33")
    world.says("phone-b", f"/start {invite(world, '李梅')}")
    assert not _in(world, "phone-b")
    world.clock.at += timedelta(minutes=61)
    world.says("phone-b", f"/start {invite(world, '李梅')}")
    assert _in(world, "phone-b")


def test_each_hour_of_an_attack_is_told_by_itself_and_a_few_wrong_codes_are_not(world: World) -> None:
    _guess(world, range(49), 1)
    assert _told(world) == []
    _guess(world, range(100, 101), 1)
    assert len(_told(world)) == 1
    world.clock.at = world.local("9:01")
    _guess(world, range(200, 260), 1)
    assert len(_told(world)) == 2


def test_what_the_door_turned_away_counts_as_well(world: World) -> None:
    with world.database.writing() as session:
        now = world.clock.now()
        assert code_attempts.turned_away(session, 49, 12, now) is None
        assert code_attempts.turned_away(session, 951, 300, now) == (1000, 300)
        assert code_attempts.turned_away(session, 1, 301, now) is None
        assert code_attempts.locked_out(session, "web", "x", now) is False
    with world.database.reading() as session:
        assert len(session.exec(select(Attempt)).all()) == 1, "one row for all of them"


def test_a_group_that_is_none_of_ours_is_forgotten_after_its_day_and_ours_are_kept(world: World) -> None:
    world.says("周敏", "/bind 区局/一站", chat="-100", title="一站群")
    incoming = world.incoming("nobody", text="/status", chat="-200", title="陌生群", anonymous=True)
    world.hand_in(replace(incoming, account="-200"))
    assert world.phones["-200"], "it was told one thing"
    world.at("23:00")
    with world.database.writing() as session:
        assert not code_attempts.forget(session, world.clock.now() + code_attempts.KEPT)
        found = session.exec(select(Address.chat).where(col(Address.chat).startswith("-"))).all()
        assert found == ["-100"]


def test_what_is_known_of_those_who_never_enrolled_goes_after_their_day(world: World) -> None:
    code = invite(world, "张伟")
    for n in range(3):
        world.says(f"stranger{n}", "你好")
    world.says("stranger3", "/start WRONG234")
    world.says("phone-a", f"/start {code}")
    kept = {"1001", "1002", "1003", "phone-a"}

    def night() -> None:
        with world.database.writing() as session:
            assert not code_attempts.forget(session, world.clock.now())

    def chats() -> set[str]:
        with world.database.reading() as session:
            return set(session.exec(select(Address.chat).where(Address.chat.not_like("group%"))).all())  # type: ignore[attr-defined]

    night()
    assert chats() == kept | {f"stranger{n}" for n in range(4)}
    world.clock.at += timedelta(days=1, minutes=1)
    night()
    assert chats() == kept
    with world.database.reading() as session:
        assert not session.exec(select(Attempt)).all()
        assert not session.exec(select(Invite)).all(), "a spent code is of no use"
        known = set(session.exec(select(Address.id)).all())
        assert all(card.address_id in known for card in session.exec(select(Card)).all())
        assert session.exec(select(Address).where(Address.chat == "group 一站")).one()
    world.says("stranger0", "你好")
    assert "stranger0" in chats()


def test_the_numbers_of_changes_go_on_after_the_newest_was_said_to_a_stranger(world: World) -> None:
    """An open page asks for what changed since the number that it has: it would wait for ever."""
    now = world.clock.now() - timedelta(days=2)
    with world.database.writing() as session:
        session.add(Address(channel="web", account="s", chat="s", since=now, used_at=now))
        said = {"text": "x", "buttons": [], "file": None}
        for chat in ("1005", "s"):
            webchat.post(session, [chat], said, now, None)
        before = webchat.latest(session)
        assert not code_attempts.forget(session, world.clock.now())
        assert webchat.latest(session) == before
        webchat.post(session, ["1005"], said, now, None)
        assert webchat.latest(session) == before + 1


def test_many_strangers_go_a_chunk_at_a_time(world: World) -> None:
    with world.database.writing() as session:
        now = world.clock.now() - timedelta(days=2)
        session.add_all(Address(channel="web", account=f"s{n}", chat=f"s{n}", since=now, used_at=now) for n in range(7))
        session.flush()
        assert code_attempts.forget(session, world.clock.now(), limit=4)
        assert not code_attempts.forget(session, world.clock.now(), limit=4)


def test_codes_are_many_and_no_words(world: World) -> None:
    codes = {enrolment.mint() for _ in range(200)}
    assert len(codes) == 200
    assert all(enrolment.codes_in(f"x {code.lower()}。") == [code] for code in codes)
    assert len(enrolment.INVITE_LETTERS) ** enrolment.LENGTH >= 2**40
