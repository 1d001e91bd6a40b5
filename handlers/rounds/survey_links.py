"""Hand out the links of a survey: personal ones of people outside, as a file or as slips to print, and open ones that
anybody may use (docs/rules.md 32)."""

from typing import Any, Literal

from handlers.core import confirmations, qr_codes
from handlers.core.access import LEAD
from handlers.core.ids import PersonId, RoundId
from handlers.core.router import Router
from handlers.core.turn import File, Turn
from handlers.exports import file_words
from handlers.rounds import outside, standing, survey_link_files
from models.conversations.confirmations import Confirmation
from models.core.errors import Refusal
from models.files import blobs
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.units import Unit
from models.rounds import links, replies, surveys
from models.rounds.rounds import Asks, Round

router = Router("links", LEAD)

RENEW = "links.renew"
SHOWN = 20  # people outside who have not answered, by name


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
    survey_link_files.send(turn, it, tops, kind)


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
    survey_link_files.note(turn, turn.person, it, "link made", whose=person.staff_no)
    turn.final = True
    turn.say("rounds/survey_link", link=link, person=person, number=it.id, file=_picture(turn, link, person.name))


def _picture(turn: Turn, link: str, about: str) -> File | None:
    if turn.fileless:
        return None
    name = file_words.named([survey_link_files.said(turn.words)["links"], about], "png")
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
    survey_link_files.note(turn, turn.person, it, "open link made", several=several)
    turn.final = True
    title = survey_link_files.title(turn, turn.words, it)
    turn.say(
        "rounds/survey_open_link", link=link, it=it, several=several, title=title, file=_picture(turn, link, title)
    )


@router.button("close")
def tap_close(turn: Turn, round_id: RoundId) -> None:
    """Close the open links: nobody answers by them any more."""
    it, _ = standing.seen(turn, turn.person, round_id)
    standing.refuse_others(turn, it, turn.person)
    count = links.end(turn.session, it, None, turn.now)
    survey_link_files.note(turn, turn.person, it, "open links closed", count=count)
    show(turn, it)
    turn.toast("rounds/survey_links_ended", count=count)


@router.button("renew")
def tap_renew(turn: Turn, round_id: RoundId) -> None:
    """Ask whether the links of one's own people outside are to end."""
    it, tops = _seen(turn, round_id)
    count = sum(1 for _ in replies.outside_in(turn.session, it, tops))
    title = survey_link_files.title(turn, turn.words, it)
    confirmations.ask(turn, RENEW, {"round": it.id}, "rounds/survey_links_renew", title=title, count=count)


@router.confirmed(RENEW, role=LEAD)
def confirmed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """End the links of one's own people outside; new ones are made by the next file."""
    it, tops = _seen(turn, asked.arguments["round"])
    whose = [person.id for _, person in replies.outside_in(turn.session, it, tops)]
    count = links.end(turn.session, it, whose, turn.now)
    survey_link_files.note(turn, turn.person, it, "links ended", count=count)
    turn.say("rounds/survey_links_over", count=count, number=it.id)
