"""Chats on Telegram that come, go and move, and what people send that is no text; over HTTP."""

from datetime import timedelta

import pytest
from sqlmodel import select

from models.organisation.people import Person as Somebody
from tests.fakes.telegram import BotApi, Group
from tests.support.telegrams import Town
from tests.support.world import ROSTER

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_who_blocks_and_comes_back_gets_what_is_still_due(town: Town, api: BotApi) -> None:
    (li,) = town.people("李梅")
    town.assign()
    with town.running():
        li.block()
        api.until(town.listening)
        assert town.address(str(li.id)).reach == "unreachable"
        town.at("7:30")
        assert not [c for c in api.calls if c[2] == li.id]
        li.start()
        town.shows(li, "每日健康")
        assert "已" in town.answered(li, "零报告")
    assert api.refused == []


def test_a_group_is_bound_gets_its_summary_moves_and_is_lost(town: Town, api: BotApi) -> None:
    admin, li = town.people("周敏 李梅")
    town.assign()
    group = Group(api, -555, "一站群")
    with town.running():
        admin.add_bot(group)
        town.shows(admin, "一站群")
        li.say("/bind 区局/一站", to=group)  # no admin
        admin.say("/bind@zero_test_bot 区局/一站", to=group)
        town.shows(group, "区局/一站")
        moved = group.migrate(-1005550000000)
        api.until(town.listening)
        assert town.address(str(moved.id)).unit_id
        town.at("7:30")
        town.answered(li, "零报告")
        town.at("12:00")
        town.shows(moved, "截至")
        admin.remove_bot(moved)
        town.shows(admin, "未能收到一条消息")
        assert town.address(str(moved.id)).reach == "unreachable"
    assert api.refused == []


def test_a_roster_sent_in_chat_is_imported(town: Town, api: BotApi) -> None:
    admin, li = town.people("周敏 李梅")
    with town.running():
        li.upload(ROSTER.encode(), "花名册.csv")
        admin.upload((ROSTER + "1009,孙悦,区局/二站,,,,\n").encode(), "花名册.csv", caption="新来的")
        api.until(town.listening)
        town.clock.at += timedelta(seconds=1)
        town.shows(li, "花名册.csv")
        town.shows(admin, "孙悦")
        town.answered(admin, "导入")
        town.shows(admin, "✅")
        with town.database.reading() as session:
            assert session.exec(select(Somebody).where(Somebody.name == "孙悦")).one().staff_no == "1009"


def test_a_file_beyond_20_mb_is_refused_with_a_sentence(town: Town, api: BotApi) -> None:
    (admin,) = town.people("周敏")
    with town.running():
        admin.upload(b"x" * (20 * 1024 * 1024 + 1), "花名册.csv")
        town.shows(admin, "花名册.csv")
    assert "getFile" not in [method for _, method, _ in api.calls]


def test_leads_and_admins_see_menus_of_their_own(town: Town, api: BotApi) -> None:
    admin, lead, li = town.people("周敏 王建国 李梅")
    with town.database.writing() as session:
        from models.messaging import command_menus

        command_menus.refresh(session, town.defaults.locale, town.clock.now().date())
    with town.running():
        own = api.until(lambda: len(api.bot.menus) >= 5 and api.bot.menus)
    names = {scope: {c["command"] for c in shown} for (scope, _), shown in own.items()}
    assert f"chat:{li.id}" not in names
    assert names["all_private_chats"] < names[f"chat:{lead.id}"] < names[f"chat:{admin.id}"]
    assert {"team", "urge"} <= names[f"chat:{lead.id}"]
    assert "people" in names[f"chat:{admin.id}"]
