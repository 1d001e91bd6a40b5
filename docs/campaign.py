"""Play in the demo what goes round the daily report, and take the pictures of campaign.md:
`.venv/bin/python -m docs.campaign`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from docs.first_hour import keep
from docs.screenshots import LANGUAGES, PHONE, demo, opened, step
from handlers.core.locales import translations
from tests.support.servers import chromium

WIDTH = 330  # px
SETTLED = 20_000  # ms: the demo's people answer one after the other
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
    },
}  # fmt: skip


@dataclass
class Hand:
    """Somebody with a phone in the demo."""

    page: Page
    language: str

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
        label = translations("zh_CN").gettext(label) if self.language == "zh" else label
        plain = label if label[0].isalnum() else label.partition(" ")[2]  # its sign may be another
        whole = re.compile(rf"^([^\w一-鿿]+ )?{re.escape(plain)}$")
        key = self.page.locator("#bubbles .key", has_text=whole).last
        self._answered(key.click)

    def submit(self) -> None:
        self._answered(self.page.locator("#bubbles .key[data-does='answer.submit']").last.click)

    def _answered(self, act: Callable[[], object]) -> None:
        """Act, and wait until the chat has stood still for a moment."""
        act()
        self.page.wait_for_timeout(1500)

    def shoot(self, name: str) -> None:
        self.page.mouse.move(0, 0)
        keep(self.page.locator("#talk"), self.page.context, FOLDER / f"{name}-{self.language}.webp", WIDTH)


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


def roll_call(hand: Hand, words: dict[str, Any]) -> None:
    hand.be(words["lead"])
    hand.say(f"/rollcall {words['station']} {words['reason']}")
    hand.press("🆘 Ask now")
    hand.be(words["employee"])
    hand.shoot("rollcall-asked")
    hand.be(words["lead"])
    hand.page.wait_for_timeout(SETTLED)
    hand.shoot("rollcall-list")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser:
        for language in LANGUAGES:
            with demo(language) as url:
                play(browser, url, language)


def play(browser: Browser, url: str, language: str) -> None:
    hand = Hand(opened(browser, url, language, PHONE), language)
    step(url)
    hand.page.locator("#tour-leave").click()
    for part in (notices, questions, surveys, quizzes, roll_call):
        part(hand, WORDS[language])


if __name__ == "__main__":
    main()
