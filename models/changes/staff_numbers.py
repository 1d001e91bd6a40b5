"""Give people other staff numbers: a person keeps everything else (reports, accounts, rights), and the old number stays
theirs (docs/rules.md 15.5)."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session, select

from models.authority import permissions, standing
from models.changes import planned
from models.changes.credentials import coming
from models.changes.roster_limits import codes
from models.core.errors import Refusal, Refusals
from models.messaging.addresses import Address, Reach
from models.organisation import people
from models.organisation.people import Person, find_person
from models.organisation.roster_rows import Row
from models.organisation.units import root


def change_all(
    session: Session, rows: Sequence[Row], numbers: Mapping[str, str], day: date | None, by: Person | None
) -> None:
    """Give those who are in the file under a new number (new → old) that number. `by` None is the operator. Raises
    everything that is against it, with its line."""
    lines = {row.staff_no: row for row in reversed(rows)}
    wrong: list[Refusal] = []
    for new, old in numbers.items():
        try:
            person = find_person(session, old)
            refuse(session, person, new, day, by)
            _change(session, person, new)
        except Refusal as refusal:
            wrong.append(refusal.at(lines[new].line, lines[new].sheet) if new in lines else refusal)
    if wrong:
        raise Refusals(wrong)


def refuse(session: Session, person: Person, number: str, day: date | None, by: Person | None) -> None:
    """Raise `changes.stale` if the number is somebody's by now, `roster.number_was` if it was somebody else's,
    `roster.staff_no` if it is a task's or a form's, `roster.number_planned` if changes of this person are planned under
    the present number, `people.not_administered` or `roster.account_opens` if that is not the author's to do: in WeCom
    a number may be an account."""
    if session.exec(select(Person.id).where(Person.staff_no == number)).first() is not None:
        raise Refusal("changes.stale")
    owner = people.had(session, number)
    if owner is not None and owner.id != person.id:
        raise Refusal("roster.number_was", staff_no=number)
    if number in codes(session):
        raise Refusal("roster.staff_no", value=number)
    if planned.waiting(session, "", person.staff_no):
        raise Refusal("roster.number_planned", name=person.name, staff_no=person.staff_no)
    top = root(session)
    if by is None or day is None or (top and permissions.may_admin(session, by, top.path)):
        return
    for _, unit in people.roles(session, person):
        if not permissions.may_admin(session, by, unit.path):
            raise Refusal("people.not_administered", path=unit.path)
    if not standing.Standing(session, by, day).over(person, coming(session, person)):
        raise Refusal("roster.account_opens", name=person.name)


def _change(session: Session, person: Person, number: str) -> None:
    old = person.staff_no
    if person.wecom_id is None:  # whoever writes from an account that is the old number goes on writing from it
        wecom = select(Address.account).where(
            Address.person_id == person.id, Address.channel == "wecom", Address.reach != Reach.RETIRED
        )
        person.wecom_id = next((it for it in session.exec(wecom).all() if it.lower() == old.lower()), None)
    former = [it for it in (person.former_numbers or "").split() if it != number]
    person.former_numbers = " ".join([*former, old])
    person.staff_no = number
    session.add(person)
    session.flush()
