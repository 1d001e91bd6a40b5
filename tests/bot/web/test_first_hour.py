"""The first hour, in a real browser: whoever reads nothing but the screen gets from an empty folder to a summary."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support.first_hour import LANGUAGES, Hour
from tests.support.program import Office


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_admin_gets_from_an_empty_folder_to_the_first_summary(
    language: str, browser: Browser, tmp_path: Path
) -> None:
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'zeroreport.db'}", LANGUAGES[language][1])
    seen: dict[str, str] = {}

    def look(step: str, page: Page) -> None:
        seen[step] = page.locator("#bubbles").inner_text()

    hour = Hour(browser, office, language, look)
    hour.play()
    parts = hour.parts
    assert parts["set up"].taps <= 10, "to the admin's own first prompt"
    assert parts["set up"].taps + parts["leads and invitations"].taps <= 25
    assert (parts["employee"].taps, parts["employee"].typed) == (2, 1), "enter with the code, and one tap for zero"
    assert hour.words.rows[0][4] in seen["roster"], "the column that was not used is named"
    assert hour.words.labels["notes"] in seen["roster"], "and so is the sheet"
