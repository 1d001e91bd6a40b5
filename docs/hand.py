"""Somebody with a phone in the demo, for the pages that show how a part of the program is used."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from docs.first_hour import keep
from handlers.core.locales import translations

WIDTH = 330  # px
SETTLED = 20_000  # ms: the demo's people answer one after the other
NUMBER = re.compile(r"\[Survey (\d+)|问卷(\d+)")
FOLDER = Path(__file__).parent / "campaign"


@dataclass
class Hand:
    """Somebody with a phone in the demo."""

    page: Page
    language: str
    browser: Browser
    above: str = ""  # the page of the superior

    @property
    def site(self) -> str:
        return "/".join(self.page.url.split("/")[:3])

    def be(self, name: str) -> None:
        """Open the chat of this person."""
        back = self.page.locator("a.back")
        if back.is_visible():
            back.click()
        self.page.locator("a.row", has=self.page.locator(f".row-name:text-is('{name}')")).first.click()
        expect(self.page.locator("#bubbles .bubble").last).to_be_visible()

    def say(self, words: str) -> None:
        self.page.locator("#text").fill(words)
        self._answered(lambda: self.page.locator("#text").press("Enter"))

    def press(self, label: str) -> None:
        """Tap the newest button with this label, which is in English here."""
        self._answered(self._keys(label).last.click)

    def sees(self, label: str) -> bool:
        """Say whether there is a button with this label, which is in English here."""
        return self._keys(label).count() > 0

    def _keys(self, label: str) -> Locator:
        label = translations("zh_CN").gettext(label) if self.language == "zh" else label
        plain = label if label[0].isalnum() else label.partition(" ")[2]  # its sign may be another
        whole = re.compile(rf"^([^\w一-鿿]+ )?{re.escape(plain)}$")
        return self.page.locator("#bubbles .key", has_text=whole)

    def tap(self, does: str) -> None:
        """Tap the newest button that does this, whatever it is called."""
        self._answered(self.page.locator(f"#bubbles .key[data-does='{does}']").last.click)

    def submit(self) -> None:
        self.tap("answer.submit")

    def attach(self, name: str, data: bytes) -> None:
        """Send a file."""
        file: FilePayload = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        self._answered(lambda: self.page.set_input_files("#file", file))

    def received(self, name: str) -> bytes:
        """Return the newest file whose name ends so, once it has come."""
        link = self.page.locator(f"#bubbles a.file[download$='{name}']").last
        expect(link).to_be_visible(timeout=60_000)
        return self.page.request.get(self.site + (link.get_attribute("href") or "")).body()

    def _answered(self, act: Callable[[], object]) -> None:
        """Act, and wait until the chat has stood still for a moment."""
        act()
        self.page.wait_for_timeout(1500)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Stop the demo's clock meanwhile: its people do nothing."""
        clock = self.page.locator("#clock-toggle")
        clock.click()
        yield
        clock.click()

    def number(self) -> str:
        """Return the number of the survey that was spoken of last."""
        return max(NUMBER.findall(self.page.locator("#bubbles").inner_text())[-1])

    def shoot(self, name: str) -> None:
        self.page.mouse.move(0, 0)
        self.keep(self.page.locator("#talk"), name)

    def keep(self, shown: Locator | Page, name: str) -> None:
        self.draw(shown.screenshot(), name, WIDTH)

    def draw(self, png: bytes, name: str, width: int) -> None:
        keep(png, self.page.context, FOLDER / f"{name}-{self.language}.webp", width)
