"""Play in the demo what goes round the daily report, and take the pictures of campaign.md:
`.venv/bin/python -m docs.campaign [en|zh] [supplies …]`."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Locator, Page, expect

from docs.first_hour import keep
from docs.screenshots import LANGUAGES, PHONE, demo, opened, step
from handlers.core.locales import translations
from tests.support.servers import chromium

WIDTH = 330  # px
SETTLED = 20_000  # ms: the demo's people answer one after the other
NUMBER, LINK = re.compile(r"\[Survey (\d+)|问卷(\d+)"), re.compile(r"http://\S+/s/[\w-]+")
EVENING = 12  # steps, from about noon to the lock
FOLDER = Path(__file__).parent / "campaign"
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "admin": "Zhou Min", "lead": "Wang Jianguo", "member": "Cao Ying", "employee": "Zhang Wei",
        "colleague": "Zhao Min", "answering": ("Liu Yang", "Xu Jing"),
        "bureau": "Yunxi District Bureau", "station": "Station 1",
        "meeting": "The spirit of the city’s meeting. Please bring your unit’s list.",
        "place": "tomorrow 09:00, Room 3", "by": "today 18:00",
        "question": "Where do I collect my masks?", "again": "Where are masks handed out?",
        "answer": "In the office on the ground floor, weekdays 08:00 to 09:00, three for each of you.",
        "driver": "Lv Hong", "trip": "After each trip",
        "right": ("Stay off, tell my lead at once", "4 hours", "Leave it where agreed", "Call the receiver",
                  "Keep 1 metre apart"),
        "survey": "Needs survey", "says": ("Protective supplies", "10", "In the chat"),
        "reason": "Gas leak in Market Street: are you safe?",
        "anonymous": "Reopening survey", "sales": "Sales survey", "end": "tomorrow 18:00", "evening": "today 20:00",
        "answers": ("Yes, as usual", "About the same", "5200"),
        "shop": "When may we sell at the door again?",
        "keeper": "Han Mei", "masks": "Masks · 900 pcs", "collection": "Protection for shops",
        "plan": "Epidemic plan", "run": "Epidemic plan · Yunxi District Bureau",
        "rota": "Deng Chao", "turn": "Zeng Hui", "host": "Ma Chao",
        "send": "Zeng Hui, Tian Ye Station 2 {} {}",
    },
    "zh": {
        "admin": "周敏", "lead": "王建国", "member": "曹颖", "employee": "张伟",
        "colleague": "赵敏", "answering": ("刘洋", "徐静"),
        "bureau": "云溪区局", "station": "一站",
        "meeting": "传达市局疫情防控会议精神，请各单位带好本单位名册。",
        "place": "明天 09:00 三楼会议室", "by": "今天 18:00",
        "question": "口罩在哪里领？", "again": "口罩在哪里发放？",
        "answer": "工作日8点至9点在一楼办公室领取，每人3只。",
        "driver": "吕红", "trip": "每趟返回后",
        "right": ("不上岗，立即报告队长", "4 小时", "放在约定地点", "电话告知收货人", "相距 1 米以上"),
        "survey": "需求摸底问卷", "says": ("防护物资", "10", "线上留言"),
        "reason": "市场街燃气泄漏，请报平安。",
        "anonymous": "复工复业问卷", "sales": "经营情况问卷", "end": "明天 18:00", "evening": "今天 20:00",
        "answers": ("正常营业", "基本持平", "5200"),
        "shop": "什么时候可以恢复门口售货？",
        "keeper": "韩梅", "masks": "一次性口罩·900个", "collection": "零售户防护物资",
        "plan": "疫情防控应急预案", "run": "疫情防控应急预案·云溪区局", "rota": "邓超", "turn": "曾慧", "host": "马超",
        "send": "曾慧、田野 二站 {} {}",
    },
}  # fmt: skip


@dataclass
class Hand:
    """Somebody with a phone in the demo."""

    page: Page
    language: str
    browser: Browser

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

    def submit(self) -> None:
        self._answered(self.page.locator("#bubbles .key[data-does='answer.submit']").last.click)

    def _answered(self, act: Callable[[], object]) -> None:
        """Act, and wait until the chat has stood still for a moment."""
        act()
        self.page.wait_for_timeout(1500)

    def number(self) -> str:
        """Return the number of the survey that was spoken of last."""
        return max(NUMBER.findall(self.page.locator("#bubbles").inner_text())[-1])

    def shoot(self, name: str) -> None:
        self.page.mouse.move(0, 0)
        self.keep(self.page.locator("#talk"), name)

    def keep(self, shown: Locator | Page, name: str) -> None:
        keep(shown, self.page.context, FOLDER / f"{name}-{self.language}.webp", WIDTH)


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


def supplies(hand: Hand, words: dict[str, Any]) -> None:
    """Hand out three masks to everyone, and get them."""
    hand.be(words["keeper"])
    hand.say("/supplies")
    for label in ("👥 To everyone in a unit", words["masks"], words["bureau"]):
        hand.press(label)
    hand.say("3")
    hand.shoot("supplies-round")
    hand.press("✅ Record")
    hand.be(words["employee"])
    hand.shoot("supplies-got")
    hand.press("✅ I got it")
    hand.be(words["keeper"])
    hand.page.wait_for_timeout(SETTLED)
    hand.shoot("supplies-standing")


def donations(hand: Hand, words: dict[str, Any]) -> None:
    """Look at a collection, and publish its totals."""
    hand.be(words["admin"])
    hand.say("/donations")
    hand.press(words["collection"])
    hand.shoot("donations-ledger")
    hand.press("📢 Publish the totals")
    hand.shoot("donations-totals")
    hand.press("📢 Post")


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
    hand.be(words["rota"])
    hand.say("/signoff")
    while not hand.sees("☑️ Confirm figures"):  # the day has not closed yet
        step(hand.site)
        hand.say("/signoff")
    hand.press("☑️ Confirm figures")
    hand.say("/handup")
    hand.shoot("handup-line")


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


PARTS = {it.__name__: it for it in (
    quizzes, notices, questions, surveys, outside, roll_call, supplies, donations, runbooks, duty, handing_up,
    anonymous,
)}  # fmt: skip


def main(wanted: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        for language in [it for it in LANGUAGES if it in wanted] or LANGUAGES:
            with demo(language) as url:
                play(browser, url, language, [it for it in PARTS if it in wanted] or list(PARTS))


def play(browser: Browser, url: str, language: str, parts: list[str]) -> None:
    hand = Hand(opened(browser, url, language, PHONE), language, browser)
    step(url)
    hand.page.locator("#tour-leave").click()
    for part in parts:
        PARTS[part](hand, WORDS[language])


if __name__ == "__main__":
    main(sys.argv[1:])
