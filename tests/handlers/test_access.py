"""Who may do what: every role, every command, every button, in private and in a group, one's own and others' units.
What is planned and what is imported is walked by test_planned.py and test_imports.py, at the moment it takes effect."""

import html
import itertools
import re

import pytest
from sqlmodel import select

from handlers.core.access import Access
from handlers.core.router import Button, Command
from handlers.registry import ROUTES
from models.conversations.confirmations import Confirmation
from models.organisation import people
from models.organisation.people import Membership, Role
from tests.handlers.another_station import begin, numbers_of
from tests.support.world import TUESDAY, World

MEMBER, OTHER_MEMBER, LEAD, OTHER_LEAD = "李梅", "钱丽", "王建国", "赵强"
DIRECTOR, ADMIN, OTHER_ADMIN = "陈局", "周敏", "冯静"
STAFF = (MEMBER, OTHER_MEMBER, LEAD, OTHER_LEAD, DIRECTOR)
LEADS = (LEAD, OTHER_LEAD, DIRECTOR, ADMIN, OTHER_ADMIN)
RANK = {MEMBER: 1, OTHER_MEMBER: 1, LEAD: 2, OTHER_LEAD: 2, DIRECTOR: 2, ADMIN: 3, OTHER_ADMIN: 3}
KINDS = {
    "unit": "Unit", "person": "Person", "report": "Report", "period": "Period", "task": "Assignment",
    "draft": "Draft", "rehearsal": "Draft", "proxied": "Draft", "drafted": "Absence", "absence": "Absence",
    "incident": "Incident", "alert": "Alert", "deputy": "Deputy", "group": "Address", "pending": "Confirmation",
    "held": "Confirmation", "attachment": "Attachment", "job": "Job", "round": "Round", "call": "Round",
    "shift": "Shift", "duty": "Duty", "swap": "DutySwap", "secondment": "Secondment",
    "question": "Question", "entry": "FaqEntry", "topic": "Topic", "store": "Store", "movement": "Movement",
    "handout": "Handout", "handing": "Handing", "collection": "Collection", "gift": "DonationEntry",
    "honour": "Honour", "book": "Runbook", "run": "RunbookRun",
    "step": "RunbookStep",
    "partner": "Partner", "handed": "HandedUp", "asked": "PartnerRequest", "told": "TimelineEntry",
}  # fmt: skip
SAMPLES = {"20991231": "20261201", "f" * 12: "abcd", "f" * 16: "1", "f" * 40: "signoff"}  # by the longest that is read
REFUSED = ("不在您", "该按钮", "重新发送", "已提交或已取消", "已经发送或已取消", "您无权查看")
SECRETS = ("钱丽", "仓库起火", "手术", "电话确认")


pytestmark = pytest.mark.world(begin=begin)


def numbers_by_kind(world: World) -> dict[str, list[int]]:
    """Return the same, by what they are ids of."""
    numbers, kinds = numbers_of(world), dict[str, list[int]]()
    for name, kind in KINDS.items():
        kinds.setdefault(kind, []).append(numbers[name])
    kinds["FormVersion"] = [1]
    return kinds


def _seen(world: World, who: str) -> str:
    return "\n".join(html.unescape(re.sub("<[^>]+>", "", b.content.text)) for b in world.chat(who))


@pytest.mark.sqlite
def test_every_command_has_its_role_and_nobody_below_it_gets_anything(world: World) -> None:
    for command in ROUTES.commands:
        for who in STAFF:
            if RANK[who] >= command.role:
                continue
            before = world.records()
            for words in (f"/{command.name}", f"/{command.name} 区局/一站", f"{command.word}", f"/{command.word} list"):
                said = world.says(who, words)
                if not words.startswith("/") and command.role == Access.ADMIN and "仅限" not in said:
                    pytest.fail(f"{who} {words}: {said}")
                assert "仅限" in said, (who, words)
            assert world.records() == before, (who, command.name)


@pytest.mark.parametrize("command", ROUTES.commands, ids=lambda c: c.name)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_command_in_a_group_says_nothing_there_but_that_it_was_answered(world: World, command: Command) -> None:
    before = [b.text for b in world.chat("group 一站")]
    for who in (MEMBER, LEAD, ADMIN):
        world.says(who, f"/{command.name}", chat="group 一站")
    assert [b.text for b in world.chat("group 一站")][len(before) :] in ([], ["已私信回复。"])


def _carried(button: Button, numbers: dict[str, list[int]]) -> list[str]:
    """Return what a forger makes a button carry: each kind of id with somebody else's, anything else with a
    few values."""
    values: list[list[str]] = []
    for it in button.arguments:
        if it.table is not None:
            values.append([str(number) for number in numbers[it.table.__name__]])
        elif it.choices:
            values.append(list(it.choices))
        else:
            values.append([SAMPLES[it.longest]] if it.longest in SAMPLES else ["0", "1"])
    return [".".join((button.name, *each)) for each in itertools.product(*values)]


def _names_others(button: Button) -> bool:
    return any(it.table is not None and not it.shared for it in button.arguments)


@pytest.mark.sqlite
def test_every_button_has_its_role(world: World) -> None:
    numbers = numbers_by_kind(world)
    for button in ROUTES.buttons.values():
        for who in STAFF:
            if RANK[who] >= button.role:
                continue
            before, phone = world.records(), _seen(world, who)
            for data in (f"{button.name}.1", f"{button.name}.1.1", *_carried(button, numbers)):
                assert "该按钮" in (world.forges(who, data) or ""), (who, data)
            assert (world.records(), _seen(world, who)) == (before, phone), (who, button.name)


def test_every_button_that_names_somebody_elses_is_refused(world: World, database_kind: str) -> None:
    """A member and a lead of one station and an admin of the same, by forged buttons about the other station;
    what a lead's ask of PostgreSQL the others' ask as well."""
    numbers = numbers_by_kind(world)
    asking = (MEMBER, LEAD, OTHER_ADMIN) if database_kind == "sqlite" else (LEAD,)
    for button in filter(_names_others, ROUTES.buttons.values()):
        for who in asking:
            before = world.records()
            for data in _carried(button, numbers):
                phone = _seen(world, who)
                toast = world.forges(who, data) or ""
                told = toast + _seen(world, who).removeprefix(phone)
                assert any(words in told for words in REFUSED), (who, data, told)
                assert not any(words in told.replace("区局/二站", "") for words in SECRETS), (who, data, told)
            assert world.records() == before, (who, button.name)


@pytest.mark.sqlite
def test_a_button_that_names_nobodys_own_tells_nothing_of_others(world: World) -> None:
    numbers = numbers_by_kind(world)
    for button in ROUTES.buttons.values():
        for who in (MEMBER, LEAD, OTHER_ADMIN) if not _names_others(button) else ():
            for data in _carried(button, numbers):
                phone = _seen(world, who)
                told = (world.forges(who, data) or "") + _seen(world, who).removeprefix(phone)
                assert not any(words in told for words in SECRETS), (who, data, told)


@pytest.mark.parametrize(
    "words",
    [
        "/people move 1008 区局/一站", "/people move 1005 区局/二站", "/people role 1008 lead", "/people leave 1008",
        "/people role 1005 lead 区局/二站", "/people add 1050 某人 区局/二站", "/people find 钱丽",
        "/people find 区局/二站",
        "/unit add 区局/五站", "/unit rename 区局/二站 二队", "/unit move 区局/一站 区局/二站", "/unit list 区局",
        "/assign times health due=11:00", "/assign pause health", "/assign end health", "/assign new health 区局/二站",
        "/calendar 12-01 rest", "/reopen 1008 11-23 误报", "/audit 1008", "/invite 1008", "/bind 区局/二站",
        "/bind 区局/二站 off", "/bind 区局/二站 https://a/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0",
        "/people reporter 2001 1008",
    ],
)  # fmt: skip
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_admin_reaches_the_own_subtree_and_no_more(world: World, words: str) -> None:
    before = world.records()
    said = world.says(OTHER_ADMIN, words)
    assert "不在您" in said, said
    assert not any("确认" in label for label in world.last(OTHER_ADMIN).labels)
    assert world.records() == before


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_an_admin_of_a_subtree_sees_is_of_that_subtree(world: World) -> None:
    world.says(ADMIN, "/people role 1008 lead 今天")
    world.taps(ADMIN, "确认")
    world.says(ADMIN, "/people role 1005 lead 12-05")
    world.taps(ADMIN, "确认")
    for words in (
        "留痕",
        "系统",
        "单位",
        "人员",
        "任务",
        "表单",
        "重开",
        "绑定",
        "/export roster csv",
        "/people find 钱丽",
        "/people",
    ):
        said = world.says(OTHER_ADMIN, words)
        assert "钱丽" not in said.replace("“钱丽”", ""), words
        assert "二站" not in said.replace("“区局/二站”", ""), words
    file = next(b.content.file for b in reversed(world.chat(OTHER_ADMIN)) if b.content.file)
    from models.files.blobs import data_of

    with world.database.reading() as session:
        text = data_of(session, file.digest).decode()
    assert "王建国" in text
    assert "钱丽" not in text


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_role_lost_before_the_confirmation_is_lost(world: World) -> None:
    world.says(OTHER_ADMIN, "/people leave 1005")
    yes, _ = world.button(OTHER_ADMIN, "今天起生效")
    with world.database.writing() as session:
        who = people.find_person(session, OTHER_ADMIN)
        held = session.exec(select(Membership).where(Membership.person_id == who.id)).one()
        held.role = Role.LEAD
        session.add(held)
    assert "该按钮" in (world.forges(OTHER_ADMIN, yes.data) or "")
    with world.database.reading() as session:
        assert people.find_person(session, "李梅").left_on is None


def test_a_question_belongs_to_the_one_who_was_asked(world: World) -> None:
    world.says(ADMIN, "/people leave 1005")
    with world.database.reading() as session:
        number = session.exec(select(Confirmation.id)).one()
    before = world.records()
    for who in (LEAD, DIRECTOR, OTHER_ADMIN):
        for action in ("confirm.yes", "confirm.today", "confirm.no"):
            assert "重新发送" in (world.forges(who, f"{action}.{number}") or ""), (who, action)
    assert world.records() == before
    world.taps(ADMIN, "取消")


def test_a_leaver_sees_and_does_nothing_more(world: World) -> None:
    world.says(ADMIN, "/people leave 1003 今天")
    world.taps(ADMIN, "确认")
    period, before = world.report("李梅", day=TUESDAY).period_id, world.records()
    assert world.forges(LEAD, f"summary.table.{period}.1") is None
    phone = len(world.chat(LEAD))
    for words in ("进度", "/team", "零报告"):
        world.says(LEAD, words)
    assert all("邀请码" in b.text or "不认识" in b.text for b in world.chat(LEAD)[phone:])
    assert world.records() == before


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_help_tells_each_what_this_role_can_do(world: World) -> None:
    for who in (MEMBER, LEAD, ADMIN):
        world.says(who, "帮助")
        said = next(b.text for b in reversed(world.chat(who)) if "/help " in b.text)
        for command in ROUTES.commands:
            if command.role in (Access.LEAD, Access.ADMIN):
                assert (f"/{command.name} " in said) == (RANK[who] >= command.role), (who, command.name)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_nobody_but_an_admin_of_both_units_takes_a_group_over(world: World) -> None:
    world.says(ADMIN, "/bind 区局/二站", chat="-100", title="二站群")
    before = world.records()
    for who in (MEMBER, LEAD, OTHER_ADMIN):
        world.says(who, "/bind 区局/一站", chat="-100")
        said = world.last(who).text
        assert "仅限" in said or "不在您" in said, (who, said)
    assert world.records() == before
    assert len(world.chat("-100")) == 1
