"""The attacks that held, as floors: a few of each kind by default, all of them by `python -m tests.attack --whole`.

What is tried is the same each time: number `n` of a kind is made from `n` alone, so that a failure names its attack."""

import random
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from sqlmodel import func, select

from bot.bounds import Bounds, Day
from bot.desk import Desk
from handlers.registry import ROUTES
from models.changes import roster_import
from models.core.database import Database
from models.core.errors import Refusal, Refusals
from models.core.faults import Fault
from tests.attack import FLOORS, SMALL, wanted
from tests.support import evidenced
from tests.support.workbooks import workbook
from tests.support.world import DELIVERY, ROSTER, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ROLES = ("李梅", "王建国", "周敏", "nobody")  # a member, a lead, an admin, a stranger
NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "7",
    "12",
    "99",
    "-1",
    "1e9",
    "9" * 9,
    "9" * 19,
    "9" * 400,
    "\u0663",
    "\uff11",
    "0x1",
    "",
    " ",
    "None",
)
WORDS = (
    "end",
    "resume",
    "lead",
    "signoff",
    "abcd",
    "../..",
    "'; drop table report; --",
    "\u202e",
    "\x00",
    "<b>",
    "{{7*7}}",
    "%s",
)
ATOMS = (
    "零报告",
    "/zero",
    "/start",
    "/people",
    "/unit up",
    "/urge",
    "/summary",
    "/export",
    "/assign new",
    "/form",
    "/why",
    "准假",
    "有情况",
    "区局/一站",
    "区局",
    "1004",
    "11-23",
    "today",
    "3d",
    "38.2",
    "取消",
    "返回",
    "0",
    "-1",
    "9" * 300,
    "'",
    '"',
    "\\",
    "%",
    "_",
    "\n",
    "\t",
    "\x00",
    "\x7f",
    "\u202e",
    "\u2028",
    "\ufeff",
    "\ud83d",
    "𝟙",
    "ﷺ",
    "👨‍👩‍👧‍👦",
    "a\u0300" * 50,
    "<script>",
    "&amp;",
    "{{x}}",
    "{% for %}",
    "${x}",
    "=1+1",
    "@",
    "#",
    "/",
    "//",
    "/" * 80,
    "../../etc/passwd",
    "file:///etc/passwd",
    "http://[::1]",
    "[a](http://b)",
    "x" * 5000,
    "，",
    "；",
    "　",
)


PIECES = (b"\x00", b'"', b",", b"\n", b"\xff\xfe", b"\xe2\x80\xae", b"=cmd|", b"&lt;", b"<")


@pytest.fixture
def world(database: Database) -> World:
    """Return a world without limits on what one sends in a day: what is tried is what is made of it."""
    made = World(database)
    bounds = Bounds(day=Day(10**9, 10**9, 10**9, 10**9), strangers=10**6)
    made.desk = Desk(made.database, made.defaults, made.clock, None, bounds)  # type: ignore[arg-type]
    made.organisation(ROSTER)
    made.assign()
    made.assign(DELIVERY)
    made.at("7:30")
    return made


def _faults(world: World) -> int:
    with world.database.reading() as session:
        return session.exec(select(func.count()).select_from(Fault)).one()


def _tap(n: int) -> tuple[str, str]:
    """Return who taps, and what the forged button carries."""
    dice = random.Random(n)
    action = sorted(ROUTES.buttons)[n // len(ROLES) % len(ROUTES.buttons)]
    arguments = [dice.choice(NUMBERS if dice.random() < 0.8 else WORDS) for _ in range(dice.randrange(5))]
    return ROLES[n % len(ROLES)], ".".join([action, *arguments])


@ON_SQLITE
def test_no_forged_tap_is_a_fault(world: World) -> None:
    for n in range(wanted("taps")):
        who, data = _tap(n)
        world.forges(who, data)
        if _faults(world):
            pytest.fail(f"attack {n}: {who} {data!r}")


@ON_SQLITE
def test_no_forged_tap_about_something_of_another_kind_is_a_fault(database: Database) -> None:
    """Where there is one of everything, a button for a notice is tapped for a survey, and so on."""
    world = evidenced.play(World(database))
    for button in ROUTES.buttons.values():
        for who, number in (("周敏", "2"), ("王建国", "1")):
            values = (number if it.longest.isdecimal() else it.longest for it in button.arguments)
            data = ".".join([button.name, *values])
            world.forges(who, data)
            if _faults(world):
                pytest.fail(f"{who} {data!r}")


@ON_SQLITE
def test_no_forged_tap_of_a_stranger_changes_anything(world: World) -> None:
    before = world.records()
    for n in range(3, wanted("taps"), len(ROLES)):
        world.forges(*_tap(n))
    assert world.records() == before


@ON_SQLITE
def test_no_nasty_text_is_a_fault(world: World) -> None:
    for n in range(wanted("texts")):
        dice = random.Random(n)
        text = dice.choice(("", " ")).join(dice.choice(ATOMS) for _ in range(1 + dice.randrange(5)))
        world.says(ROLES[n % len(ROLES)], text.encode("utf-8", "replace").decode())
        if _faults(world):
            pytest.fail(f"attack {n}: {text!r}")


@ON_SQLITE
def test_no_command_in_a_group_tells_the_group_about_people(world: World) -> None:
    before = len(world.chat("group 一站"))
    for n in range(wanted("groups")):
        command = ROUTES.commands[n % len(ROUTES.commands)]
        tail = ("", " 区局/一站", " 1004", " 张伟 zero 电话", " ABCD2345")[n // len(ROUTES.commands) % 5]
        word = command.word if n % 3 == 2 else f"/{command.name}"
        world.says(ROLES[n // 5 % 3], word + tail, chat="group 一站")
    told = "\n".join(b.text for b in world.chat("group 一站")[before:])
    assert not any(name in told for name in ("张伟", "李梅", "刘大爷", "孙阿姨", "Ann Lee"))
    assert _faults(world) == 0


def _mutations(data: bytes, count: int) -> Iterator[tuple[int, bytes]]:
    for n in range(count):
        dice, body = random.Random(n), bytearray(data)
        for _ in range(1 + dice.randrange(4)):
            at, what = dice.randrange(len(body)), dice.randrange(5)
            if what == 0:
                body[at] = dice.randrange(256)
            elif what == 1:
                del body[at : at + dice.randrange(1, 40)]
            elif what == 2:
                body[at:at] = dice.randbytes(dice.randrange(1, 20))
            elif what == 3:
                body[at:at] = dice.choice(
                    (b"\x00", b'"', b",", b"\n", b"\xff\xfe", b"\xe2\x80\xae", b"=cmd|", b"&lt;", b"<")
                )
            else:
                body[at:at] = body[at : at + dice.randrange(1, 60)]
            body = body or bytearray(b"x")
        yield n, bytes(body)


def _read(n: int, data: bytes) -> None:
    """Read it: it is taken or refused, and nothing else."""
    try:
        roster_import.look(data)
    except (Refusal, Refusals):
        return
    except Exception as error:
        pytest.fail(f"attack {n}: {type(error).__name__}: {error}")


def test_a_mutated_csv_is_taken_or_refused() -> None:
    for n, data in _mutations(ROSTER.encode(), wanted("csv")):
        _read(n, data)


def test_a_mutated_workbook_is_taken_or_refused() -> None:
    """Half of them broken as a whole, half within the sheet that stands in the archive."""
    whole = workbook(名册=[line.split(",") for line in ROSTER.splitlines()])
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = next(name for name in parts if "sheet1" in name)
    count = wanted("workbooks")
    for n, data in _mutations(whole, count // 2):
        _read(n, data)
    for n, inner in _mutations(parts[sheet], count - count // 2):
        out = BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            for name, body in parts.items():
                made.writestr(name, inner if name == sheet else body)
        _read(n, out.getvalue())


def test_the_floors_are_never_below_what_is_tried_each_time() -> None:
    assert set(FLOORS) == set(SMALL)
    assert all(FLOORS[kind] >= SMALL[kind] for kind in SMALL)
