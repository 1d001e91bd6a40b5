"""Keep a notice or a survey that is being written: step by step, in one message that shows what is asked next."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select

from handlers.core.rendering import Content
from handlers.core.turn import Turn
from handlers.rounds import forms, messages
from models.authority import permissions
from models.conversations import confirmations, expected_input
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import Purpose
from models.core.errors import Refusal
from models.files.records import FileRecord
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.kinds import Kind as PersonKind
from models.organisation.people import Person
from models.organisation.units import Unit, below
from models.rounds import audience
from models.rounds.audience import Audience
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion
from models.time.times import ClockTime, instant

ACTION = "notice.draft"
LASTS = timedelta(hours=2)
MEETING = ("@attend", "@leave", "@online")
MOST_FILES = 5
MOST_AHEAD = timedelta(days=366)
ANY = (PersonKind.STAFF, PersonKind.OUTSIDE)
UNITS = 20  # units to choose from


@dataclass(frozen=True)
class Draft:
    """A notice as far as it is written, or another `kind` of round. `step` is what is asked now; `missing` what is
    asked after it. `round` is the notice that it changes. Instants are in ISO 8601. A survey or quiz has the code of
    its `form`, and whether it is to be `anonymous`; its `kinds` of people may be those outside, and `open` says how
    often one device may answer by an open link, `once` or `several` times."""

    kind: str = RoundKind.NOTICE
    step: str = "words"
    words: str = ""
    form: str = ""
    anonymous: bool = False
    files: Sequence[FileRecord] = ()
    tops: Sequence[int] = ()
    roles: Sequence[str] = ()
    people: Sequence[int] = ()
    kinds: Sequence[str] = (PersonKind.STAFF,)
    open: str = ""
    asks: str = ""
    choices: Sequence[str] = ()
    starts_at: str = ""
    venue: str = ""
    due_at: str = ""
    round: int = 0
    missing: Sequence[str] = field(default=("words", "whom", "asks"))

    def audience(self, by: Person) -> Audience:
        """Return to whom it goes: not to its sender, who must be able to pass a quiz all the same."""
        but = 0 if self.asks == Asks.QUIZ else by.id
        return Audience(tuple(self.tops), tuple(self.roles), tuple(self.people), but, tuple(self.kinds))

    def done(self, step: str, *then: str) -> "Draft":
        """Return the draft after a step: what `then` names is asked first, then what is still missing."""
        missing = tuple(dict.fromkeys([*then, *(it for it in self.missing if it != step)]))
        order = ("form", "words", "whom", "role", "named", "asks", "choices", "meeting", "due")
        missing = tuple(sorted(missing, key=order.index))
        return replace(self, missing=missing, step=missing[0] if missing else "preview")

    def version(self, turn: Turn) -> RoundVersion:
        return RoundVersion(
            round_id=0, number=1, words=self.words, files=list(self.files), due_at=_read(self.due_at),
            starts_at=_read(self.starts_at), venue=self.venue, by=turn.person.id, at=turn.now,
        )  # fmt: skip


def _read(at: str) -> datetime | None:
    return datetime.fromisoformat(at) if at else None


def begin(turn: Turn, draft: Draft) -> Confirmation:
    """Store a draft, whose two hours begin anew with each step."""
    lasts = turn.defaults.waits(LASTS)
    return confirmations.ask(turn.session, turn.person, ACTION, asdict(draft), turn.now, lasts)


def held(turn: Turn, pending_id: int) -> tuple[Confirmation, Draft]:
    """Return one of the speaker's drafts. Raises `pending.gone`."""
    found = turn.session.get(Confirmation, pending_id)
    if found is None or found.person_id != turn.person.id or found.action != ACTION or found.expires_at <= turn.now:
        raise Refusal("pending.gone")
    return found, Draft(**found.arguments)


def keep(turn: Turn, pending: Confirmation, draft: Draft, *, below: bool = False) -> None:
    """Store a draft after a step, and show the next one."""
    pending.arguments, pending.expires_at = asdict(draft), turn.now + turn.defaults.waits(LASTS)
    turn.session.add(pending)
    turn.session.flush()
    show(turn, pending, draft, below=below)


def show(turn: Turn, pending: Confirmation, draft: Draft, *, below: bool = False) -> None:
    """Show what is asked now, or the preview; typed words answer it."""
    if draft.step == "preview":
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
        turn.send(_preview(turn, draft))
    else:
        expected_input.expect(turn.session, turn.person, Purpose.NOTICE, turn.now, pending.id)
    _stand(turn, pending, _content(turn, pending, draft), below=below or draft.step == "preview")


def _stand(turn: Turn, pending: Confirmation, content: Content, *, below: bool) -> None:
    slot = Slot.of(Subject.ROUND_DRAFT, turn.here, pending.id)
    live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=below)


def drop(turn: Turn, pending: Confirmation, template: str = "rounds/notice_dropped") -> None:
    """End a draft; its message says so."""
    _stand(turn, pending, turn.words.content(template), below=turn.incoming.data is None)
    if draft_expected(turn) == pending.id:
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.session.delete(pending)
    turn.session.flush()


def draft_expected(turn: Turn) -> int | None:
    """Return the draft for which words and files are expected."""
    lasts = turn.defaults.waits(expected_input.LASTS)
    expected = expected_input.current(turn.session, turn.person, turn.now, lasts)
    return expected.about if expected and expected.use == Purpose.NOTICE else None


def _preview(turn: Turn, draft: Draft) -> Content:
    """Return the notice as its recipients will see it; its buttons do nothing yet."""
    unit = sending_unit(turn, draft)
    shown = Round(
        id=0, kind=draft.kind, unit_id=unit.id, by=turn.person.id, made_at=turn.now, audience={},
        asks=draft.asks, choices=list(draft.choices), anonymous=draft.anonymous, timezone=turn.defaults.zone,
    )  # fmt: skip
    form = forms.find(turn, draft.form).spec if draft.asks == Asks.QUIZ else None
    return messages.message(turn, turn.words, shown, draft.version(turn), form=form)


def sending_unit(turn: Turn, draft: Draft) -> Unit:
    """Return the unit in whose name it is sent: the nearest one above all of its audience."""
    session = turn.session
    found = audience.units(session, draft.audience(turn.person))
    homes = people.homes(session, draft.people) if draft.people else {}
    return audience.top_of(session, [*found, *homes.values()])


def _content(turn: Turn, pending: Confirmation, draft: Draft) -> Content:
    found = draft.audience(turn.person)
    values: dict[str, Any] = {"draft": draft, "pending": pending.id, "version": draft.version(turn)}
    if draft.step == "whom":
        found_units = offered(turn)
        values |= {"units": found_units[:UNITS], "more": len(found_units) > UNITS}
    elif draft.step == "due":
        values |= {"moments": moments(turn, draft)}
    elif draft.step == "preview":
        values |= {
            "units": audience.units(turn.session, found), "persons": audience.persons(turn.session, found),
            "reach": audience.reached(turn.session, found, turn.today), "admin": may_be_urgent(turn, draft),
            "begins": messages.starting(turn, turn.defaults.zone),
        }  # fmt: skip
    elif draft.step == "form":
        found_forms = forms.offered(turn, quizzes=draft.kind == RoundKind.NOTICE)
        values |= {"forms": found_forms[: forms.SHOWN], "others": max(0, len(found_forms) - forms.SHOWN)}
    elif draft.step == "named":
        values |= {"sealable": bool(turn.defaults.survey_key)}
    return turn.words.content(f"rounds/{draft.kind}_step", **values)


def offered(turn: Turn) -> list[Unit]:
    """Return the units to choose from: the speaker's own, and those below as far as there is room; if there are more,
    one more."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    query = select(Unit).where(or_(*(below(top.path) for top in tops))).order_by(col(Unit.rank))
    return list(turn.session.exec(query.limit(UNITS + 1)).all())


def moments(turn: Turn, draft: Draft) -> list[tuple[date, int, datetime]]:
    """Return the usual deadlines: days with the minutes since midnight, and their instants."""
    zone, today, start = turn.defaults.zone, turn.today, _read(draft.starts_at)
    usual = [(0, 18), (1, 12), (1, 18), (3, 18), (7, 18)]
    found = [(today + timedelta(days=days), hour * 60) for days, hour in usual]
    made = [(day, minutes, instant(day, ClockTime(minutes), zone)) for day, minutes in found]
    soon = turn.now + timedelta(minutes=30)
    return [it for it in made if it[2] > soon and (start is None or it[2] <= start)]


def may_be_urgent(turn: Turn, draft: Draft) -> bool:
    """Say whether the speaker is an admin of all to whom it goes."""
    paths = [it.path for it in audience.units(turn.session, draft.audience(turn.person))]
    paths += [it.path for it in people.homes(turn.session, draft.people).values()] if draft.people else []
    return all(permissions.may_admin(turn.session, turn.person, path) for path in paths)


def judge(turn: Turn, draft: Draft) -> None:
    """Check once more what may have changed since it was written. Raises `people.not_yours`, `rounds.nobody`, and as
    `check_times`."""
    session, found = turn.session, draft.audience(turn.person)
    homes = people.homes(session, draft.people).values() if draft.people else []
    for unit in [*audience.units(session, found), *homes]:
        if not permissions.may_lead(session, turn.person, unit.path, turn.today):
            raise Refusal("people.not_yours", path=unit.path)
    refuse_nobody(turn, draft)
    if draft.anonymous and audience.reached(session, found, turn.today).outside:
        raise Refusal("surveys.anonymous_outside")
    check_times(turn, draft)


def refuse_nobody(turn: Turn, draft: Draft) -> None:
    """Raise `rounds.nobody` for an audience without anybody; by an open link anybody may answer."""
    reach = audience.reached(turn.session, draft.audience(turn.person), turn.today)
    if not (reach.people or reach.outside or draft.open):
        raise Refusal("rounds.nobody")


def check_times(turn: Turn, draft: Draft) -> None:
    """Raise `rounds.past`, `rounds.far` or `rounds.due_after_start` for times that make no sense."""
    start, due = _read(draft.starts_at), _read(draft.due_at)
    for at in (start, due):
        if at is not None and at <= turn.now:
            raise Refusal("rounds.past", typed=turn.words.moment(at))
        if at is not None and at > turn.now + MOST_AHEAD:
            raise Refusal("rounds.far", typed=f"{at.astimezone(ZoneInfo(turn.defaults.zone)):%Y-%m-%d %H:%M}")
    if start and due and due > start:
        raise Refusal("rounds.due_after_start", start=turn.words.moment(start))


def asked_back(turn: Turn, draft: Draft, asks: str, choices: Sequence[str] = ()) -> Draft:
    """Return the draft with what is asked back; a deadline follows where anything is, a time and a place of a meeting
    before it."""
    made = replace(draft, asks=asks, choices=tuple(choices), form="", due_at="", starts_at="", venue="")
    if asks == Asks.NOTHING:
        return replace(made, missing=tuple(it for it in made.missing if it != "due")).done("asks")
    if asks == Asks.QUIZ:
        return made.done("asks", "form", "due")
    return made.done("asks", *(["meeting"] if tuple(choices) == MEETING else []), "due")
