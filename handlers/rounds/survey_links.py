"""Hand out the links of a survey: personal ones of people outside, as a file or as slips to print, and open ones that
anybody may use (docs/rules.md 32)."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, Literal
from zoneinfo import ZoneInfo

from handlers.core import confirmations, qr_codes
from handlers.core.access import LEAD
from handlers.core.ids import PersonId, RoundId
from handlers.core.rendering import Renderer
from handlers.core.router import Router
from handlers.core.turn import File, Turn
from handlers.exports import file_words
from handlers.rounds import messages, outside, standing
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.cycle.places import Place
from models.files import blobs
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import links, replies, rollcalls, rounds, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round
from models.spreadsheets import workbook
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

router = Router("links", LEAD)

RENEW = "links.renew"
FILE, PAPER = 1000, 60  # people in a file, and slips on paper (2 ms each), that the desk may write itself
SHOWN = 20  # people outside who have not answered, by name
Line = tuple[Reply, Person, Place]
COLUMNS = ("unit", "staff_no", "name", "phone", "replied_at", "link")


def _seen(turn: Turn, number: int) -> tuple[Round, list[Unit]]:
    """Return a survey that takes answers, and the units whose people are the speaker's. Raises as `standing.seen`, and
    what `surveys.refuse_over` raises."""
    it, tops = standing.seen(turn, turn.person, number)
    if it.asks != Asks.FORM:
        raise Refusal("surveys.quiz_outside")
    surveys.refuse_over(turn.session, it, turn.now)
    return it, tops


@router.button("show")
def tap_show(turn: Turn, round_id: RoundId) -> None:
    """Show who outside has not answered, and what links there are."""
    it, _ = standing.seen(turn, turn.person, round_id)
    show(turn, it)


def show(turn: Turn, it: Round) -> None:
    """Show it in the speaker's chat, in place where it stands already."""
    _, tops = standing.seen(turn, turn.person, it.id)
    own = standing.may_change(turn, it, turn.person)
    values: dict[str, Any] = standing.values(turn, turn.words, it, tops) | {
        "own": own,
        "open": links.open_links(turn.session, it) if own else (),
        "waiting": outside.waiting(turn.session, it, tops, standing.judged(turn, it), SHOWN),
        "over": _over(turn, it),
    }
    slot = Slot.of(Subject.SURVEY_LINKS, turn.here, it.id)
    below = turn.incoming.data is None or live_messages.current(turn.session, slot) is None
    content = turn.words.content("rounds/survey_links", **values)
    live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=below)


def _over(turn: Turn, it: Round) -> bool:
    try:
        surveys.refuse_over(turn.session, it, turn.now)
    except Refusal:
        return True
    return False


@router.button("sheet")
def tap_sheet(turn: Turn, round_id: RoundId, kind: Literal["file", "paper"]) -> None:
    """Make new links for one's own people outside, as an Excel file or as slips to print."""
    it, tops = _seen(turn, round_id)
    most = FILE if kind == "file" else PAPER
    found = replies.outside_listed(turn.session, it, tops, standing.judged(turn, it), most + 1)
    if not found:
        raise Refusal("surveys.nobody_outside")
    if len(found) > most:
        raise Refusal("surveys.too_many_links", most=most)
    if turn.fileless:
        raise Refusal("rounds.no_files")
    base = outside.base(turn)
    made = links.personal(turn.session, it, [person for _, person, _ in found], turn.person, turn.now)
    addresses = {person.id: outside.address(base, token) for person, token in made}
    said = _said(turn.words)
    name = file_words.named([said["links"], str(it.id), _title(turn, it)], "xlsx")
    if kind == "file":
        out = BytesIO()
        page = Page(said["links"], _rows(turn, said, it, tops, found, addresses))
        workbook.write([page], out, file_words.formats(said))
        file = blobs.keep(turn.session, name, TYPES["xlsx"], out.getvalue())
    else:
        file = blobs.keep(
            turn.session, f"{name.removesuffix('.xlsx')}.html", "text/html", _paper(turn, it, found, addresses)
        )
    _note(turn, it, "links made", count=len(found))
    turn.final = True
    turn.say("rounds/survey_links_made", file=file, kind=kind, count=len(found), number=it.id)


def _title(turn: Turn, it: Round) -> str:
    return messages.title(turn, turn.words, it, rounds.newest(turn.session, it))


def _said(words: Renderer) -> dict[str, str]:
    return file_words.with_own(words, "rounds/words", "rounds/survey_words")


def _rows(
    turn: Turn, said: dict[str, str], it: Round, tops: Sequence[Unit], found: Sequence[Line],
    addresses: dict[int, str],
) -> Iterator[list[object]]:  # fmt: skip
    yield [said[f"column.{name}"] for name in COLUMNS]
    phones = rollcalls.numbers(turn.session, [person for _, person, _ in found], tops)
    zone = ZoneInfo(it.timezone)
    for reply, person, place in found:
        at = reply.at.astimezone(zone) if reply.at else None
        yield [place.path, person.staff_no, person.name, phones.get(person.id, ""), at, addresses[person.id]]


def _paper(turn: Turn, it: Round, found: Sequence[Line], addresses: dict[int, str]) -> bytes:
    slips = [(person, place, addresses[person.id], qr_codes.drawn(addresses[person.id])) for _, person, place in found]
    version = rounds.newest(turn.session, it)
    unit = turn.session.get_one(Unit, it.unit_id)
    return turn.words_for(turn.person, it.timezone).page(
        "print/survey_links", slips=slips, title=_title(turn, it), due=version.due_at, unit=unit
    ).encode()  # fmt: skip


@router.button("one")
def tap_one(turn: Turn, round_id: RoundId, person_id: PersonId) -> None:
    """Make a new link for one person outside; those they had before end."""
    it, tops = _seen(turn, round_id)
    found = next((it for it in replies.outside_in(turn.session, it, tops) if it[1].id == person_id), None)
    if found is None:
        raise Refusal("rounds.not_yours")
    _, person = found
    base = outside.base(turn)
    links.end(turn.session, it, [person.id], turn.now)
    ((_, token),) = links.personal(turn.session, it, [person], turn.person, turn.now)
    link = outside.address(base, token)
    _note(turn, it, "link made", whose=person.staff_no)
    turn.final = True
    turn.say("rounds/survey_link", link=link, person=person, number=it.id, file=_picture(turn, link, person.name))


def _picture(turn: Turn, link: str, about: str) -> File | None:
    if turn.fileless:
        return None
    name = file_words.named([_said(turn.words)["links"], about], "png")
    return blobs.keep(turn.session, name, "image/png", qr_codes.picture(link))


@router.button("open")
def tap_open(turn: Turn, round_id: RoundId, how: Literal["once", "several"]) -> None:
    """Make an open link: anybody who has it may answer, once per device or several times."""
    it, _ = _seen(turn, round_id)
    standing.refuse_others(turn, it, turn.person)
    opened(turn, it, several=how == "several")


def opened(turn: Turn, it: Round, *, several: bool) -> None:
    """Make an open link, and send it with its QR code."""
    link = outside.address(outside.base(turn), links.open_one(turn.session, it, turn.person, turn.now, several=several))
    _note(turn, it, "open link made", several=several)
    turn.final = True
    title = _title(turn, it)
    turn.say(
        "rounds/survey_open_link", link=link, it=it, several=several, title=title, file=_picture(turn, link, title)
    )


@router.button("close")
def tap_close(turn: Turn, round_id: RoundId) -> None:
    """Close the open links: nobody answers by them any more."""
    it, _ = standing.seen(turn, turn.person, round_id)
    standing.refuse_others(turn, it, turn.person)
    count = links.end(turn.session, it, None, turn.now)
    _note(turn, it, "open links closed", count=count)
    show(turn, it)
    turn.toast("rounds/survey_links_ended", count=count)


@router.button("renew")
def tap_renew(turn: Turn, round_id: RoundId) -> None:
    """Ask whether the links of one's own people outside are to end."""
    it, tops = _seen(turn, round_id)
    count = sum(1 for _ in replies.outside_in(turn.session, it, tops))
    title = _title(turn, it)
    confirmations.ask(turn, RENEW, {"round": it.id}, "rounds/survey_links_renew", title=title, count=count)


@router.confirmed(RENEW, role=LEAD)
def confirmed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """End the links of one's own people outside; new ones are made by the next file."""
    it, tops = _seen(turn, asked.arguments["round"])
    whose = [person.id for _, person in replies.outside_in(turn.session, it, tops)]
    count = links.end(turn.session, it, whose, turn.now)
    _note(turn, it, "links ended", count=count)
    turn.say("rounds/survey_links_over", count=count, number=it.id)


def _note(turn: Turn, it: Round, what: str, **more: Any) -> None:
    unit = turn.session.get_one(Unit, it.unit_id)
    audit.note(turn.session, turn.now, turn.person.staff_no, f"survey {what}", unit.path, number=it.id, **more)
