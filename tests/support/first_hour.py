"""Play an organisation's first hour in a real browser: from an empty folder to the first group summary, as somebody
does who reads nothing but the screen."""

import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.program import ROOT, Office, Program, code_in, environment, running

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
CLOCK = "2026-11-23T08:10×1"  # a Monday, after the day's first opening
CODE = "[2-9A-HJ-NP-Z]{8}"
Shown = Callable[[str, Page], None]


@dataclass(frozen=True)
class Words:
    """What one language's people are called, and what stands on what they tap."""

    root: str
    admin: str
    director: str
    lead: str
    employee: str
    station: str
    roster: str
    rows: tuple[tuple[Any, ...], ...]
    labels: dict[str, str]


ENGLISH = Words(
    "River District", "Zhou Min", "Chen Guodong", "Wang Jianguo", "Zhang Wei", "Station 1", "people (final) 2.xlsx",
    (("#", "Employee ID*", "Full name", "Department", "Position", "Phone"),
     (1, "007001", "Wang Jianguo", "Station 1", "head", "138 0000 7001"),
     (2, "007002", "Zhang Wei", "", "", "138 0000 7002"),
     (3, "007003", "Zhao Qiang", "Station 2", "head", "138 0000 7003"),
     (4, "007004", "Qian Li", "", "", "138 0000 7004"),
     (5, "1001", "Chen Guodong", "River District", "director", "138 0000 1001"),
     (6, "1002", "Zhou Min", "River District", "office", "138 0000 1002")),
    {"title": "Staff list, November 2026", "sheet": "Staff", "notes": "Notes", "note": "Ask Ms Ma before any change.",
     "checklist": "Setting up", "import": "Import", "task": "New task", "health": "Daily health · health",
     "times": "every day, 07:30–10:00", "today": "From today", "lead": "Lead of {}", "invite": "Invite people",
     "confirm": "Confirm", "zero": "Zero report", "receipt": "receipt", "summary": "2/2"},
)  # fmt: skip
CHINESE = Words(
    "云溪区局", "周敏", "陈国栋", "王建国", "张伟", "一站", "人员名单（最终版）2.xlsx",
    (("序号", "工号（必填）", "姓名", "部门", "职务", "手机"),
     (1, "007001", "王建国", "一站", "站长", "13800007001"),
     (2, "007002", "张伟", "", "职工", "13800007002"),
     (3, "007003", "赵强", "二站", "站长", "13800007003"),
     (4, "007004", "钱丽", "", "职工", "13800007004"),
     (5, "1001", "陈国栋", "云溪区局", "局长", "13800001001"),
     (6, "1002", "周敏", "云溪区局", "办公室", "13800001002")),
    {"title": "云溪区局人员名单（2026年11月）", "sheet": "总表", "notes": "说明", "note": "更改请先联系办公室马姐。",
     "checklist": "启用准备", "import": "导入", "task": "新建任务", "health": "每日健康 · health",
     "times": "每天，07:30–10:00", "today": "今天起生效", "lead": "{}负责人", "invite": "邀请人员",
     "confirm": "确认", "zero": "零报告·无情况", "receipt": "回执", "summary": "2/2"},
)  # fmt: skip
LANGUAGES = {"en": (ENGLISH, "C", "en-GB", DESK), "zh": (CHINESE, "zh_CN.UTF-8", "zh-CN", PHONE)}


def clerks_file(words: Words) -> Workbook:
    """Make a list of people as a clerk keeps it: a title over all columns, a station's name merged over its people,
    headings of her own, and a second sheet of notes."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = words.labels["sheet"]
    sheet.append([words.labels["title"]])
    for row in words.rows:
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("D3:D4")
    sheet.merge_cells("D5:D6")
    book.create_sheet(words.labels["notes"]).append([words.labels["note"]])
    return book


@dataclass
class Part:
    """What one person did in one part of the hour."""

    taps: int = 0
    typed: int = 0
    seconds: float = 0


@dataclass
class Hand:
    """Somebody at a page: every tap and every answer they type counts."""

    page: Page
    part: Part = field(default_factory=Part)

    def enter(self, url: str, code: str) -> None:
        self.page.goto(url)
        self.page.locator("#code").fill(code)
        self.part.typed += 1
        self.tap(self.page.locator("button.primary"))
        expect(self.page.locator("#bubbles .bubble").first).to_be_visible()

    def tap(self, what: Locator) -> None:
        self.part.taps += 1
        what.click()

    def press(self, label: str) -> None:
        """Tap the newest button with this label, and wait until something came of it."""
        whole = re.compile(rf"^([^\w一-鿿]+ )?{re.escape(label)}( \d+)?$")  # a unit's name begins those below it
        key = self.page.locator("#bubbles .key:enabled", has_text=whole).last
        with self.page.expect_response("**/chat/tap"):
            self.tap(key)

    def send(self, file: Path) -> None:
        self.part.taps += 1
        self.page.set_input_files("#file", file)

    def open(self, chat: str) -> None:
        back = self.page.locator("a.back")
        if back.is_visible():
            self.tap(back)
        self.tap(self.page.locator("a.row:visible", has=self.page.locator(f".row-name:text-is('{chat}')")).first)

    def sees(self, text: str | re.Pattern[str]) -> Locator:
        found = self.page.locator("#bubbles .bubble", has_text=text).last
        expect(found).to_be_visible(timeout=90_000)
        return found


def init(office: Office, words: Words, part: Part) -> str:
    """Type `zeroreport init` at a terminal, answer its three questions, and return the code it prints."""
    answers = f"{words.root}\n{words.admin}\n1002\n"
    part.typed += answers.count("\n")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot", "init"]
    known = environment(DATABASE_URL=office.url, LANG=office.language, PYTHONPATH=str(ROOT))
    with subprocess.Popen(command, cwd=office.folder, stdin=theirs, stdout=theirs, stderr=theirs, env=known) as typing:
        os.close(theirs)
        os.write(ours, answers.encode())
        said = b"".join(_lines(ours))
        assert typing.wait(60) == 0, said.decode()
    os.close(ours)
    return code_in(said.decode())


def _lines(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # on Linux a terminal ends so
            return
        if not read:
            return
        yield read


@dataclass
class Hour:
    """One played hour: the parts, in their order, and who sits where."""

    browser: Browser
    office: Office
    language: str
    shown: Shown = lambda step, page: None
    parts: dict[str, Part] = field(default_factory=dict)
    _looked: float = 0  # seconds that `shown` took, which are nobody's

    @property
    def words(self) -> Words:
        return LANGUAGES[self.language][0]

    def said(self, key: str) -> str:
        return self.words.labels[key]

    @contextmanager
    def part(self, name: str) -> Iterator[Part]:
        """Count and clock a part of the hour."""
        began, part = time.monotonic() - self._looked, self.parts.setdefault(name, Part())
        yield part
        part.seconds += time.monotonic() - self._looked - began

    def show(self, step: str, page: Page) -> None:
        began = time.monotonic()
        self.shown(step, page)
        self._looked += time.monotonic() - began

    def page(self) -> Page:
        """Open a browser of somebody's own."""
        _, _, locale, size = LANGUAGES[self.language]
        page = self.browser.new_context(viewport=size, locale=locale).new_page()
        page.set_default_timeout(60_000)
        return page

    def play(self) -> None:
        """Play the hour, from the first command to the summary in the group."""
        with self._running() as program:
            with self.part("start") as part:
                code = init(self.office, self.words, part)
            url = f"http://127.0.0.1:{program.port}/"
            admin = self._set_up(url, code)
            codes = self._invite(admin)
            self._file(url, codes[self.words.employee], "employee")
            self._lead(url, codes[self.words.lead])

    def _running(self) -> AbstractContextManager[Program]:
        locale = {"en": "en", "zh": "zh_CN"}[self.language]
        return running(self.office, "run", "--clock", CLOCK, DEFAULT_LOCALE=locale)

    def _set_up(self, url: str, code: str) -> Hand:
        """Bring in the people, choose a form, a unit and times: to the admin's own first prompt."""
        said, show = self.said, self.show
        with self.part("set up") as part:
            admin = Hand(self.page(), part)
            admin.enter(url, code)
            admin.sees(said("checklist"))
            show("entered", admin.page)
            file = self.office.folder / self.words.roster
            clerks_file(self.words).save(file)
            admin.send(file)
            admin.sees(said("import"))
            show("roster", admin.page)
            for step, label in (
                ("imported", said("import")), ("forms", said("task")), ("units", said("health")),
                ("times", self.words.root), ("task", said("times")), ("tasked", said("today")),
            ):  # fmt: skip
                admin.press(label)
                show(step, admin.page)
            admin.sees(said("zero"))
            show("prompt", admin.page)
        return admin

    def _invite(self, admin: Hand) -> dict[str, str]:
        """Name the lead of a station, and make everybody's code; return the codes by name."""
        said = self.said
        with self.part("leads and invitations") as part:
            admin.part = part
            for step, label in (
                ("director", said("lead").format(self.words.root)), ("who", self.words.director),
                ("directed", said("today")), ("lead", said("lead").format(self.words.station)),
                ("whose", self.words.lead), ("led", said("today")), ("invite", said("invite")),
                ("whom", self.words.root), ("codes", said("confirm")),
            ):  # fmt: skip
                admin.press(label)
                self.show(step, admin.page)
            codes = admin.sees(re.compile(rf"{self.words.employee} {CODE}")).inner_text()
        return dict(re.findall(rf"^\d+ (.+) ({CODE})$", codes, re.MULTILINE))

    def _file(self, url: str, code: str, name: str) -> Hand:
        """Come in by an invitation, and file today's zero."""
        with self.part(name) as part:
            hand = Hand(self.page(), part)
            hand.enter(url, code)
            hand.sees(self.said("zero"))
            self.show(f"{name} asked", hand.page)
            hand.press(self.said("zero"))
            hand.sees(self.said("receipt"))
        self.show(f"{name} filed", hand.page)
        return hand

    def _lead(self, url: str, code: str) -> None:
        """File the lead's own zero, the last of the station, whose summary comes at once: to the lead and the group."""
        lead = self._file(url, code, "lead")
        with self.part("summary") as part:
            lead.part = part
            lead.sees(self.said("summary"))
            self.show("summary", lead.page)
            lead.open(self.words.station)
            lead.sees(self.said("summary"))
            self.show("group", lead.page)
