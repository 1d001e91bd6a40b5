"""The demo's page as a newcomer has it: in Chromium, at a desk or on a phone, in either language."""

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.support.program import ROOT, Office, Program, running, until

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
    "all_in": ("全部报齐", "All done"),
    "check": ("核对无误", "Confirm figures"),
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
    "as_at": ("截至", "as at"),
}


def names(locale: str) -> dict[str, str]:
    with (ROOT / "templates" / "demo" / f"roster.{locale}.csv").open(encoding="utf-8", newline="") as source:
        return {row["staff_no"]: row["name"] for row in csv.DictReader(source)}


@contextmanager
def demo(folder: Path, *arguments: str, language: str = "C", python: str | None = None) -> Iterator[Program]:
    with running(Office(folder, "", language), "demo", *arguments, python=python) as program:
        yield program


def superior_of(program: Program) -> int:
    """Return the port of the superior's page."""
    return int(until(lambda: re.findall(r"http://127\.0\.0\.1:(\d+)/\n", program.output)[1:])[0])


@dataclass
class Watched:
    """The page in front of a newcomer."""

    page: Page
    errors: list[str] = field(default_factory=list)
    locale: str = "en"

    def __post_init__(self) -> None:
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
        for _ in range(40):
            following = self.page.request.get(f"{self.page.url.partition('#')[0]}clock").json()["next"]
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


def watched(page: Page, program: Program) -> Watched:
    """Open the demo's page."""
    seen = Watched(page)
    page.goto(f"http://127.0.0.1:{program.port}/")
    expect(page.locator("#rows a.row").first).to_be_visible()
    return seen


def switch(seen: Watched, locale: str) -> None:
    """Switch everybody to this language."""
    seen.page.locator(f"button[data-locale={locale}]:visible").click()
    seen.locale = locale
    expect(seen.page.locator("html")).to_have_attribute("lang", "zh-CN" if locale == "zh_CN" else "en")
