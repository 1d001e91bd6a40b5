"""Take the screenshots of the README and the guide, from the demo and from an organisation set up in the browser:
`.venv/bin/python -m docs.screenshots [demo|hours]`."""

import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from docs.example import FORM, ROSTER, WORDS
from tests.support.program import Office, code_in, running
from tests.support.servers import chromium

FOLDER = Path(__file__).parent / "screenshots"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
LANGUAGES = {"en": "C", "zh": "zh_CN.UTF-8"}
NAMES = {
    "en": ("Wang Jianguo", "Chen Guodong", "Cao Ying", "Station 1"),
    "zh": ("王建国", "陈国栋", "曹颖", "一站"),
}
STEPS = 7  # from the opening to the second escalation


def main(wanted: list[str]) -> None:
    with chromium() as browser:
        for language in LANGUAGES:
            if "demo" in wanted:
                with demo(language) as url:
                    a_day(browser, url, language, *NAMES[language])
            if "hours" in wanted:
                an_admins_hour(browser, language)


@contextmanager
def demo(language: str) -> Iterator[str]:
    with both(language) as (url, _):
        yield url


@contextmanager
def both(language: str) -> Iterator[tuple[str, str]]:
    """Run the demo; yield where its page is, and its superior's."""
    program = subprocess.Popen(
        [sys.executable, "-m", "bot", "demo", "--port", "0"], stdout=subprocess.PIPE, text=True,
        env={"LANG": LANGUAGES[language], "PATH": ""},
    )  # fmt: skip
    try:
        found = (m[0].rstrip("/") for line in program.stdout or () if (m := re.search(r"http://\S+", line)))
        yield next(found), next(found)
    finally:
        program.terminate()
        program.wait()


def opened(browser: Browser, url: str, language: str, size: dict[str, int]) -> Page:
    locale = "zh-CN" if language == "zh" else "en-GB"
    scale = 2 if size is PHONE else 1
    page = browser.new_context(viewport=size, device_scale_factor=scale, locale=locale).new_page()
    page.goto(url)
    return page


def a_day(browser: Browser, url: str, language: str, lead: str, director: str, member: str, group: str) -> None:
    phone = opened(browser, url, language, PHONE)
    step(url)
    phone.locator("a:visible", has_text=member).first.click()
    phone.locator("#bubbles .key").first.wait_for(timeout=60_000)
    shoot(phone, f"phone-prompt-{language}")
    desk = opened(browser, url, language, DESK)
    for _ in range(STEPS):
        step(url)
    look(desk, lead, f"demo-{language}")
    look(desk, lead, f"lead-{language}")
    look(desk, director, f"director-{language}")
    desk.get_by_role("tab").nth(1).click()
    look(desk, group, f"group-{language}")
    keep_picture(url, language)
    the_dashboard(opened(browser, url, language, DESK), language, director, "board")
    the_dashboard(opened(browser, url, language, PHONE), language, lead, "board-phone")
    a_leads_hour(opened(browser, url, language, PHONE), language, lead)


def the_dashboard(page: Page, language: str, name: str, file: str) -> None:
    """Open the dashboard from somebody's chat, and look at its first page."""
    page.locator("a:visible", has_text=name).first.click()
    with page.context.expect_page() as opened_too:
        page.locator("#to-board button").click()
    board = opened_too.value
    board.set_viewport_size(page.viewport_size or DESK)
    board.locator("header.top").wait_for()
    shoot(board, f"{file}-{language}")


def keep_picture(url: str, language: str) -> None:
    """Keep the picture that the whole organisation's group gets, as it is sent."""

    def ask(path: str) -> bytes:
        with urllib.request.urlopen(url + path) as reply:
            return bytes(reply.read())

    chats = json.loads(ask("/chat/state"))["chats"]
    root = next(it["chat"] for it in chats if it["kind"] == "group" and "/" not in it["path"])
    found = json.loads(ask(f"/chat/messages?chat={root}"))["messages"]
    (FOLDER / f"summary-{language}.png").write_bytes(ask(next(it["picture"]["url"] for it in found if it["picture"])))


def a_leads_hour(page: Page, language: str, lead: str) -> None:
    """Look at the figures and check them, and follow one of them to the words somebody confirmed."""
    said = WORDS[language]
    page.locator("a:visible", has_text=lead).first.click()
    say(page, "/signoff " + said["station"])
    say(page, "/team " + said["station"])
    shoot(page, f"lead-team-{language}")
    say(page, "/why " + said["filled"])
    shoot(page, f"lead-why-{language}")
    page.locator("#bubbles .bubble").last.locator(".key").first.click()
    page.wait_for_timeout(1500)
    shoot(page, f"lead-words-{language}")


def an_admins_hour(browser: Browser, language: str) -> None:
    """Go from an Excel file to the first day: everything after `init` happens in the browser."""
    said, locale = WORDS[language], {"DEFAULT_LOCALE": "en" if language == "en" else "zh_CN"}
    with tempfile.TemporaryDirectory(prefix="zeroreport-") as folder:
        office = Office(Path(folder), f"sqlite:///{folder}/zeroreport.db", LANGUAGES[language])
        code = code_in(office("init", said["root"], said["admin"], "--staff-no", "1002").stdout)
        with running(office, "run", "--clock", "2026-11-22T20:00×1", **locale) as program:
            page = opened(browser, f"http://127.0.0.1:{program.port}/", language, PHONE)
            page.locator("#code").fill(code)
            page.locator("button.primary").click()
            send(page, Path(folder), said["roster"], ROSTER[language])
            shoot(page, f"admin-roster-{language}")
            press(page, said["import"])
            send(page, Path(folder), said["form"], FORM[language])
            shoot(page, f"admin-form-{language}")
            press(page, said["today"])
            say(page, "/form preview temperature")
            shoot(page, f"admin-preview-{language}")
            say(page, f"/assign new temperature {said['root']} due=09:30")
            shoot(page, f"admin-assign-{language}")
            press(page, said["confirm"])
            say(page, "/invite " + said["root"])
            press(page, said["confirm"])
            shoot(page, f"admin-invite-{language}")
            cookies = page.context.cookies()
        with running(office, "run", "--clock", "2026-11-23T07:29:50×30", **locale) as program:
            page.context.add_cookies(cookies)
            page.goto(f"http://127.0.0.1:{program.port}/")
            expect(page.locator("#bubbles .day")).to_have_count(2, timeout=120_000)  # Monday has come
            shoot(page, f"admin-monday-{language}")


def step(url: str) -> None:
    """Go to the next step of the day, as the button in the bar does."""
    request = urllib.request.Request(
        url + "/clock",
        json.dumps({"action": "next"}).encode(),
        {"Origin": url, "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=300).read()


def look(page: Page, name: str, file: str) -> None:
    page.locator("a:visible", has_text=name).first.click()
    shoot(page, file)


def shoot(page: Page, file: str) -> None:
    page.wait_for_timeout(1200)
    page.screenshot(path=FOLDER / f"{file}.png")


@contextmanager
def answered(page: Page) -> Iterator[None]:
    """Wait until something new is shown below."""
    bubbles: Locator = page.locator("#bubbles .bubble")
    page.wait_for_timeout(800)
    before = bubbles.last.get_attribute("data-id")
    yield
    expect(bubbles.last).not_to_have_attribute("data-id", before or "", timeout=30_000)
    page.wait_for_timeout(1200)


def say(page: Page, words: str) -> None:
    with answered(page):
        page.locator("#text").fill(words)
        page.locator("#send").click()


def press(page: Page, label: str) -> None:
    page.locator("#bubbles .key:enabled", has_text=label).last.click()
    page.wait_for_timeout(2000)


def send(page: Page, folder: Path, name: str, data: bytes) -> None:
    (folder / name).write_bytes(data)
    with answered(page):
        page.set_input_files("#file", folder / name)


if __name__ == "__main__":
    main(sys.argv[1:] or ["demo", "hours"])
