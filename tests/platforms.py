"""Telegram and WeCom on this machine at once, and the people of a bureau who live a day on both.

python -m tests.platforms       # and beside it the one command it names, which starts the program
"""

import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.web.server import listen
from tests.fakes import wecom as wecomapi
from tests.fakes.telegram import TOKEN, BotApi, Group, Person
from tests.fakes.wecom import Member, WeComServer
from tests.support.program import Office, until
from tests.support.tomorrow import clock, settle

ROBOT = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
HOOK = f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={ROBOT}"
ON_WECOM = ("1001", "1003", "1004", "1007")
ON_TELEGRAM = {"1002": "周敏", "1005": "李梅", "1006": "Ann Lee", "1008": "钱丽"}
TIMES = {"due": "08:05", "opens": "07:30", "remind": "07:55", "summary": "08:07", "lock": "08:25"}
CLOCK = clock("07:05", 60)


@dataclass
class Day:
    """Everybody's phone on the two platforms, and the two groups of the bureau."""

    api: BotApi
    server: WeComServer
    members: dict[str, Member]
    people: dict[str, Person]
    group: Group

    @property
    def settings(self) -> dict[str, str]:
        """Return the environment of the program that plays the day."""
        return {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": self.api.url} | wecomapi.settings(self.server)

    def robot(self, words: str) -> str | None:
        """Return the newest post of the group robot that says so."""
        return next((s.text for s in reversed(self.server.groups[ROBOT]) if words in s.text), None)

    def telegram(self, words: str) -> str | None:
        return next((m.text for m in reversed(self.group.seen) if words in m.text), None)

    def live(self, office: Office, port: int) -> Iterator[tuple[str, str]]:
        """Play from the first word to the lock; yield what both groups say after the close, and after the lock."""
        self.server.callback = f"http://127.0.0.1:{port}/wecom/callback"
        self._enrol(office)
        self._bind()
        self._answer()
        self._move_to_wecom()
        self._be_reminded_once()
        for words in ("已报7", "漏报1"):
            yield until(lambda w=words: self.robot(w), 90), until(lambda w=words: self.telegram(w), 90)

    def _enrol(self, office: Office) -> None:
        """Enrol everybody: on WeCom by opening the app, on Telegram by opening the link."""
        for member in self.members.values():
            self.server.join(member.account)
        stranger = Member(self.server, "nobody")
        self.server.join("nobody")
        for member in (*(self.members[no] for no in ON_WECOM), stranger, stranger):
            assert member.event("enter_agent").status == 200
        for event in ("subscribe", "enter_agent"):
            self.members["1005"].event(event)  # has both
        for no, person in self.people.items():
            link = next(w for w in office("invite", no, **self.settings).stdout.split() if "t.me" in w)
            person.start(link.partition("start=")[2])
        for person in self.people.values():
            self.api.until(lambda p=person: p.seen, 40)
        until(lambda: all(member.chat for member in self.members.values()), 40)
        assert len(stranger.chat) == 1  # one polite line, however often

    def _bind(self) -> None:
        """Let the admin bind the group's robot to the bureau in private, and the Telegram group in the group itself."""
        admin = self.people["1002"]
        admin.add_bot(self.group)
        admin.say("/bind 区局", to=self.group)
        admin.say(f"/bind 区局 {HOOK}")
        self.api.until(lambda: self.group.seen, 40)
        until(lambda: self.server.groups[ROBOT], 40)
        assert not any(ROBOT in m.text for m in admin.seen)

    def _answer(self) -> None:
        """Ask everybody, on one platform each; all but one answer, one of them in words."""
        for no in ON_WECOM:
            until(lambda m=self.members[no]: m.card("零报告"), 60)
        telegram = {no: person for no, person in self.people.items() if no not in ("1005", "1008")}
        self.api.until(lambda: all(map(_zero, self.people.values())), 60)
        assert self.members["1005"].card("零报告") is None  # the other chat was used last
        for no in ON_WECOM[:3]:
            assert self.members[no].tap("零报告").status == 200
        for no in ON_WECOM[:3]:
            until(lambda m=self.members[no]: "回执" in m.last.text, 30)
        queries = [person.tap(_zero(person) or "") for person in telegram.values()]
        self.api.until(lambda: all(re.search("已收到|Received", q.answer or "") for q in queries), 30)
        self.members["1007"].say("零报告")
        until(lambda: "回执" in self.members["1007"].last.text, 30)

    def _move_to_wecom(self) -> None:
        """Let somebody block the bot, who is then asked in the other chat, and gets the receipt there."""
        li, phone = self.people["1005"], self.members["1005"]
        before = len(li.seen)
        li.block()
        card = until(lambda: phone.card("零报告"), 30)
        assert phone.tap("零报告", card).status == 200
        until(lambda: "回执" in phone.last.text, 30)
        assert len(li.seen) == before

    def _be_reminded_once(self) -> None:
        """Check that the one who is silent is reminded, and nobody else."""
        silent = self.people["1008"]
        self.api.until(lambda: any("还有" in m.text for m in silent.seen), 90)
        for no, phone in ({no: self.members[no] for no in ON_WECOM} | self.people).items():
            if no not in ("1005", "1008"):
                shown = phone.chat if isinstance(phone, Member) else phone.seen
                assert sum(bool(re.search("回执|receipt", it.text)) for it in shown) == 1, no

    def shown(self) -> dict[tuple[str, str], str]:
        """Return what every chat shows now, with its buttons, by chat and message."""
        wecom = {f"WeCom {no}": member.chat for no, member in self.members.items()}
        wecom["WeCom, group robot"] = self.server.groups[ROBOT]
        telegram = {f"Telegram {no}": person.seen for no, person in self.people.items()}
        telegram["Telegram, group"] = self.group.seen
        stands = {(where, s.msgid): _line(s.text, s.labels) for where, chat in wecom.items() for s in list(chat)}
        return stands | {
            (where, str(m.id)): _line(m.text, list(m.buttons)) for where, chat in telegram.items() for m in chat
        }


def _zero(person: Person) -> str | None:
    """Return the label of the prompt's zero button."""
    return next(
        (words for m in person.seen for words, data in m.buttons.items() if data.startswith("report.zero.")), None
    )


def _line(text: str, buttons: list[str]) -> str:
    return "\n    ".join([*re.sub(r"<[^>]+>", "", text).splitlines(), *(f"[{words}]" for words in buttons)])


def figures(text: str) -> list[str]:
    """Return every figure in a post, in order, without markup."""
    return re.findall(r"\d+(?:\.\d+)?%?", re.sub(r"<[^>]+>", "", text))


@contextmanager
def both() -> Iterator[Day]:
    """Run both servers and everybody's phones until the end of the block."""
    with BotApi() as api, wecomapi.wecom() as server:
        people = {no: Person(api, 30_000 + int(no), name) for no, name in ON_TELEGRAM.items()}
        group = Group(api, -1001112223334, "区局群")
        yield Day(api, server, {no: Member(server, no) for no in (*ON_WECOM, "1005")}, people, group)


@contextmanager
def told(day: Day) -> Iterator[None]:
    """Print whatever appears or changes in a chat, until the end of the block."""
    known: dict[tuple[str, str], str] = {}
    over = threading.Event()

    def look() -> None:
        for (where, number), text in day.shown().items():
            if known.get((where, number)) != text:
                known[where, number] = text
                print(f"{where}\n    {text}", flush=True)

    def watch() -> None:
        while not over.wait(0.3):
            look()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
        look()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="zeroreport-") as name, both() as day:
        folder = Path(name)
        office = Office(folder, f"sqlite:///{folder}/zeroreport.db")
        settle(office, **TIMES)
        with listen("127.0.0.1", 0) as free:
            port = int(free.getsockname()[1])
        known = day.settings | {"DATABASE_URL": office.url, "PORT": str(port)}
        (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in known.items()), "utf-8")
        print(f"cd {folder} && {sys.executable} -m bot run {' '.join(CLOCK)}", flush=True)
        day.api.until(lambda: day.api.bot.polls, 600)
        with told(day):
            for robot, telegram in day.live(office, port):
                assert figures(robot) == figures(telegram), (robot, telegram)
        print("The figures in both groups are the same.", office("verify").stdout, sep="\n")


if __name__ == "__main__":
    main()
