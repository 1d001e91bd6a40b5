"""Play in the demo what goes round the daily report, and take the pictures of campaign.md:
`.venv/bin/python -m docs.campaign [en|zh] [supplies …]`."""

import re
import sys
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser

from docs.campaign_files import duty_table, keep_page
from docs.campaign_stores import donations, supplies, transfers
from docs.campaign_words import WORDS
from docs.hand import FOLDER, SETTLED, Hand
from docs.screenshots import LANGUAGES, PHONE, both, opened, step
from tests.support.servers import chromium

LINK = re.compile(r"http://\S+/s/[\w-]+")
SHOWN = {"width": PHONE["width"], "height": 792}  # the chat below the demo's bar is as tall in every picture
EVENING = 14  # steps, from about noon to the lock


def notices(hand: Hand, words: dict[str, Any]) -> None:
    hand.be(words["admin"])
    hand.say("/notice")
    hand.say(words["meeting"])
    for label in (words["bureau"], "Everyone", "Attendance at a meeting"):
        hand.press(label)
    hand.say(words["place"])
    hand.say(words["by"])
    hand.shoot("notice-preview")
    hand.press("📨 Send")
    hand.be(words["member"])
    hand.press("Attending")
    hand.shoot("notice-answered")
    hand.be(words["admin"])
    hand.press("🔄 See replies")
    hand.shoot("notice-standing")


def questions(hand: Hand, words: dict[str, Any]) -> None:
    hand.be(words["employee"])
    hand.say(f"/ask {words['question']}")
    hand.press("📨 Send the question")
    hand.be(words["lead"])
    hand.shoot("question-asked")
    hand.press("✍️ Answer")
    hand.say(words["answer"])
    hand.press("📢 Publish in the FAQ")
    hand.press("📢 Publish")
    hand.be(words["colleague"])
    hand.say(f"/ask {words['again']}")
    hand.shoot("question-known")


def surveys(hand: Hand, words: dict[str, Any]) -> None:
    hand.be(words["admin"])
    hand.say("/survey")
    for label in (words["survey"], words["station"], "Everyone", "With names"):
        hand.press(label)
    hand.say(words["by"])
    hand.press("📨 Send")
    for who in words["answering"]:
        hand.be(who)
        if not hand.sees("✏️ Answer"):
            continue  # they were faster
        hand.press("✏️ Answer")
        for answer in words["says"]:
            hand.say(answer)
        hand.shoot("survey-question")
        hand.press("Skip ➡️")
        hand.submit()
    hand.be(words["admin"])
    hand.press("🔄 See results")
    hand.shoot("survey-results")


def quizzes(hand: Hand, words: dict[str, Any]) -> None:
    """Take the training quiz that the demo's logistician has sent."""
    hand.be(words["driver"])
    hand.press("✏️ Start the quiz")
    first, *others = words["right"]
    hand.press(first)
    hand.shoot("quiz-answered")
    for label in (*others, "Done ➡️", words["trip"]):
        hand.press(label)
    hand.say("20")
    hand.shoot("quiz-passed")


def outside(hand: Hand, words: dict[str, Any]) -> None:
    """Ask the shops, hand one of them its link, and answer and ask as that shop."""
    hand.be(words["admin"])
    hand.say("/survey")
    for label in (words["sales"], words["bureau"], "🏪 People outside", "With names"):
        hand.press(label)
    hand.say(words["end"])
    hand.press("📨 Send")
    hand.press("🔗 Links")
    hand.shoot("outside-links")
    number = hand.number()
    hand.say(f"/survey {number} S101")
    hand.press("♻️ New link")
    link = LINK.findall(hand.page.locator("#bubbles").inner_text())[-1]
    shop = opened(hand.browser, link, hand.language, PHONE)
    *choices, sales = words["answers"]
    for label in choices:
        shop.get_by_text(label, exact=True).click()
    shop.locator("input[inputmode=numeric]").fill(sales)
    shop.wait_for_timeout(800)
    hand.keep(shop, "outside-page")


def runbooks(hand: Hand, words: dict[str, Any]) -> None:
    """Practise the epidemic plan."""
    hand.be(words["admin"])
    hand.say("/runbook")
    hand.press(words["plan"])
    hand.shoot("runbook-plan")
    hand.press("🧪 Drill")
    hand.press(words["bureau"])
    hand.press("🧪 Start the drill")
    hand.page.wait_for_timeout(SETTLED)
    hand.say("/runbook")
    hand.press(words["run"])
    hand.shoot("runbook-drill")
    hand.press("📄 Word")
    with hand.still():
        keep_page(hand, hand.received(".docx"), "runbook-report")


def duty_tables(hand: Hand, words: dict[str, Any]) -> None:
    """Send a duty table with faults, and as it should be."""
    hand.be(words["rota"])
    with hand.still():
        hand.attach(*duty_table(hand.language, wrong=True))
        hand.shoot("duty-faults")
        hand.attach(*duty_table(hand.language))
        hand.shoot("duty-table")
        hand.press("✖️ Cancel")


def duty(hand: Hand, words: dict[str, Any]) -> None:
    """See who is on duty and one's own shifts, and send two people to another station."""
    hand.be(words["rota"])
    hand.say("/duty")
    hand.shoot("duty-rota")
    first = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=2)
    span = (f"{day:%m-%d}" for day in (first, first + timedelta(days=13)))
    hand.say("/second " + words["send"].format(*span))
    hand.press("✅ Confirm")
    hand.be(words["turn"])
    hand.say("/duty")
    hand.shoot("duty-own")
    hand.be(words["host"])
    hand.shoot("second-asked")
    hand.press("✅ Agree")


def handing_up(hand: Hand, words: dict[str, Any]) -> None:
    """Hand the whole day's figures up, ask for a decision, and see both on the superior's page."""
    hand.be(words["director"])
    while not hand.sees("🔎 Evidence"):  # the day's message is not here yet
        step(hand.site)
    with hand.still():  # the figures too
        hand.say("/handup")
        hand.press("☑️ Confirm figures")
        hand.shoot("handup-line")
        hand.tap("handup.send")
        hand.page.wait_for_timeout(4000)  # it goes and the receipt comes
    hand.say("/request")
    hand.say(words["request"])
    hand.tap("question.send")
    hand.page.wait_for_timeout(SETTLED)
    hand.shoot("handup-receipt")
    above = Hand(opened(hand.browser, hand.above, hand.language, PHONE), hand.language, hand.browser)
    above.be(words["head"])
    above.say("/handup received")
    above.tap("handup.open")
    above.shoot("handup-above")


def unit_reports(hand: Hand, words: dict[str, Any]) -> None:
    """Report zero for a station where somebody has a fever, be asked, and see the report filled in from its people's
    instead."""
    hand.be(words["lead"])
    while not hand.sees("📝 Fill in the form"):
        step(hand.site)
    hand.tap("report.zero_of")
    hand.shoot("unitday-zero")
    hand.tap("report.fill_of")
    hand.shoot("unitday-filled")
    hand.submit()
    hand.shoot("unitday-receipt")


def anonymous(hand: Hand, words: dict[str, Any]) -> None:
    """Ask without names, until an hour from now, and see the results when it is over."""
    hand.be(words["admin"])
    hand.say("/survey")
    for label in (words["anonymous"], words["bureau"], "Everyone", "🕶 Anonymous"):
        hand.press(label)
    hand.say(words["evening"])
    hand.press("📨 Send")
    number = hand.number()
    hand.page.wait_for_timeout(2 * SETTLED)
    for _ in range(EVENING):
        step(hand.site)
    hand.page.wait_for_timeout(SETTLED)
    hand.say(f"/survey {number}")
    hand.shoot("survey-anonymous")


def roll_call(hand: Hand, words: dict[str, Any]) -> None:
    hand.be(words["lead"])
    hand.say(f"/rollcall {words['station']} {words['reason']}")
    hand.press("🆘 Ask now")
    hand.be(words["employee"])
    hand.shoot("rollcall-asked")
    hand.be(words["lead"])
    hand.page.wait_for_timeout(SETTLED)
    hand.shoot("rollcall-list")


def calls(hand: Hand, words: dict[str, Any]) -> None:
    """Call retirees, and say what came of it."""
    hand.be(words["employee"])
    hand.say("/calls")
    hand.shoot("calls-list")
    hand.press(words["retiree"])
    hand.shoot("calls-one")


def honours(hand: Hand, words: dict[str, Any]) -> None:
    """See the streaks, and a certificate."""
    hand.be(words["admin"])
    hand.say("/honours")
    hand.shoot("honours-list")
    hand.say("/honours 1")
    hand.page.wait_for_timeout(4000)  # it is drawn
    hand.shoot("honours-certificate")


def timeline(hand: Hand, words: dict[str, Any]) -> None:
    """Read the story, as words and as a tree."""
    hand.be(words["lead"])
    hand.say("/timeline")
    hand.shoot("timeline-list")
    hand.press("🌳 Picture")
    hand.page.wait_for_timeout(4000)
    hand.page.locator("#bubbles img").last.evaluate("picture => picture.scrollIntoView()")
    hand.shoot("timeline-tree")


PARTS = {it.__name__: it for it in (
    quizzes, calls, honours, timeline, notices, questions, surveys, outside, roll_call, transfers, supplies, donations,
    runbooks, handing_up, duty_tables, duty, unit_reports, anonymous,
)}  # fmt: skip


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        for language in [it for it in LANGUAGES if it in wanted] or LANGUAGES:
            with both(language) as (url, above):
                play(browser, url, above, language, [it for it in PARTS if it in wanted] or list(PARTS))


def play(browser: Browser, url: str, above: str, language: str, parts: list[str]) -> None:
    hand = Hand(opened(browser, url, language, PHONE), language, browser, above)
    hand.page.set_viewport_size(SHOWN)
    step(url)
    hand.page.locator("#tour-leave").click()
    for part in parts:
        PARTS[part](hand, WORDS[language])


if __name__ == "__main__":
    main(sys.argv[1:])
