"""Takes the screenshots of the README and the guide from the demo: `.venv/bin/python -m docs.screenshots`."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.servers import chromium

FOLDER = Path(__file__).parent / "screenshots"
NAMES = {
    "en": ("Wang Jianguo", "Chen Guodong", "Cao Ying", "Station 1"),
    "zh": ("王建国", "陈国栋", "曹颖", "一站"),
}
STEPS = 7  # from the opening to the second escalation


def main() -> None:
    with chromium() as browser:
        for language, (lead, director, member, group) in NAMES.items():
            demo = subprocess.Popen(
                [sys.executable, "-m", "bot", "demo", "--port", "0"],
                stdout=subprocess.PIPE,
                text=True,
                env={"LANG": "zh_CN.UTF-8" if language == "zh" else "C", "PATH": ""},
            )
            try:
                url = next(m[0] for line in demo.stdout or () if (m := re.search(r"http://\S+", line)))
                shoot(browser, url.rstrip("/"), language, lead, director, member, group)
            finally:
                demo.terminate()
                demo.wait()


def shoot(browser: Browser, url: str, language: str, lead: str, director: str, member: str, group: str) -> None:
    locale = "zh-CN" if language == "zh" else "en-GB"
    phone = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, locale=locale).new_page()
    phone.goto(url)
    step(url)
    phone.locator("a:visible", has_text=member).first.click()
    phone.wait_for_timeout(800)
    phone.screenshot(path=FOLDER / f"phone-prompt-{language}.png")
    desk = browser.new_context(viewport={"width": 1280, "height": 800}, locale=locale).new_page()
    desk.goto(url)
    for _ in range(STEPS):
        step(url)
    look(desk, lead, f"demo-{language}")
    look(desk, lead, f"lead-{language}")
    look(desk, director, f"director-{language}")
    desk.get_by_role("tab").nth(1).click()
    look(desk, group, f"group-{language}")


def step(url: str) -> None:
    """To the next step of the day, as the button in the bar does."""
    request = urllib.request.Request(
        url + "/demo/clock",
        json.dumps({"action": "next"}).encode(),
        {"Origin": url, "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=60).read()


def look(page: Page, name: str, file: str) -> None:
    page.locator("a:visible", has_text=name).first.click()
    page.wait_for_timeout(1200)
    page.screenshot(path=FOLDER / f"{file}.png")


if __name__ == "__main__":
    main()
