"""Menus of commands: by role and language, told to a channel only where they differ."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from models.messaging import command_menus, enrolment
from models.messaging.addresses import Address
from models.messaging.command_menus import Menu
from models.organisation import people
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def _stale(world: World) -> dict[str, tuple[str, str]]:
    with world.database.reading() as session:
        return {a.chat: (role, locale) for a, role, locale in command_menus.stale(session, "web", 100)}


def _nightly(world: World) -> None:
    day = world.clock.now().date()
    world.desk.transact(lambda session, now: command_menus.refresh(session, "zh_CN", day))


def test_only_chats_with_another_menu_than_everybodys_are_told_to_the_channel(world: World) -> None:
    _nightly(world)
    assert _stale(world) == {
        "1001": ("lead", "zh_CN"), "1002": ("admin", "zh_CN"), "1003": ("lead", "zh_CN"), "1006": ("member", "en"),
        "1007": ("lead", "zh_CN"),
    }  # fmt: skip
    with world.database.writing() as session:
        for address, role, locale in command_menus.stale(session, "web", 2):
            command_menus.shown(session, address.id, role, locale)
    assert set(_stale(world)) == {"1003", "1006", "1007"}


def _show_all(world: World) -> None:
    _nightly(world)
    with world.database.writing() as session:
        for address, role, locale in command_menus.stale(session, "web", 100):
            command_menus.shown(session, address.id, role, locale)


def test_a_new_role_a_lost_one_a_deputy_and_a_language_change_the_menu(world: World) -> None:
    _show_all(world)
    world.says("周敏", "/people role 1005 lead 今天")
    world.taps("周敏", "确认")
    world.says("周敏", "/people role 1007 member 今天")
    world.taps("周敏", "确认")
    assert _stale(world) == {"1005": ("lead", "zh_CN"), "1007": ("member", "zh_CN")}
    world.says("钱丽", "/language en")
    assert _stale(world)["1008"] == ("member", "en")
    world.says("王建国", "/deputy 1004 11-23 11-24")
    assert _stale(world)["1004"] == ("lead", "zh_CN")
    world.clock.at += timedelta(days=3)
    _nightly(world)
    with world.database.reading() as session:
        held = session.exec(select(Menu).join(Address).where(Address.chat == "1004")).one()
        assert held.role == "member"


def test_an_old_account_and_one_out_of_reach_have_no_leads_menu(world: World) -> None:
    _show_all(world)
    with world.database.writing() as session:
        lead = people.find_person(session, "王建国")
        enrolment.enrol(session, lead, "web", "new", "new", world.clock.now())
        zhao = session.exec(select(Address).where(Address.chat == "1007")).one()
        zhao.reach = "unreachable"
        session.add(zhao)
    world.hand_in(replace(world.incoming("王建国", text="/start"), account="new", chat="new"))
    assert _stale(world) == {"1003": ("member", "zh_CN"), "new": ("lead", "zh_CN")}
