"""Play the demo's people: each answers in their own way, by reading their phone and tapping on it like anybody else."""

import asyncio
import base64
import hashlib
import logging
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot.alive import Alive
from bot.channels.webchat.channel import WebChat
from bot.clock import RehearsalClock
from bot.demo import answering, things, tour
from handlers.absence import excuse, leave
from handlers.alerts import alerts
from handlers.core import confirmations
from handlers.duty import on_duty
from handlers.handup import requesting
from handlers.registry import ROUTES
from handlers.reporting import form_buttons, proxy, report, wards
from handlers.rollcall import safe
from handlers.rounds import notices
from handlers.runbooks import steps as runbook_steps
from handlers.summaries import signoff
from handlers.supplies import receivers
from models.channels.webchat import Message
from models.messaging.addresses import Address
from models.organisation.people import Person
from models.rounds import replies
from models.rounds.rounds import Round

log = logging.getLogger("zeroreport")
NEVER_ENROLLED = {"2103", "1105"}
SILENT = {"2207", "1303"}
LATE = {"2203": 47, "1204": 20}  # minutes after the deadline
SLOW = {"1006", "1107", "2108", "2305"}  # who wait for the last reminder
ASKS_LEAVE, IN_THEIR_PLACE, CORRECTS = "1302", "1301", "1303"  # of one department; the second is its lead


def _taps(*runs: Callable[..., object], last: str = "") -> tuple[str, str]:
    """Build a step of a plan: tap a button that calls one of these, among several alike the one whose last value is
    this."""
    names = "|".join(re.escape(ROUTES.name(run)) for run in runs)
    return "tap", rf"^({names})\." + (rf".*\.{last}$" if last else "")


ZERO = (_taps(report.tap_zero, report.tap_zero_of),)
FEVER = (
    _taps(report.tap_fill), _taps(form_buttons.choose, last="0"), ("type", "38.2"), _taps(form_buttons.mark),
    _taps(form_buttons.go_on), ("finish", ""),
)  # fmt: skip
# by lead: each route tells its own boxes, and the department, which has none besides, is zero: 1,640 in all
DELIVERIES = {
    lead: (_taps(report.tap_fill_of), ("type", boxes), ("type", boxes), ("type", way), ("finish", ""))
    for lead, boxes, way in (("1103", "1040", "132"), ("1106", "600", "80.5"))
}
CONFIRM = (_taps(report.tap_fill_of), ("finish", ""))  # what is filled in already
CONFIRMING = ("2101", "2105", "2107")  # the leads of a station and its grids, about their units
WARDS_NORMAL = (_taps(wards.tap_all), _taps(wards.tap_confirm))
WARDS_ONE_MISSING = (_taps(wards.tap_one), _taps(wards.tap_uncontacted), *WARDS_NORMAL)
SIGN = (_taps(signoff.tap_sign),)
TAKE = (_taps(alerts.tap_take),)
ZERO_AND_LEAVE = (*ZERO, ("type", "/leave"), _taps(leave.tap_days, last="3"), _taps(leave.tap_reason, last="0"))
NEEDS_HELP = "2104"
SAFE, HELP = (_taps(safe.tap, last="safe"),), (_taps(safe.tap, last="help"),)
STEP = re.compile(r"^step\.(done|note)\.[0-9]+$")
PHOTO = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
ALLOW = (
    ("tap", rf"^{re.escape(ROUTES.name(requesting.tap_decide))}\.[0-9]+\.approved\."), _taps(confirmations.confirm),
)  # fmt: skip
APPROVE = (_taps(excuse.tap_approve),)
PROXY = (
    _taps(proxy.tap_unit), _taps(proxy.tap_person), _taps(proxy.tap_kind, last="zero"),
    _taps(proxy.tap_reason, last="0"), _taps(proxy.tap_confirm),
)  # fmt: skip
CORRECT = (
    _taps(report.tap_correct), _taps(report.tap_fill_of), _taps(form_buttons.choose, last="1"), ("type", "36.9"),
    _taps(form_buttons.mark, last="2"), _taps(form_buttons.go_on), _taps(form_buttons.choose, last="1"),
    ("finish", ""),
)  # fmt: skip
# what a button asks for, and who answers it how
STORIES = {
    (excuse.tap_approve, IN_THEIR_PLACE): APPROVE, (proxy.tap_unit, IN_THEIR_PLACE): PROXY,
    (report.tap_correct, CORRECTS): CORRECT,
}  # fmt: skip
READ = (_taps(notices.tap_read),)
GOT = (_taps(receivers.tap_got),)
CHECK_IN = (_taps(on_duty.tap_in),)
ATTEND = (_taps(notices.tap_answer, last="0"),)  # the first choice
ANSWER = ("answer", "")  # step by step, as the form asks
SURVEY = (answering.BEGIN, ANSWER)


def _quiz(attempt: str, first: str) -> tuple[tuple[str, str], ...]:
    """Take the delivery team's training quiz; only the first answer differs."""
    return (
        _taps(form_buttons.begin_quiz, last=attempt), _taps(form_buttons.choose, last=first),
        _taps(form_buttons.choose, last="0"), *(_taps(form_buttons.mark, last=it) for it in ("1", "3", "7")),
        _taps(form_buttons.go_on), _taps(form_buttons.choose, last="0"), ("type", "20"),
    )  # fmt: skip


FAIL, PASS = _quiz("1", "0"), _quiz("1", "1")
SUBMIT = answering.SUBMIT[1]
# what somebody taps who wants to be done with a form: submit, take what is proposed, skip, or no
FINISH = (
    SUBMIT,
    *(_taps(it)[1] for it in (form_buttons.propose, form_buttons.go_on)),
    _taps(form_buttons.choose, last="1")[1],
)


MOST = 60  # answers given to a survey by somebody until they give it up


@dataclass
class Plan:
    """What somebody is going to do, step by step, a few seconds apart."""

    account: str
    at: datetime
    meant: tuple[tuple[str, str], ...]
    steps: deque[tuple[str, str]]
    tries: int = 0
    given: int = 0  # answers to a survey


class Colleagues:
    """All people of the demo. A plan is made when a prompt is seen; a person whose chat is open on the page is left to
    the viewer."""

    def __init__(self, chat: WebChat, clock: RehearsalClock, locale: Callable[[], str], pause: float = 0.15) -> None:
        self._chat, self._clock, self._locale, self._pause = chat, clock, locale, pause
        self._plans: list[Plan] = []
        self._seen = 0
        self._people: dict[str, str] = {}
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        await Alive().rounds("colleagues", self.act, self._pause)

    def next_at(self) -> datetime | None:
        """Return when the next of them is going to do something."""
        return min((p.at for p in self._plans), default=None)

    async def act(self) -> bool:
        """Look at what is new on the phones and do what is due; say whether anything was done."""
        async with self._busy:
            now = self._clock.now()
            self._plans += await self._chat.read(lambda session: self._look(session, now))
            due = [p for p in self._plans if p.at <= now]
            for plan in due:
                if plan.account == self._chat.watched or not await self._step(plan, now):
                    self._plans.remove(plan)
            return False

    def _look(self, session: Session, now: datetime) -> list[Plan]:
        """Make plans for the messages that came since: prompts, ward lists, summaries to be checked."""
        if not self._people:
            rows = session.exec(select(Address.account, Person.staff_no).join(Person)).all()
            self._people = dict(rows)
        fresh = session.exec(
            select(Message)
            .where(Message.id > self._seen, col(Message.author).is_(None), col(Message.deleted).is_(False))
            .order_by(col(Message.id))
        ).all()
        plans: list[Plan] = []
        for message in fresh:
            self._seen = message.id
            staff_no = self._people.get(message.chat)
            steps = _intention(staff_no, [b["data"] for row in message.buttons for b in row]) if staff_no else None
            if staff_no and steps:
                if any(p.account == message.chat and p.meant == steps for p in [*self._plans, *plans]):
                    continue  # a reminder changes no plan
                plans.append(Plan(message.chat, now + timedelta(minutes=_delay(staff_no, steps)), steps, deque(steps)))
        return plans

    async def _step(self, plan: Plan, now: datetime) -> bool:
        """Take one step of a plan; return False when it is done or has become pointless."""
        answers = plan.steps[0] == ANSWER
        step = await self._chat.read(lambda session: self._answer(session, plan, now)) if answers else plan.steps[0]
        if step is None:
            return False
        kind, what = step
        over = not answers and kind != "finish"
        if kind == "type":
            await self._chat.say(plan.account, plan.account, what)
        elif kind == "photo":
            said = things.words(self._locale())[what]
            await self._chat.upload(plan.account, plan.account, "photo.png", "image/png", PHOTO, said)
        else:
            found = await self._chat.read(lambda session: _button(session, plan.account, kind, what))
            if found is None:
                plan.tries += 1
                plan.at = now + timedelta(seconds=20)
                return plan.tries < 4
            if plan.meant in (SAFE, HELP) and await self._chat.read(lambda it: _is_told(it, plan.account, found[1])):
                return False
            over = over or bool(re.match(SUBMIT, found[1]))
            await self._chat.tap(plan.account, plan.account, found[0], found[1])
        if over:
            plan.steps.popleft()
        plan.tries, plan.at = 0, now + timedelta(seconds=15)
        return bool(plan.steps)

    def _answer(self, session: Session, plan: Plan, now: datetime) -> answering.Step | None:
        person = session.exec(select(Person).join(Address).where(Address.account == plan.account)).one()
        plan.given += 1  # an answer that was refused is followed by another one
        if plan.given > MOST:
            return None
        return answering.step(session, person, _number(person.staff_no) + plan.given, now, self._locale())


def _intention(staff_no: str, data: Sequence[str]) -> tuple[tuple[str, str], ...] | None:
    """Return what a person plans to do about a new message with these buttons."""
    runs = {button.run for it in data if (button := ROUTES.button(it)[0])}
    story = next((STORIES[run, staff_no] for run in runs if (run, staff_no) in STORIES), None)
    if story:
        return story
    if alerts.tap_take in runs:
        return TAKE if staff_no != tour.DIRECTOR else None
    if requesting.tap_decide in runs:
        return ALLOW
    if signoff.tap_sign in runs:
        return SIGN if _number(staff_no) % 3 and staff_no != tour.LEAD else None
    if staff_no in SILENT:
        return None
    if any(re.search(PASS[0][1], it) for it in data):
        return PASS if _number(staff_no) % 4 else FAIL
    if safe.tap in runs:
        return HELP if staff_no == NEEDS_HELP else SAFE
    if on_duty.tap_in in runs:
        return CHECK_IN
    if receivers.tap_got in runs:
        return GOT
    if form_buttons.begin_survey in runs:
        return SURVEY
    if notices.tap_read in runs or notices.tap_answer in runs:
        return READ if notices.tap_read in runs else ATTEND
    if runbook_steps.tap_hand in runs:
        return _step_of_runbook(data)
    if wards.tap_all in runs:
        return WARDS_ONE_MISSING if staff_no == "2302" else WARDS_NORMAL
    if report.tap_zero_of in runs:
        return DELIVERIES.get(staff_no, CONFIRM if staff_no in CONFIRMING else ZERO)
    if report.tap_zero in runs:
        return {"2104": FEVER, ASKS_LEAVE: ZERO_AND_LEAVE}.get(staff_no, ZERO)
    return None


def _step_of_runbook(data: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return how a step of a runbook is done: with a tap or, where more is asked for, with a photo and a word."""
    done = [it for it in data if STEP.match(it)]
    first = ("tap", f"^{re.escape(done[0])}$")
    return (first,) if len(done) > 1 else (first, ("photo", "step_done"))


def _delay(staff_no: str, steps: tuple[tuple[str, str], ...]) -> float:
    """Return how many minutes they need before they begin."""
    number = _number(staff_no)
    if steps in (SAFE, HELP):
        return (number % 100) / 120  # within a minute
    if steps in (TAKE, ALLOW) or steps in STORIES.values():
        return 4 + number % 5
    if steps[0][1].startswith("^step"):  # one step after the other
        number += 20 * int(re.sub("[^0-9]", "", steps[0][1]) or 0)
        return 1 + (number % 100) / 20  # within some minutes
    if steps == CONFIRM:
        return 30 + number % 18  # before noon: until then a viewer may
    if steps is CHECK_IN:
        return 35 + number % 20  # within the hour before the shift
    if steps is SIGN:
        return 1 + number % 3
    if staff_no in LATE:
        return 150 + LATE[staff_no]
    if staff_no in SLOW:
        return 122 + number % 15
    return 1 + (number % 100) ** 2 / 120  # most answer at once, some take their time


def _is_told(session: Session, account: str, data: str) -> bool:
    """Say whether a roll call was answered meanwhile, by whoever plays this person: nobody takes back a call for
    help."""
    person = session.exec(select(Person).join(Address).where(Address.account == account)).one()
    reply = replies.of_person(session, session.get_one(Round, int(data.split(".")[2])), person)
    return reply is not None and reply.answer is not None


def _number(staff_no: str) -> int:
    return int(hashlib.sha256(staff_no.encode()).hexdigest()[:6], 16)


def _button(session: Session, chat: str, kind: str, pattern: str) -> tuple[str, str] | None:
    """Return the message and the data of the button they look for, on the newest message that has it. To finish a form
    is to skip what may be skipped and to submit."""
    rows = session.exec(
        select(Message)
        .where(Message.chat == chat, col(Message.author).is_(None), col(Message.deleted).is_(False))
        .order_by(col(Message.id).desc())
        .limit(12)
    ).all()
    for wanted in (pattern,) if kind == "tap" else FINISH:
        for message in rows:
            for row in message.buttons:
                for button in row:
                    if re.search(wanted, button["data"]):
                        return str(message.id), button["data"]
    return None
