"""`/people phone`: set where somebody can be called; only who answers for the person sees it (docs/rules.md 10.6)."""

from handlers.core import admin_arguments, asking, confirmations
from handlers.core.access import ADMIN
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.organisation import people, phone_numbers
from models.organisation.people import Person

router = Router("phone", ADMIN)


def phone(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm a number: `phone 1023 13800001234`; `none` takes it away. Raises `roster.phone` and as
    `admin_arguments.person`."""
    person, rest = admin_arguments.person(turn, parts)
    if not rest:
        asking.for_words(turn, "phone", f"people phone {person.staff_no} {asking.PLACE}", name=person.name)
        return
    number = phone_numbers.read(" ".join(rest))
    arguments = {"person": person.id, "number": number or ""}
    confirmations.ask(turn, "people.phone", arguments, "organisation/phone_question", person=person, number=number)


@router.confirmed("people.phone")
def take(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    person = turn.session.get(Person, asked.arguments["person"])
    if person is None:
        raise Refusal("people.not_administered", path="")
    admin_arguments.refuse_unless_admin(turn, people.home(turn.session, person).path)
    before, person.phone = person.phone, asked.arguments["number"] or None
    turn.session.add(person)
    audit.note(turn.session, turn.now, turn.person.staff_no, "people.phone", person.staff_no)
    turn.say("organisation/phone_set", person=person, before=before)
