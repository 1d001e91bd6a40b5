"""`/urge`, 催办: the lead's own reminder to those who are silent, after a look at the names; once per half hour."""

from handlers import asking, leading, posting
from handlers.asking import Asked
from handlers.turn import Turn, words_for
from models import addresses, drafts, figures, people, posts, reports
from models.cards import Kind
from models.errors import Refusal
from models.people import Person, Unit, may_lead
from models.periods import Period
from models.posts import Urge
from models.reports import Report, State


def urge(turn: Turn, words: str) -> None:
    """Bare or with a unit: the silent ones by name, to be confirmed. With a person: that one, at once."""
    if words.strip() and not leading.is_unit(turn, words.strip()):
        _urge_person(turn, leading.person_in_reach(turn, words.strip()))
        return
    unit = leading.chosen_unit(turn, words, "urge")
    if unit is None:
        return
    found = [p for p in leading.about(turn, unit, leading.today(turn)) if p.takes_reports]
    for period in found:
        it = posting.summary(turn.session, period, unit)
        turn.say("urge", **posting.values(it), names=posting.silent_by_kind(turn.session, it))
    if not found:
        turn.say("no_period", unit=unit, about=leading.today(turn))


def tap_urge(turn: Turn, period_id: int, unit_id: int) -> None:
    period, unit = turn.session.get(Period, period_id), turn.session.get(Unit, unit_id)
    if period is None or unit is None or not may_lead(turn.session, turn.person, unit.path):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    before = posts.urged(turn.session, period, unit, turn.now)
    if before:
        turn.toast("urged_before", at=before.at, alert=True)
        return
    if not period.takes_reports:
        turn.toast("locked", day=period.day, alert=True)
        return
    told = _remind(turn, period, unit)
    turn.session.add(Urge(period_id=period.id, unit_id=unit.id, by=turn.person.id, at=turn.now))
    turn.toast("urged", count=told)


def _remind(turn: Turn, period: Period, unit: Unit) -> int:
    """One message to each who can be reached: the silent, the reporters of silent wards, the leads of silent units."""
    told: set[int] = set()
    for owing in figures.silent(turn.session, period, unit):
        if isinstance(owing, Unit):
            report = reports.of_unit(turn.session, period, owing)
            for lead in people.responsible(turn.session, owing, period.day)[1] if report else []:
                if report and lead.id != turn.person.id:
                    told |= _remind_one(turn, period, report, lead, owing)
        elif owing.reporter_id is not None:
            told |= _remind_speakers(turn, period, owing, told)
        elif report := reports.of_person(turn.session, period, owing):
            told |= _remind_one(turn, period, report, owing, None)
    return len(told)


def _remind_speakers(turn: Turn, period: Period, ward: Person, told: set[int]) -> set[int]:
    """The list of wards once to each who is asked about this one, however many are missing."""
    found: set[int] = set()
    for speaker in people.speakers(turn.session, ward, period.day):
        address = addresses.reachable(turn.session, speaker)
        if address is not None and speaker.id not in told:
            asking.show_wards(turn.session, turn.house, period, speaker, address, turn.now, below=True, remind=True)
            found.add(speaker.id)
    return found


def _remind_one(turn: Turn, period: Period, report: Report, person: Person, unit: Unit | None) -> set[int]:
    address = addresses.reachable(turn.session, person)
    if address is None:
        return set()
    it = Asked(period, report, asking.form_of(turn.session, period), unit)
    words = words_for(turn.house, person, period.timezone)
    started = drafts.started(turn.session, report, person) is not None
    content = asking.prompt(
        words, period, it.form, report if unit else None, unit, "urged_prompt", lead=turn.person, started=started
    )
    prefix = asking.ask_prefix(report, address)
    asking.stand(turn.session, prefix, address, Kind.ASK, content, turn.now, below=True)
    return {person.id}


def _urge_person(turn: Turn, person: Person) -> None:
    told = 0
    for period in leading.about(turn, people.home(turn.session, person), leading.today(turn)):
        report = reports.of_person(turn.session, period, person)
        if report is None or report.state != State.DUE or report.excused or not period.takes_reports:
            continue
        unit = people.home(turn.session, person)
        before = posts.urged(turn.session, period, unit, turn.now, person)
        if before:
            turn.say("urged_before", at=before.at)
            return
        if person.reporter_id is not None:
            told += len(_remind_speakers(turn, period, person, set()))
        else:
            told += len(_remind_one(turn, period, report, person, None))
        urge = Urge(period_id=period.id, unit_id=unit.id, person_id=person.id, by=turn.person.id, at=turn.now)
        turn.session.add(urge)
    turn.say("urged", count=told)
