"""Check what is kept as a sum: each stock against its movements, each hand-out against its movement, and each
collection against its entries (docs/rules.md 33.2, 34.2)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select
from sqlmodel import Session

from models.core.exact import NOTHING
from models.evidence.verdicts import Verdict, every, read, table
from models.files import blobs

TABLES = ("stock", "collection_sum")
Sums = dict[tuple[int, int], Decimal]  # by item and store
Back = Counter[tuple[int, int | None, int | None, int | None]]  # by hand-out and who had it


@dataclass(frozen=True)
class _Transfers:
    """What movements say of transfers: the item of each that went out, and what stands as arrived of it."""

    items: dict[int, int]
    arrived: dict[int, Decimal]


def check(session: Session, verdict: Verdict) -> None:
    """Add up what is kept as a sum, and name every difference."""
    with verdict.looking("stock"):
        _stock(session, verdict)
    with verdict.looking("collection"):
        _collections(session, verdict)


def _stock(session: Session, verdict: Verdict) -> None:
    sums: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    out: dict[int, Decimal] = {}
    back: Back = Counter()
    sent: dict[int, int] = {}
    arrived: dict[int, tuple[int, Decimal]] = {}
    for it in every(session, verdict, "movement"):
        verdict.look()
        with verdict.looking(f"movement {it.id}"):
            _bills(session, verdict, "movement", it)
            sums[it.item_id, it.store_id] += it.amount
            if it.after != sums[it.item_id, it.store_id]:
                verdict.say("stock", f"movement {it.id}", f"{it.after} ≠ {sums[it.item_id, it.store_id]}")
            if it.kind in ("out", "sent"):
                out[it.id] = -it.amount
                sent[it.id] = it.item_id
            elif it.kind == "returned":
                back[it.undoes_id, it.person_id, it.unit_id, it.other_id] += it.amount
            elif it.kind == "arrived":
                arrived[it.id] = (it.undoes_id, it.amount)
            elif it.kind == "undone":
                arrived.pop(it.undoes_id, None)
    coming = _handings(session, verdict, out, back, _Transfers(sent, dict(arrived.values())))
    _balances(session, verdict, dict(sums), coming)


def _bills(session: Session, verdict: Verdict, kind: str, row: Row[Any]) -> None:
    """Check that the photos of a row are there, and the rows that lead to them."""
    bills = table("bill")
    whose = bills.c.movement_id if kind == "movement" else bills.c.entry_id
    if not row.files:
        return
    held = set(session.execute(select(bills.c.digest).where(whose == row.id)).scalars())
    if held != {it["digest"] for it in row.files} or not all(blobs.sound(session, it) for it in row.files):
        verdict.say("file", f"{kind} {row.id}", row.files[0]["name"])


def _balances(session: Session, verdict: Verdict, sums: Sums, coming: Sums) -> None:
    for it in read(session, verdict, "stock"):
        key = (it.item_id, it.store_id)
        for kept, found in ((it.balance, sums.pop(key, NOTHING)), (it.coming, coming.pop(key, NOTHING))):
            if kept != found:
                verdict.say("stock", f"item {it.item_id}, store {it.store_id}", f"{kept} ≠ {found}")
    for item, store in sums.keys() | {key for key, on_way in coming.items() if on_way}:
        verdict.say("stock", f"item {item}, store {store}", f"– ≠ {sums.get((item, store), NOTHING)}")


def _handings(session: Session, verdict: Verdict, out: dict[int, Decimal], back: Back, transfers: _Transfers) -> Sums:
    """Compare who got something with the movement that handed it out, what came back with those that brought it, and
    what reached another store with the one that put it there. Return what is on the way, by item and store."""
    movements = {it.id: it.movement_id for it in every(session, verdict, "handout")}
    coming: Sums = defaultdict(Decimal)
    handed: dict[int, Decimal] = defaultdict(Decimal)
    for it in every(session, verdict, "handing"):
        with verdict.looking(f"handing {it.id}"):
            movement = movements.get(it.handout_id, 0)
            handed[movement] += it.amount
            came = back.pop((movement, it.person_id, it.unit_id, it.store_id), NOTHING)
            if came != it.returned:
                verdict.say("handing", f"handing {it.id}", f"{it.returned} ≠ {came}")
            if it.store_id is not None:
                left = it.amount - it.returned
                there = left if it.confirmed_at is not None else NOTHING
                if (found := transfers.arrived.pop(movement, NOTHING)) != there:
                    verdict.say("handing", f"handing {it.id}", f"{there} ≠ {found}")
                coming[transfers.items.get(movement, 0), it.store_id] += left - there
    for number in handed.keys() | out.keys():
        if handed.get(number) != out.get(number):
            verdict.say("handing", f"movement {number}", f"{handed.get(number)} ≠ {out.get(number)}")
    for whose, came in back.items():
        verdict.say("handing", f"movement {whose[0]}", f"– ≠ {came}")
    for number, there in transfers.arrived.items():
        verdict.say("handing", f"movement {number}", f"– ≠ {there}")
    return dict(coming)


def _collections(session: Session, verdict: Verdict) -> None:
    sums: dict[int, tuple[Decimal, Decimal, int]] = {}
    entries: dict[int, Row[Any]] = {}
    for it in every(session, verdict, "donation_entry"):
        verdict.look()
        with verdict.looking(f"donation_entry {it.id}"):
            entries[it.id] = it
            _bills(session, verdict, "donation_entry", it)
            given, spent, gifts = sums.get(it.collection_id, (NOTHING, NOTHING, 0))
            first = entries.get(it.undoes_id or 0, it)
            if first.kind == "spent":
                spent -= it.amount
            else:
                given, gifts = given + it.amount, gifts + (1 if first is it else -1)
            sums[it.collection_id] = given, spent, gifts
            if (it.given, it.spent) != (given, spent):
                verdict.say("collection", f"donation_entry {it.id}", f"{it.given}, {it.spent} ≠ {given}, {spent}")
    for it in read(session, verdict, "collection_sum"):
        found = sums.pop(it.collection_id, (NOTHING, NOTHING, 0))
        if found != (it.given, it.spent, it.gifts):
            verdict.say("collection", f"collection {it.collection_id}", f"{it.given}, {it.spent}, {it.gifts}")
    for number in sums:
        verdict.say("collection", f"collection {number}", "–")
