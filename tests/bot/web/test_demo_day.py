"""A whole day of the demo, played in the page from the first question to the lock."""

import io
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.support.browsers import OpenPage
from tests.support.demo_page import DESK, Watched, demo, names, watched

MEMBER, FILLER, REPORTER, LEAD, SILENT = "1202", "2303", "2102", "2101", "2207"


def test_a_whole_day_is_played_from_morning_to_the_lock(open_page: OpenPage, tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        seen = watched(open_page(viewport=DESK, locale="en-US", accept_downloads=True), program)
        called = names("en")
        for number in (REPORTER, FILLER, MEMBER):  # the morning's questions leave over some minutes
            seen.open(called[number])
            expect(seen.page.locator("#bubbles .key").first).to_be_visible()
        seen.page.locator("#clock-toggle").click()
        _member_taps_zero(seen)
        _somebody_fills_the_form(seen, called[FILLER])
        _reporter_reports_for_others(seen, called[REPORTER])
        _lead_checks(seen, called[LEAD], tmp_path)
        _group_is_told(seen, called[LEAD])
        _day_is_locked(seen, called[SILENT])
        _colleagues_had_a_day_of_their_own(seen, called)
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert "ERROR" not in program.output, program.output
        assert seen.errors == []


def test_a_form_begun_in_the_chat_ends_on_its_page(open_page: OpenPage, tmp_path: Path) -> None:
    with demo(tmp_path) as program:
        seen = watched(open_page(viewport=DESK, locale="en-US"), program)
        seen.open(names("en")[FILLER])
        expect(seen.page.locator("#bubbles .key").first).to_be_visible()
        seen.page.locator("#clock-toggle").click()
        seen.press(seen.said("report"))
        seen.press(seen.said("family"))
        with seen.page.context.expect_page() as came:
            seen.page.locator("#bubbles .key", has_text="Fill in on a page").last.click()
        page = came.value
        expect(page.get_by_label("Someone I live with")).to_be_checked()
        page.get_by_label("Temperature").fill("37.9")
        page.get_by_label("None").check()
        page.get_by_label("No", exact=True).check()
        expect(seen.last("Anything else?")).to_be_visible()  # the chat follows
        page.locator("[value=submit]").click()
        expect(page.get_by_role("status")).to_contain_text("Received")
        expect(seen.last("Received")).to_contain_text("37.9")
        assert seen.page.locator("#bubbles .bubble").count() == 1
        assert "ERROR" not in program.output, program.output
        assert seen.errors == []


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
    about, table = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).worksheets
    assert seen.said("station") in download.value.suggested_filename
    assert about.title == "About this file"
    assert "Zero report" in {cell.value for row in table.iter_rows() for cell in row}
    (folder / "list.txt").write_text("x")
    seen.page.set_input_files("#file", folder / "list.txt")
    expect(seen.last(seen.said("file"))).to_be_visible()


def _group_is_told(seen: Watched, lead: str) -> None:
    seen.open(seen.said("station"))
    post = seen.last(seen.said("as_at"))
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
