"""Read what is typed at each step of a notice or a survey."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from handlers.core.turn import Turn
from handlers.core.vocabulary import BETWEEN_CHOICES
from handlers.rounds import messages, notice_draft, survey
from handlers.rounds.notice_draft import Draft
from models.authority import permissions
from models.core import typed_moments
from models.core.errors import Refusal
from models.forms.answers import read_words
from models.organisation import people
from models.organisation.kinds import Kind
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds.rounds import Asks
from models.time.times import ClockTime, instant

LONGEST, LONGEST_VENUE, LONGEST_CHOICE, MOST_CHOICES = 2000, 60, 20, 8
EVENING = (18, 0)  # the time of a deadline that is given as a day


def take(turn: Turn, draft: Draft, text: str) -> Draft:
    """Return the draft after what was typed as the answer to its step. Raises what tells why it is no answer."""
    return READ[draft.step](turn, draft, text)


def words(turn: Turn, draft: Draft, text: str) -> Draft:
    """Take the text of a notice. Raises `forms.text_too_long`."""
    return replace(draft, words=read_words(text, LONGEST)).done("words")


def _read_whom(turn: Turn, draft: Draft, text: str) -> Draft:
    survey_ = draft.asks == Asks.FORM
    found, persons = _named(turn, text, outside=survey_)
    made = replace(draft, tops=tuple(it.id for it in found), people=tuple(it.id for it in persons), roles=())
    made = replace(made, kinds=(Kind.STAFF,), open="")
    notice_draft.refuse_nobody(turn, replace(made, kinds=notice_draft.ANY) if survey_ else made)
    return made.done("whom", *(["role"] if found and not persons else []))


def _named(turn: Turn, typed: str, *, outside: bool = False) -> tuple[list[Unit], list[Person]]:
    """Return the units and people that words name, between commas; people `outside` too, of a survey. Raises as
    `units.find_unit`, `people.find_person` and, for what is neither of the speaker's, `rounds.no_whom`."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    found_units: list[Unit] = []
    found_people: list[Person] = []
    for name in messages.names(typed):
        unit = messages.unit_called(turn.session, name, tops)
        if unit is not None:
            found_units.append(unit)
            continue
        person = _person(turn, name, tops)
        may = (Kind.STAFF, Kind.OUTSIDE) if outside else (Kind.STAFF,)
        if person.kind not in may or person.left_by(turn.today):
            raise Refusal("rounds.no_chat", name=person.name)
        found_people.append(person)
    if not found_units and not found_people:
        raise Refusal("people.too_few_words")
    return found_units, found_people


def _person(turn: Turn, name: str, tops: Sequence[Unit]) -> Person:
    try:
        return people.find_person(turn.session, name, tops)
    except Refusal as refusal:
        if refusal.key == "people.no_person":
            raise Refusal("rounds.no_whom", name=name[:40]) from None
        raise


def _read_choices(turn: Turn, draft: Draft, text: str) -> Draft:
    made = notice_draft.asked_back(turn, draft, Asks.ANSWER, _choices(text))
    return made.done("choices")


def _choices(typed: str) -> list[str]:
    """Return the choices that words name. Raises `rounds.choices`."""
    found = list(dict.fromkeys(it.strip() for it in messages.names(typed, BETWEEN_CHOICES)))
    if not 2 <= len(found) <= MOST_CHOICES or any(len(it) > LONGEST_CHOICE or it.startswith("@") for it in found):
        raise Refusal("rounds.choices", most=MOST_CHOICES, longest=LONGEST_CHOICE)
    return found


def _read_meeting(turn: Turn, draft: Draft, text: str) -> Draft:
    at, venue = _moment(turn, text)
    if len(venue) > LONGEST_VENUE:
        raise Refusal("forms.text_too_long", most=LONGEST_VENUE)
    made = replace(draft, starts_at=at.isoformat(), venue=venue, due_at="")
    notice_draft.check_times(turn, made)
    return made.done("meeting", "due")


def _read_due(turn: Turn, draft: Draft, text: str) -> Draft:
    at, rest = _moment(turn, text)
    if rest:
        raise Refusal("rounds.no_moment", typed=text[:40])
    made = replace(draft, due_at=at.isoformat())
    notice_draft.check_times(turn, made)
    return made.done("due")


def _moment(turn: Turn, typed: str) -> tuple[datetime, str]:
    """Return the instant with which typed words begin, and the words left; a day alone is its evening, a time alone
    today's. Raises `rounds.no_moment`."""
    day, at, rest = typed_moments.moment(typed, turn.today)
    if day is None and at is None:
        raise Refusal("rounds.no_moment", typed=typed[:40])
    hour, minute = at or EVENING
    return instant(day or turn.today, ClockTime(hour * 60 + minute), turn.defaults.zone), rest


def _tap_instead(turn: Turn, draft: Draft, text: str) -> Draft:
    raise Refusal("rounds.tap")


READ: Mapping[str, Callable[[Turn, Draft, str], Draft]] = {
    "words": words, "whom": _read_whom, "role": _tap_instead, "asks": _read_choices, "choices": _read_choices,
    "meeting": _read_meeting, "due": _read_due, "preview": _tap_instead, "form": survey.read_form,
    "named": _tap_instead,
}  # fmt: skip
