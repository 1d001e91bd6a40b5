"""`/handup`, 上报: hand a unit's checked figures up to the superior, as the line to copy, as Word or PDF, or to its own
program; and see what others handed up (docs/rules.md 40)."""

from datetime import date

from handlers.core import admin_arguments, lead_arguments, paging
from handlers.core.access import ADMIN, LEAD, may
from handlers.core.ids import HandedUpId, PeriodId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import HANDUP, verb
from handlers.handup import connecting, requesting, telling
from handlers.summaries import contents, signing
from models.authority import permissions
from models.core import audit
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.handup import hand_ups, handed_up, partners, told
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner, State
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.units import Unit
from models.reporting import figures
from models.summaries import view

router = Router("handup", LEAD)

CONNECTING = ("invite", "join", "list")  # an admin's


@router.command("handup", word="上报")
def handup(turn: Turn, words: str) -> None:
    """Show what can be handed up of a day, today if none is named; `received` shows what others handed up,
    `requests` what they and we ask; an admin connects two programs with `invite`, `join` and `partners`.
    Raises `handup.admins_only`."""
    said = verb(words, HANDUP)[0]
    if said in CONNECTING and not may(turn, ADMIN):
        raise Refusal("handup.admins_only")
    if said:
        admin_arguments.run_verb(turn, "handup", words, HANDUP, VERBS)
        return
    for period, unit in lead_arguments.in_question(turn, words, "handup"):
        _show(turn, period, unit)


def _show(turn: Turn, period: Period, unit: Unit) -> None:
    it = view.summary(turn.session, period, unit)
    turn.say(
        "handup/offer", **contents.values(it), superior=partners.above(turn.session, unit),
        made=hand_ups.of_day(turn.session, period, unit),
    )  # fmt: skip


def _about(turn: Turn, period_id: int, unit_id: int) -> tuple[Period, Unit]:
    unit, period = lead_arguments.led_unit(turn, unit_id), turn.session.get(Period, period_id)
    if period is None:
        raise Refusal("why.gone")
    return period, unit


@router.button("check")
def tap_check(turn: Turn, period_id: PeriodId, unit_id: UnitId, stamp: int) -> None:
    """Sign the figures that were shown, and show them with the ways up; if they changed since, show that first."""
    period, unit = _about(turn, period_id, unit_id)
    changed = figures.now(turn.session, period, unit).stamp != stamp
    if not changed:
        signing.sign(turn, period, unit)
    _show(turn, period, unit)
    if changed:
        turn.toast("summaries/changed_since", alert=True)
    else:
        turn.toast("summaries/signed", at=turn.now, unit=unit)


@router.button("send")
def tap_send(turn: Turn, period_id: PeriodId, unit_id: UnitId, stamp: int) -> None:
    """Hand the figures up to the superior's program, if they are checked and as they were shown; the same figures go up
    once, other ones as a correction."""
    period, unit = _about(turn, period_id, unit_id)
    superior = partners.above(turn.session, unit)
    it = view.summary(turn.session, period, unit)
    if superior is None or it.now.stamp != stamp or it.post is None or not it.post.checked:
        _show(turn, period, unit)
        turn.toast("handup/check_first", superior=superior, alert=True)
        return
    made = hand_ups.of_day(turn.session, period, unit)
    if made and made[0].stamp == stamp and made[0].state in ("waiting", "received"):
        turn.toast("handup/already", it=made[0])
        return
    body = told.day(turn.session, it, len(made) + 1)
    sent = hand_ups.make(
        turn.session, superior, "day", body, turn.person, turn.now, (period, unit, len(made) + 1, stamp)
    )
    audit.note(
        turn.session, turn.now, turn.person.staff_no, "handup", unit.path, day=str(period.day), to=superior.name,
        version=sent.version,
    )  # fmt: skip
    content = turn.words.content("handup/stands", **telling.values(turn, sent, superior))
    live_messages.show(turn.session, Slot.of(Subject.HANDUP, turn.here, sent.id), Kind.REPLY, content, turn.now)
    turn.toast("handup/begun", superior=superior)


def received(turn: Turn, parts: list[str]) -> None:
    """List what others handed up on a day, and who has not yet."""
    day, rest = lead_arguments.day_and_rest(turn, " ".join(parts))
    if rest:
        raise Refusal("people.too_few_words")
    _list(turn, day)


@router.button("page")
def tap_page(turn: Turn, day: date, page: int) -> None:
    """Show another page of who handed up on a day."""
    _list(turn, day, page)


def _list(turn: Turn, day: date, number: int = 0) -> None:
    mine = [it for it in below(turn) if it.state == State.CONFIRMED]
    if not mine:
        turn.say("handup/received_none")
        return
    shown, page = paging.cut(mine, number)
    newest = handed_up.newest(turn.session, day, day)
    found = {it.id: [one for one, of in newest if of.id == it.id] for it in shown}
    turn.say("handup/received", day=day, mine=shown, found=found, page=page)


def below(turn: Turn) -> list[Partner]:
    """Return those who hand up to units that this person leads or administers."""
    return [it for it in partners.all_live(turn.session) if it.side == "below" and _concerns(turn, it)]


def _concerns(turn: Turn, partner: Partner) -> bool:
    path = turn.session.get_one(Unit, partner.unit_id).path
    return permissions.may_lead(turn.session, turn.person, path, turn.today)


@router.button("open")
def tap_open(turn: Turn, handed_id: HandedUpId) -> None:
    """Open what was handed up into the counts of its units."""
    it = turn.session.get(HandedUp, handed_id)
    partner = turn.session.get(Partner, it.partner_id) if it else None
    if it is None or partner is None or it.kind != "day" or not _concerns(turn, partner):
        turn.toast("core/not_yours", alert=True)
        return
    turn.say("handup/opened", it=it, partner=partner, body=it.body)


VERBS = {
    "received": received, "requests": requesting.listed, "list": connecting.list_all, "invite": connecting.invite,
    "join": connecting.join,
}  # fmt: skip
