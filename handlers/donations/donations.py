"""`/donations`, 募捐: see how the collections stand; leads begin one, keep its ledger, publish the totals, and close it
(docs/rules.md 34)."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal

from handlers.core import asking, confirmations
from handlers.core.access import LEAD, MEMBER
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import CollectionId, DonationEntryId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import DONATIONS, verb
from handlers.donations import entering, entry_draft, ledger_file, standing
from handlers.exports import list_files
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import audit, typed_text
from models.core.errors import Refusal
from models.donations import collections, entries, story
from models.donations.collections import Collection
from models.donations.entries import DonationEntry
from models.files.records import as_file
from models.messaging import addresses, cards
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.time.times import awake

router = Router("donations", MEMBER)

LISTED, PUBLISHED = 12, 15  # collections in the list, and gifts in a group's post
LASTS = (7, 14, 30)  # days that a collection may be given by a tap
UNTIL = "=until"  # before the last day, where it was asked for
PUBLISH, CLOSE = "donations.publish", "donations.close"


@router.command("donations", word="募捐", tells=True, takes_words=True, group=Group.SUPPORT)
def donations(turn: Turn, words: str) -> None:
    """Show the collections; with a verb, do that step by step: new, show, money, goods, spent, undo, publish, close,
    export."""
    said, rest = verb(words, DONATIONS)
    if said is None and rest:
        raise Refusal("donations.no_verb", typed=rest[0][:20])
    VERBS[said or "list"](turn, rest)


def overview(turn: Turn, parts: list[str]) -> None:
    """List the collections of the speaker's units and those above."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    kept = collections.kept_by(turn.session, led, LISTED + 1)
    found = {it.id: it for it in [*kept, *collections.seen_by(turn.session, turn.person, LISTED + 1)]}
    views = [standing.view(turn, it, turn.person, 0) for it in list(found.values())[:LISTED]]
    turn.say("donations/list", found=views, lead=bool(led), more=len(found) > LISTED)


def new(turn: Turn, parts: list[str]) -> None:
    """Begin a collection: `new purpose end`. Raises `donations.leads_only`, `donations.purpose`, `donations.end`."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    if not led:
        raise Refusal("donations.leads_only")
    marked = parts[0][2:] if parts and parts[0].startswith("=u") else ""
    unit = turn.session.get(Unit, int(marked)) if marked.isdecimal() and len(marked) < 10 else None
    if unit is not None and not any(is_below(unit.path, top.path) for top in led):
        raise Refusal("people.not_yours", path=unit.path)
    rest = parts[bool(marked) :]
    if unit is None and len(led) > 1:
        asking.choose(turn, "unit", [Option(it.path, " ".join([f"donations new =u{it.id}", *rest])) for it in led])
        return
    unit = unit or led[0]
    if not rest:
        asking.for_words(turn, "donations_purpose", f"donations new =u{unit.id} {{}}", path=unit.path)
        return
    _begin(turn, unit, rest)


def _begin(turn: Turn, unit: Unit, rest: list[str]) -> None:
    said, end = rest[:-1], typed_text.day(rest[-1], turn.today) if len(rest) > 1 else None
    if UNTIL in rest[1:-1]:  # the day was asked for
        said, day = rest[: rest.index(UNTIL, 1)], " ".join(rest[rest.index(UNTIL, 1) + 1 :])
        end = typed_text.day(day, turn.today)
        if end is None:
            raise Refusal("donations.no_day", typed=day[:40])
    if end is None:
        command = " ".join([f"donations new =u{unit.id}", *rest])
        days = [turn.today + timedelta(it) for it in LASTS]
        options = [
            Option(turn.words.line("donations/until", day=day, days=(day - turn.today).days), f"{command} {day}")
            for day in days
        ]
        asking.choose(turn, "donations_end", options, f"{command} {UNTIL} {asking.PLACE}")
        return
    if end < turn.today:
        raise Refusal("donations.end", day=end)
    made = collections.begin(turn.session, unit, " ".join(said), end, turn.person, turn.now)
    _note(turn, made, "collection begun", said=made.purpose)
    story.begun(turn.session, made, turn.today)
    turn.say("donations/collection", **standing.view(turn, made, turn.person))


def show(turn: Turn, parts: list[str]) -> None:
    """Show one collection by its number."""
    number = parts[0].lstrip("№#") if parts else ""
    if not number.isdecimal() or len(number) > 9:
        overview(turn, [])
        return
    it = standing.seen(turn, int(number), turn.person)
    turn.say("donations/collection", **standing.view(turn, it, turn.person))


@router.button("new", role=LEAD)
def tap_new(turn: Turn) -> ToCommand:
    """Begin a collection."""
    return ToCommand("donations", "new")


@router.button("show")
def tap_show(turn: Turn, collection_id: CollectionId) -> None:
    """Show how a collection stands."""
    show(turn, [str(standing.seen(turn, collection_id, turn.person).id)])


@router.button("do", role=LEAD)
def tap_do(
    turn: Turn, collection_id: CollectionId, what: Literal["money", "goods", "spent", "publish", "close", "export"]
) -> ToCommand:  # fmt: skip
    """Do what the button says for one collection."""
    return ToCommand("donations", f"{what} {standing.seen(turn, collection_id, turn.person, keeping=True).id}")


@router.button("entry", role=LEAD)
def tap_entry(turn: Turn, entry_id: DonationEntryId) -> None:
    """Show one entry with its photos."""
    entry = _kept_entry(turn, entry_id)
    turn.say(
        "donations/entry", one=entry, by=turn.session.get_one(Person, entry.by),
        undone=bool(entries.undone(turn.session, [entry.id])),
        donor=standing.donor(turn.words, entry, keeps=True), final=entry.kind == entries.Entered.UNDONE,
    )  # fmt: skip
    for said in entry.files:
        it = turn.session.get_one(Collection, entry.collection_id)
        _note(turn, it, "bill opened", file=said["name"])
        turn.say("donations/bill", file=as_file(said), name=said["name"], number=entry.id)


@router.button("undo", role=LEAD)
def tap_undo(turn: Turn, entry_id: DonationEntryId) -> None:
    """Undo an entry, with a reason."""
    entry_draft.undo(turn, _kept_entry(turn, entry_id))


def _kept_entry(turn: Turn, number: int) -> DonationEntry:
    entry = turn.session.get(DonationEntry, number)
    if entry is None:
        raise Refusal("donations.not_yours")
    standing.seen(turn, entry.collection_id, turn.person, keeping=True)
    return entry


def undo(turn: Turn, parts: list[str]) -> None:
    """Undo an entry by its number; a reason follows."""
    number = parts[0].lstrip("№#") if parts else ""
    if not number.isdecimal() or len(number) > 9:
        raise Refusal("donations.no_entry")
    entry_draft.undo(turn, _kept_entry(turn, int(number)), " ".join(parts[1:]))


def publish(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm that the totals are posted in the unit's groups. Raises `donations.no_group`."""
    it = entering.kept(turn, parts)
    unit = collections.unit_of(turn.session, it)
    if not addresses.groups(turn.session, unit):
        raise Refusal("donations.no_group", path=unit.path)
    view = standing.view(turn, it, None, PUBLISHED)
    confirmations.ask(turn, PUBLISH, {"collection": it.id}, "donations/publish", **view)


@router.confirmed(PUBLISH, role=LEAD)
def published(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Post the totals in the groups."""
    it = standing.seen(turn, asked.arguments["collection"], turn.person, keeping=True)
    unit, view = collections.unit_of(turn.session, it), standing.view(turn, it, None, PUBLISHED)
    for group in addresses.groups(turn.session, unit):
        content = turn.words_for(None).content("donations/post", **view)
        slot = Slot.of(Subject.COLLECTION, group, it.id, asked.id)
        at = awake(turn.now, turn.defaults.zone)
        cards.want(turn.session, slot, Kind.LINE, content, turn.now, lane=Lane.BULK, not_before=at)
    _note(turn, it, "collection published", given=str(view["given"]), spent=str(view["spent"]))
    turn.say("donations/published", unit=unit)


def close(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm that a collection is closed. Raises `donations.closed`."""
    it = entering.kept(turn, parts)
    if it.closed_at is not None:
        raise Refusal("donations.closed")
    confirmations.ask(turn, CLOSE, {"collection": it.id}, "donations/close", **standing.view(turn, it, turn.person, 0))


@router.confirmed(CLOSE, role=LEAD)
def closed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Close a collection."""
    it = standing.seen(turn, asked.arguments["collection"], turn.person, keeping=True)
    if it.closed_at is None:
        collections.close(turn.session, it, turn.person, turn.now)
        _note(turn, it, "collection closed")
        story.closed(turn.session, it, turn.today)
    turn.say("donations/collection", **standing.view(turn, it, turn.person))


def export(turn: Turn, parts: list[str]) -> None:
    """Send a collection's ledger as an Excel file."""
    list_files.send(turn, ledger_file.Ledger(), ledger_file.asked(entering.kept(turn, parts)))


def _note(turn: Turn, it: Collection, what: str, **more: object) -> None:
    path = collections.unit_of(turn.session, it).path
    audit.note(turn.session, turn.now, turn.person.staff_no, what, path, number=it.id, **more)


VERBS: Mapping[str, Callable[[Turn, list[str]], None]] = {
    "list": overview, "new": new, "show": show, "money": entering.money_given, "goods": entering.goods,
    "spent": entering.spent, "undo": undo, "publish": publish, "close": close, "export": export,
}  # fmt: skip
