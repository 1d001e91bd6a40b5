"""The card on which somebody is asked for a report: prompt, reminder, receipt, each a face of the one live message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, select

from handlers.core.rendering import Content, Words
from handlers.core.turn import House, words_for
from models.conversations import drafts
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.forms.answers import file_words, place_words, written
from models.forms.spec import MEDIA, FormSpec, Question, say
from models.forms.versions import FormVersion
from models.messaging import addresses, cards
from models.messaging.addresses import Address, Reach, reachable
from models.messaging.cards import Card, Kind, Lane
from models.organisation import people
from models.organisation.people import Person, Unit
from models.reporting import reports, streaks
from models.reporting.reports import Report, Revision, State
from models.time.calendars import zone


@dataclass(frozen=True)
class Asked:
    """Everything the words about one report need: which form, which period, about whom."""

    period: Period
    report: Report
    form: FormSpec
    unit: Unit | None = None
    ward: Person | None = None


def form_of(session: Session, period: Period) -> FormSpec:
    return session.get_one(FormVersion, period.version_id).spec


def asked(session: Session, period: Period, report: Report) -> Asked:
    person = session.get_one(Person, report.person_id) if report.person_id else None
    return Asked(
        period,
        report,
        form_of(session, period),
        unit=session.get_one(Unit, report.unit_id) if report.unit_id else None,
        ward=person if person and person.kind == people.Kind.WARD else None,
    )


def frame(period: Period, form: FormSpec) -> dict[str, Any]:
    """What every template about a period may use."""
    return {
        "period": period, "form": form, "due": period.due_at, "day": period.day,
        "outage": (period.outage_from, period.outage_to) if period.outage_from else None,
    }  # fmt: skip


def prompt(words: Words, period: Period, form: FormSpec, report: Report | None = None, unit: Unit | None = None,
           template: str = "prompt", **values: Any) -> Content:  # fmt: skip
    """The question with its two buttons. Without `report` it holds no personal data and is the same for everybody."""
    return words.content(template, **frame(period, form), report=report, unit=unit, **values)


def excused(words: Words, it: Asked) -> Content:
    """To somebody on leave: nothing is owed; whoever reports all the same finds the buttons."""
    return words.content("excused", **frame(it.period, it.form), report=None, unit=None, started=False)


def receipt(
    session: Session, words: Words, it: Asked, reader: Person, *,
    revision: Revision | None = None, streak: int | None = None,
) -> Content:  # fmt: skip
    """What a person gets back: what was said, when, its number, and how to change it. To whom somebody's proxy concerns
    it says who filed and why, and how to correct it; the lead who filed learns whether they were told. `revision` and
    `streak` where they are known already."""
    report = it.report
    revision = revision or session.get_one(Revision, report.head_id)
    own = reader.id == revision.by
    by = reader if own else session.get_one(Person, revision.by)
    subject = session.get(Person, report.person_id) if report.person_id and revision.reason else None
    concerned = subject is not None and not own and reader.id in (subject.id, subject.reporter_id)
    return words.content(
        "proxied" if concerned else "receipt",
        **frame(it.period, it.form),
        report=report,
        revision=revision,
        by=by,
        own=own,
        unit=it.unit,
        ward=it.ward or (None if concerned else subject),
        telling=told(session, subject) if subject and own else None,
        minutes_late=_minutes(report.submitted_at, it.period.due_at) if report.late else 0,
        answers=answer_lines(it.form, revision.answers or {}, words.locale),
        files=revision.attachments or [],
        after_lock=reports.after_lock(it.period, revision),
        streak=_streak(session, it, reader) if streak is None else streak,
    )


def _streak(session: Session, it: Asked, reader: Person) -> int:
    return streaks.streak(session, it.period, it.report) if it.report.person_id == reader.id else 0


def told(session: Session, subject: Person) -> tuple[Person, str]:
    """Who hears of a proxy, the subject or a ward's reporter; and `silent` where a message arrives, else why none does:
    `never` enrolled, or `unreachable`."""
    hearer = session.get_one(Person, subject.reporter_id) if subject.reporter_id else subject
    return hearer, addresses.silence(session, [hearer.id])[hearer.id]


def _minutes(at: datetime | None, due: datetime) -> int:
    return max(1, int(((at or due) - due) / timedelta(minutes=1)))


def answer_lines(form: FormSpec, answers: dict[str, Any], locale: str) -> list[tuple[str, str]]:
    """(question, answer) in the form's order, in words."""
    said = said_answers(form, answers, locale)
    return [(say(q.label, locale), said[q.name]) for q in form.questions if q.name in said]


def said_answers(form: FormSpec, answers: dict[str, Any], locale: str) -> dict[str, str]:
    """What was answered, in words, by the question's name."""
    found = {}
    for question in form.questions:
        value = answers.get(question.name)
        if value is None:
            continue
        names = value if isinstance(value, list) else [value]
        if question.choices:
            chosen = [question.choice(n) for n in names]
            said = ("、" if locale == "zh_CN" else ", ").join(say(c.label, locale) for c in chosen if c)
        else:
            said = _said(question, value)
        found[question.name] = said
    return found


def _said(question: Question, value: Any) -> str:
    if question.type == "geopoint":
        return place_words(value)
    return file_words(value) if question.type in MEDIA else written(value)


def ask_prefix(report: Report, address: Address) -> str:
    return ask_prefix_of(report.id, address.id)


def ask_prefix_of(report_id: int, address_id: int) -> str:
    return f"ask:{report_id}:{address_id}:"


def wards_prefix(period: Period, address: Address) -> str:
    return f"wards:{period.id}:{address.id}:"


def live(session: Session, prefix: str) -> Card | None:
    """The one message that stands now of those whose keys begin so."""
    return next((c for c in reversed(cards.with_prefix(session, prefix)) if c.wanted_id), None)


def stand(
    session: Session,
    prefix: str,
    address: Address,
    kind: Kind,
    content: Content,
    now: datetime,
    *,
    below: bool = False,
    lane: Lane = Lane.REPLY,
    not_before: datetime | None = None,
) -> Card:
    """Makes `content` stand in the live message; `below` posts it anew at the end of the chat and removes the old."""
    before = cards.with_prefix(session, prefix)
    standing = next((c for c in reversed(before) if c.wanted_id), None)
    if standing and not below:
        return cards.want(
            session, standing.key, address, kind, content, now, lane=lane, not_before=not_before, standing=standing
        )
    if standing:
        cards.want(session, standing.key, address, kind, None, now, lane=lane, not_before=not_before, standing=standing)
    key = f"{prefix}{len(before)}"
    return cards.want(session, key, address, kind, content, now, lane=lane, not_before=not_before)


def ask(
    session: Session, house: House, it: Asked, person: Person, address: Address, now: datetime, *,
    below: bool = True, lane: Lane = Lane.REPLY,
) -> None:  # fmt: skip
    """Puts the report as it stands at the end of the person's chat: the question, or the receipt."""
    words = words_for(house, person, it.period.timezone)
    if it.report.state == State.DUE:
        started = drafts.started(session, it.report, person) is not None
        report = it.report if it.unit else None
        content = (
            excused(words, it)
            if it.report.excused
            else prompt(words, it.period, it.form, report, it.unit, started=started)
        )
    else:
        content = receipt(session, words, it, person)
    stand(session, ask_prefix(it.report, address), address, Kind.ASK, content, now, below=below, lane=lane)


def ask_today(
    session: Session, house: House, person: Person, address: Address, now: datetime, *, only_due: bool = False
) -> None:
    """Everything this person is asked for at the moment, below in their chat; or only what they still owe."""
    for period in newest_day(periods.running(session, now)):
        form = form_of(session, period)
        own = reports.of_person(session, period, person)
        mine = [Asked(period, own, form)] if own else []
        mine += [Asked(period, r, form, unit) for r, unit in answered_for(session, period, person, now)]
        for it in mine:
            if not only_due or (it.report.state == State.DUE and not it.report.excused):
                ask(session, house, it, person, address, now)
        due = any(r.state == State.DUE and not r.excused for r, _ in reports.of_wards(session, period, person))
        if due or not only_due:
            show_wards(session, house, period, person, address, now, below=True)


def newest_day(found: Sequence[Period]) -> list[Period]:
    """Of each assignment the newest period only: an older one that is not locked yet is not asked for again."""
    newest: dict[int, Period] = {}
    for period in found:
        newest.setdefault(period.assignment_id, period)
    return list(newest.values())


def answered_for(session: Session, period: Period, person: Person, now: datetime) -> list[tuple[Report, Unit]]:
    """The reports about units that this person answers for: as its lead, or as the lead above where it has none."""
    assignment = session.get_one(Assignment, period.assignment_id)
    if assignment.about != "units":
        return []
    found = []
    for unit in people.leads(session, person):
        below = session.exec(select(Unit).where(people.below(unit.path))).all()
        for report, about in reports.of_units(session, period, list(below)):
            if person.id in {p.id for p in people.responsible(session, about, period.day)[1]}:
                found.append((report, about))
    return found


def audience(session: Session, it: Asked) -> list[tuple[Person, Address]]:
    """Those in whose chats this report stands, with the address: the person, or the leads who answer for the unit."""
    if it.unit:
        who: Iterable[Person] = people.responsible(session, it.unit, it.period.day)[1]
    else:
        who = [session.get_one(Person, it.report.person_id)]
    found = [(p, reachable(session, p)) for p in who]
    return [(p, a) for p, a in found if a is not None]


def show_wards(
    session: Session,
    house: House,
    period: Period,
    reporter: Person,
    address: Address,
    now: datetime,
    *,
    below: bool = False,
    remind: bool = False,
    lane: Lane = Lane.REPLY,
    not_before: datetime | None = None,
) -> int:
    """The list of those a reporter reports for, each with its state; says whether there is one (1) or not (0)."""
    rows = reports.of_wards(session, period, reporter)
    if not rows:
        return 0
    content = wards_content(session, words_for(house, reporter, period.timezone), period, rows, remind=remind)
    stand(session, wards_prefix(period, address), address, Kind.WARDS, content, now,
          below=below, lane=lane, not_before=not_before)  # fmt: skip
    return 1


def asked_for_wards(session: Session, period: Period, reporter: Person) -> list[Person]:
    """Those who are asked about any of a reporter's wards that still owe a report."""
    rows = reports.of_wards(session, period, reporter)
    due = [w for r, w in rows if w.reporter_id == reporter.id and r.state == State.DUE and not r.excused]
    there = people.present(session, [reporter], None, period.day) if due else []
    found = there or [p for ward in due for p in people.speakers(session, ward, period.day)]
    return list({p.id: p for p in found}.values())


def redraw_wards(
    session: Session, house: House, period: Period, ward: Person, now: datetime, *, but: Person | None = None
) -> None:
    """Brings the lists in which a ward stands up to date, if they are out; nobody's phone rings."""
    reporter = session.get_one(Person, ward.reporter_id)
    for one in {p.id: p for p in [reporter, *people.speakers(session, ward, period.day)]}.values():
        address = reachable(session, one) if but is None or one.id != but.id else None
        if address and live(session, wards_prefix(period, address)):
            show_wards(session, house, period, one, address, now, lane=Lane.BULK)


def may_ring(session: Session, person: Person, address: Address, period: Period, *, room: int = 0) -> bool:
    """Whether the day's noise budget has room for one more unasked message; `room` is kept free for what a lead must
    still hear. What finds none is shown as an edit, which rings nobody."""
    lead = bool(people.leads(session, person))
    morning = datetime.combine(period.day, time(0), zone(period.timezone))
    most = cards.BUDGET["lead"] - room if lead else cards.BUDGET["member"]
    return cards.unasked(session, address, morning) < most


def wards_content(
    session: Session, words: Words, period: Period, rows: Sequence[tuple[Report, Person]], *, remind: bool = False
) -> Content:
    form = form_of(session, period)
    silent = [person for report, person in rows if report.state == State.DUE and not report.excused]
    locked = period.phase == Phase.LOCKED
    return words.content("wards", **frame(period, form), rows=rows, silent=silent, remind=remind, locked=locked)


def best_addresses(session: Session, first: int, last: int) -> dict[int, Address]:
    """For a whole range of person ids: the reachable address each used last."""
    rows = session.exec(
        select(Address)
        .where(col(Address.person_id).between(first, last), Address.reach == Reach.REACHABLE)
        .order_by(col(Address.used_at))
    ).all()
    return {a.person_id: a for a in rows if a.person_id is not None}
