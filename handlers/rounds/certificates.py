"""Send the certificate of a passed quiz, a picture: once of itself, and whenever it is asked for (docs/rules.md
31.6)."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from handlers.core.rendering import Content, Renderer
from models.core.errors import Refusal
from models.cycle.places import Place
from models.forms import points
from models.forms.spec import say
from models.messaging import addresses, cards, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import root
from models.rounds import replies, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round


def send(context: Context, it: Round, reply: Reply, person: Person) -> None:
    """Send it to who has just passed."""
    address = addresses.reachable(context.session, person)
    if address:
        content = of(context, context.words_for(person, it.timezone), it, reply, person)
        slot = Slot.of(Subject.CERTIFICATE, address, it.id)
        cards.want(context.session, slot, Kind.REPLY, content, context.now)


def again(
    context: Context, it: Round, reply: Reply, person: Person, address: Address, *, below: bool = True
) -> None:  # fmt: skip
    """Send it at the end of a chat, or bring it up to date where it stands. Raises `quizzes.not_passed`."""
    content = of(context, context.words_for(person, it.timezone), it, reply, person)
    slot = Slot.of(Subject.CERTIFICATE, address, it.id)
    live_messages.show(context.session, slot, Kind.REPLY, content, context.now, below=below)


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the certificates in somebody's chat in the language they chose."""
    for number in cards.shown_in(context.session, event.address, Subject.CERTIFICATE):
        it = context.session.get(Round, int(number))
        reply = replies.of_person(context.session, it, event.person) if it else None
        if it and reply and reply.passed_at is not None:
            again(context, it, reply, event.person, event.address, below=False)


def of(context: Context, words: Renderer, it: Round, reply: Reply, person: Person) -> Content:
    """Return the certificate in the reader's language. Raises `quizzes.not_passed`."""
    if reply.passed_at is None or it.asks != Asks.QUIZ:
        raise Refusal("quizzes.not_passed")
    form = surveys.form_of(context.session, it)
    place, whole = context.session.get_one(Place, reply.place_id), root(context.session)
    day = reply.passed_at.astimezone(ZoneInfo(it.timezone)).date()
    content = words.content("rounds/certificate", form=form, person=person, day=day)
    picture = words.picture(
        "certificate", alt=words.plain(content), name=person.name, staff_no=person.staff_no,
        unit=place.path.rpartition("/")[2], whole=whole.name if whole else "", title=say(form.title, words.locale),
        score=reply.score, reachable=points.reachable(form), day=day, number=f"{it.id}-{reply.id}",
    )  # fmt: skip
    return replace(content, picture=picture)
