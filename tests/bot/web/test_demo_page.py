"""The demo as a newcomer meets it: in Chromium, a whole day, in both languages, on a desk and on a phone."""

import csv
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from models.core.database import connect
from tests.conftest import OpenPage
from tests.support.program import ROOT, Office, Phone, Program, running, until
from tests.support.world import World

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
WORDS = {  # what is looked for, in Chinese and in English
    "zero": ("零报告", "Zero report"),
    "report": ("有情况", "Something to report"),
    "family": ("同住家人", "Someone I live with"),
    "no_symptoms": ("无症状", "None"),
    "done": ("选好了", "Done"),
    "no": ("没有", "No"),
    "skip": ("跳过", "Skip"),
    "submit": ("提交", "Submit"),
    "receipt": ("回执", "receipt"),
    "all_normal": ("全部正常", "All normal"),
    "yes": ("是，全部正常", "Yes, all normal"),
    "all_in": ("全部报齐", "All in"),
    "check": ("核对无误", "Checked"),
    "checked": ("已核对", "Checked by"),
    "table": ("明细表", "Table"),
    "station": ("一站", "Station 1"),
    "mine": ("【一站", "[Station 1 "),
    "taken": ("接手", "Taken by"),
    "approved": ("已批准您的请假", "approved your leave"),
    "corrected": ("自行更正", "corrected it"),
    "summaries": ("单位汇总", "summaries of units"),
    "lock": ("锁定并封存", "lock and seal"),
    "seal": ("封存", "Seal"),
    "missing": ("漏报", "recorded as missing"),
    "file": ("单独的文件不作为报告", "a file on its own isn’t a report"),
    "expected": ("应报", "expected"),
}
MEMBER, FILLER, REPORTER, LEAD, SILENT = "1102", "2303", "2102", "2101", "2207"


def names(locale: str) -> dict[str, str]:
    with (ROOT / "templates" / "demo" / f"roster.{locale}.csv").open(encoding="utf-8", newline="") as source:
        return {row["staff_no"]: row["name"] for row in csv.DictReader(source)}


@contextmanager
def demo(folder: Path, *arguments: str, language: str = "C", python: str | None = None) -> Iterator[Program]:
    with running(Office(folder, "", language), "demo", *arguments, python=python) as program:
        yield program


@dataclass
class Watched:
    """The page in front of a newcomer."""

    page: Page
    errors: list[str] = field(default_factory=list)
    locale: str = "en"

    def __post_init__(self) -> None:
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def said(self, key: str) -> str:
        return WORDS[key][self.locale == "en"]

    def open(self, name: str) -> None:
        """Look for a chat by its name and open it."""
        if self.page.locator("body[data-screen=talk]").count() and self.page.locator("a.back").is_visible():
            self.page.locator("a.back").click()
        self.page.locator("#search").fill(name)
        self.page.locator("a.row:visible", has=self.page.locator(f".row-name:text-is('{name}')")).first.click()
        expect(self.page.locator("#talk-name")).to_have_text(name)
        expect(self.page.locator("#bubbles")).not_to_have_attribute("aria-busy", "true")

    def last(self, text: str) -> Locator:
        return self.page.locator("#bubbles .bubble", has_text=text).last

    def press(self, label: str) -> None:
        whole = re.compile(rf"(^|\W){label}(\W|$)")  # “No” is not “None”
        with self.page.expect_response("**/chat/tap"):
            self.page.locator("#bubbles .key:enabled", has_text=whole).last.click()

    def step_to(self, key: str) -> None:
        """Through the day up to and with this step."""
        for _ in range(20):
            following = self.page.request.get(f"{self.page.url.partition('#')[0]}demo/clock").json()["next"]
            self.step()
            if following and following["label"][self.locale] == self.said(key):
                return
        pytest.fail(f"there was no step {self.said(key)}")

    def step(self) -> None:
        """To the next step, with all that is done until then."""
        button = self.page.locator("#clock-next")
        expect(button).to_be_enabled()
        button.click()
        expect(button).not_to_have_attribute("aria-busy", "true", timeout=120_000)


@pytest.fixture
def watch(open_page: OpenPage) -> Iterator[Callable[..., Watched]]:
    """Open the page of a demo; whatever the browser complains about fails the test."""
    made: list[Watched] = []

    def watching(program: Program, **options: object) -> Watched:
        page = open_page(**({"viewport": DESK, "locale": "en-US", "accept_downloads": True} | options))
        made.append(Watched(page))
        page.goto(f"http://127.0.0.1:{program.port}/")
        expect(page.locator("#rows a.row").first).to_be_visible()
        return made[-1]

    yield watching
    assert not [error for watched in made for error in watched.errors]


# the program


def test_it_is_up_in_five_seconds_and_prints_one_address(tmp_path: Path) -> None:
    with demo(tmp_path, python=sys.executable) as program:
        assert program.processor < 5  # seconds of work: other programs of a loaded machine do not count
        until(lambda: "Ctrl+C" in program.output)
        assert program.output.count("http://") == 1
        assert program.stop() < 3
        assert program.process.returncode == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".txt"}  # nothing is left behind


def test_another_port_is_taken_where_one_is_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with demo(tmp_path, "--port", str(port)) as program:
            assert program.port != port
            assert program.get("/healthz").status == 200


def test_kept_data_is_there_the_next_time(tmp_path: Path) -> None:
    with demo(tmp_path, "--keep", "kept.db") as program:
        until(lambda: "kept.db" in program.output)
        phone = Phone(program.port)
        me = phone.chat("Han Mei")
        assert phone.say(me, "/help", me).status == 200
        said = until(lambda: [m["at"] for m in phone.messages(me) if m["author"] is None])
        program.kill()
    with demo(tmp_path, "--keep", "kept.db") as program:
        phone.port = program.port
        assert phone.messages(me)[0]["text"] == "/help"
        assert datetime.fromisoformat(phone.state()["clock"]["now"]) >= datetime.fromisoformat(
            max(said)[:19] + "+00:00"
        )
    refused = Office(tmp_path, f"sqlite:///{tmp_path / 'kept.db'}")
    assert "Sound" in refused("verify").stdout


def test_a_real_organisations_database_is_refused_and_left_alone(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "real.db")
    database = connect(f"sqlite:///{tmp_path / 'real.db'}")
    World(database).organisation()
    database.close()
    before = (tmp_path / "real.db").read_bytes()
    refused = Office(tmp_path, "")("demo", "--keep", "real.db", code=2)
    assert "real.db" in refused.stderr
    assert (tmp_path / "real.db").read_bytes() == before


# the page


@pytest.mark.parametrize(
    ("locale", "viewport"), [("en", DESK), ("zh_CN", PHONE)], ids=["English at a desk", "Chinese on a phone"]
)
def test_a_whole_day_is_played_from_morning_to_the_lock(
    watch: Callable[..., Watched], tmp_path: Path, locale: str, viewport: dict[str, int]
) -> None:
    with demo(tmp_path) as program:
        seen = watch(program, viewport=viewport)
        if locale != seen.locale:
            _switch(seen, locale)
        called = names(locale)
        seen.page.locator("#clock-toggle").click()
        seen.open(called[MEMBER])
        seen.page.wait_for_timeout(300)
        if not seen.page.locator("#bubbles .key").count():  # the morning may have come before we stopped the clock
            seen.step()
        _member_taps_zero(seen)
        _somebody_fills_the_form(seen, called[FILLER])
        _reporter_reports_for_others(seen, called[REPORTER])
        _lead_checks(seen, called[LEAD], tmp_path)
        _group_is_told(seen, called[LEAD])
        _day_is_locked(seen, called[SILENT])
        _colleagues_had_a_day_of_their_own(seen, called)
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "ERROR" not in program.output, program.output


def _switch(seen: Watched, locale: str) -> None:
    seen.page.locator(f"button[data-locale={locale}]:visible").click()
    seen.locale = locale
    expect(seen.page.locator("html")).to_have_attribute("lang", "zh-CN" if locale == "zh_CN" else "en")
    expect(seen.page.locator("a.row", has_text=names(locale)[MEMBER])).to_have_count(1)


def _member_taps_zero(seen: Watched) -> None:
    prompt = seen.last(seen.said("zero"))
    expect(prompt).to_be_visible()
    number = prompt.get_attribute("data-id")
    seen.press(seen.said("zero"))
    expect(seen.page.locator(".toast").first).to_be_visible()
    receipt = seen.page.locator(f".bubble[data-id='{number}']")
    expect(receipt).to_contain_text(seen.said("receipt"))
    assert seen.page.locator("#bubbles .bubble").count() == 1  # the prompt became the receipt, nothing was added


def _somebody_fills_the_form(seen: Watched, name: str) -> None:
    seen.open(name)
    seen.press(seen.said("report"))
    seen.press(seen.said("family"))
    expect(seen.last("2/5")).to_be_visible()
    seen.page.locator("#text").fill("thirty-seven")
    seen.page.locator("#text").press("Enter")
    expect(seen.last("36.5")).to_be_visible()
    seen.page.locator("#text").fill("３７．９℃")
    seen.page.locator("#send").click()
    seen.press(seen.said("no_symptoms"))
    seen.press(seen.said("done"))
    seen.press(seen.said("no"))
    seen.press(seen.said("skip"))
    expect(seen.last("37.9")).to_be_visible()
    seen.press(seen.said("submit"))
    expect(seen.last(seen.said("receipt"))).to_be_visible()


def _reporter_reports_for_others(seen: Watched, name: str) -> None:
    seen.open(name)
    seen.press(seen.said("all_normal"))
    seen.press(seen.said("yes"))
    expect(seen.last(seen.said("all_in"))).to_be_visible()
    seen.press(seen.said("zero"))
    expect(seen.last(seen.said("receipt"))).to_be_visible()


def _lead_checks(seen: Watched, name: str, folder: Path) -> None:
    """Wait for the lead's summary, check it, download its table, and send a file."""
    seen.open(name)
    seen.step_to("summaries")
    mine = seen.last(seen.said("mine"))
    mine.locator(".key", has_text=seen.said("check")).click()
    expect(mine).to_contain_text(seen.said("checked"))
    mine.locator(".key", has_text=seen.said("table")).click()
    with seen.page.expect_download() as download:
        seen.page.locator("#bubbles a.file").last.click()
    rows = list(csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    assert download.value.suggested_filename.startswith(seen.said("station"))
    assert "zero" in {row["state"] for row in rows}
    (folder / "list.txt").write_text("x")
    seen.page.set_input_files("#file", folder / "list.txt")
    expect(seen.last(seen.said("file"))).to_be_visible()


def _group_is_told(seen: Watched, lead: str) -> None:
    seen.open(seen.said("station"))
    post = seen.last(seen.said("expected"))
    expect(post).to_contain_text(seen.said("seal"))
    seen.step()
    expect(post).to_contain_text(lead)
    expect(post).to_contain_text(seen.said("checked"))


def _day_is_locked(seen: Watched, silent: str) -> None:
    seen.open(silent)
    seen.step_to("lock")
    expect(seen.last(seen.said("missing"))).to_be_visible()
    expect(seen.last(seen.said("missing")).locator(".key")).to_have_count(0)


def _colleagues_had_a_day_of_their_own(seen: Watched, called: dict[str, str]) -> None:
    """Check that an alert was taken, a leave approved, a report filed by proxy and corrected by its subject."""
    for number, told in (("2101", "taken"), ("1302", "approved"), ("1301", "corrected")):
        seen.open(called[number])
        expect(seen.last(seen.said(told))).to_be_visible()


def test_the_clock_is_driven_from_the_bar_and_colleagues_answer_by_themselves(
    watch: Callable[..., Watched], tmp_path: Path
) -> None:
    with demo(tmp_path) as program:
        seen = watch(program)
        seen.page.locator("[data-speed='600']").click()
        expect(seen.page.locator("[data-speed='600']")).to_have_attribute("aria-pressed", "true")
        filed = seen.page.locator(".row-text", has_text="Zero report received")
        expect(filed.nth(10)).to_be_attached(timeout=15_000)  # and nobody touched anything
        seen.page.locator("#clock-toggle").click()
        expect(seen.page.locator("[data-speed='600']")).to_have_attribute("aria-pressed", "false")
        at = seen.page.locator("#clock-time").inner_text()
        seen.page.wait_for_timeout(500)
        assert seen.page.locator("#clock-time").inner_text() == at
        seen.page.locator("[data-speed='60']").click()
        expect(seen.page.locator("[data-speed='60']")).to_have_attribute("aria-pressed", "true")
        seen.page.locator("#clock-toggle").click()


def test_the_language_is_switched_for_everybody_and_back(watch: Callable[..., Watched], tmp_path: Path) -> None:
    with demo(tmp_path, language="zh_CN.UTF-8") as program:
        until(lambda: "演示" in program.output)
        seen = watch(program, locale="zh-CN")
        for locale in ("en", "zh_CN", "en"):
            _switch(seen, locale)
            seen.open(names(locale)[MEMBER])
            seen.page.locator("#text").fill("/help")
            seen.page.locator("#text").press("Enter")
            expect(seen.last("/status").last).to_contain_text("我的" if locale == "zh_CN" else "today")
            seen.page.goto(f"http://127.0.0.1:{program.port}/")
