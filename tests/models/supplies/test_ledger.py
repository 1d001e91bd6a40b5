"""No order of movements, reversals, returns and confirmations loses or makes a mask or a cent."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from models.core.database import Database
from models.core.errors import Refusal
from models.donations import collections, entries
from models.donations.entries import DonationEntry, Said
from models.evidence.verdicts import Verdict
from models.evidence.verified_sums import check
from models.organisation.people import Person
from models.supplies import handouts, movements, transfers
from models.supplies.handouts import Handing
from models.supplies.movements import Move, Movement
from tests.models.supplies import depot

AMOUNT = st.integers(1, 4000).map(lambda it: Decimal(it) / 100)
STEP = st.tuples(st.sampled_from(
    ["in", "out", "each", "off", "count", "send", "undo", "back", "confirm", "dispute", "give", "spend", "take"]
), AMOUNT, st.integers(0, 30))  # fmt: skip


class Model:
    """What an honest clerk with a sheet of paper would have."""

    def __init__(self) -> None:
        self.given = self.spent = Decimal(0)
        self.stock: dict[int, Decimal] = defaultdict(Decimal)  # by store
        self.coming: dict[int, Decimal] = defaultdict(Decimal)

    def copy(self) -> tuple[object, ...]:
        return dict(self.stock), dict(self.coming), self.given, self.spent


def _pick(session: Session, table: type, at: int) -> object:
    found = session.exec(select(table).order_by(col(table.id))).all()  # type: ignore[attr-defined, var-annotated]
    return found[at % len(found)] if found else None


def _step(session: Session, model: Model, kind: str, amount: Decimal, at: int) -> None:
    """Do one step and note in the model what it should have done."""
    item, store, collection, unit = depot.things(session)
    spare = depot.other(session)
    if at % 3 == 0:
        store, spare = spare, store
    told = depot.told(session, "x")
    said = Said(told.by, depot.NOW, "x", "y")
    receiver = session.exec(select(Person).where(Person.staff_no == "1004")).one()
    if kind == "in":
        movements.move(session, Move.RECEIVED, item, store, amount, told)
        model.stock[store.id] += amount
    elif kind == "off":
        movements.move(session, Move.OFF, item, store, -amount, told)
        model.stock[store.id] -= amount
    elif kind == "send":
        transfers.send(session, item, store, spare, amount, told)
        model.stock[store.id] -= amount
        model.coming[spare.id] += amount
    elif kind == "out":
        handouts.to_one(session, item, store, receiver if at % 2 else unit, amount, told)
        model.stock[store.id] -= amount
    elif kind == "each":
        people = handouts.listed(session, unit, depot.NOW.date())
        handouts.to_each(session, item, store, people, amount, told)
        model.stock[store.id] -= amount * len(people)
    elif kind == "count":
        movements.count(session, item, store, amount, told)
        model.stock[store.id] = amount
    elif kind == "give":
        entries.give(session, collection, amount, said)
        model.given += amount
    elif kind == "spend":
        entries.spend(session, collection, amount, said)
        model.spent += amount
    else:
        _on_something(session, model, kind, amount, at)


def _on_something(session: Session, model: Model, kind: str, amount: Decimal, at: int) -> None:
    told = depot.told(session, "x")
    if kind == "undo" and (movement := _pick(session, Movement, at)):
        assert isinstance(movement, Movement)
        if movement.kind == Move.ARRIVED:
            transfers.undo(session, movement, told)
            model.stock[movement.other_id or 0] += movement.amount
        else:
            movements.undo(session, movement, told)
        model.stock[movement.store_id] -= movement.amount
    elif kind == "take" and (entry := _pick(session, DonationEntry, at)):
        assert isinstance(entry, DonationEntry)
        entries.undo(session, entry, Said(told.by, depot.NOW, "x"))
        if entry.kind == "spent":
            model.spent += entry.amount
        else:
            model.given -= entry.amount
    elif kind in ("back", "confirm", "dispute") and (handing := _pick(session, Handing, at)):
        assert isinstance(handing, Handing)
        if kind == "back":
            model.stock[handouts.take_back(session, handing, amount, told).movement.store_id] += amount
            if handing.store_id is not None:
                model.coming[handing.store_id] -= amount
        elif kind == "confirm" and handing.store_id is not None:
            if transfers.arrive(session, handing, told.by, depot.NOW):
                model.stock[handing.store_id] += handing.left
                model.coming[handing.store_id] -= handing.left
        elif kind == "confirm":
            handouts.confirm(session, handing, told.by, depot.NOW)
        else:
            handouts.dispute(session, handing, "x", depot.NOW)


@pytest.fixture(scope="module")
def depot_session(sqlite_template: object, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Session]:
    from shutil import copy

    from models.core.database import connect

    path = tmp_path_factory.mktemp("depot") / "depot.db"
    copy(str(sqlite_template), path)
    database = connect(f"sqlite:///{path}")
    with database.writing() as session:
        depot.found(session)
    return lambda: Session(database.write, expire_on_commit=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_no_order_of_steps_loses_or_makes_a_mask_or_a_cent(
    depot_session: Callable[[], Session], steps: list[tuple[str, Decimal, int]]
) -> None:
    model = Model()
    with depot_session() as session:
        for kind, amount, at in steps:
            before = model.copy()
            try:
                with session.begin_nested():
                    _step(session, model, kind, amount, at)
            except Refusal:
                assert model.copy() == before, "a refused step changes nothing"
        item, store, collection, _ = depot.things(session)
        sums = collections.sums(session, collection)
        stores = (store.id, depot.other(session).id)
        found = {one.id: (here, coming) for _, one, here, coming in movements.held(session, stores)}
        assert all(found.get(it, (0, 0)) == (model.stock[it], model.coming[it]) for it in stores)
        assert all(model.stock[it] >= 0 <= model.coming[it] for it in stores)
        assert movements.total(session, item) == sum(model.stock.values()) + sum(model.coming.values())
        assert (sums.given, sums.spent) == (model.given, model.spent)
        assert sums.spent <= sums.given
        verdict = Verdict()
        check(session, verdict)
        assert verdict.differs == []
        session.rollback()


def test_the_database_itself_refuses_a_stock_below_nothing(database: Database) -> None:
    with database.writing() as session:
        depot.found(session, "5")
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("UPDATE stock SET balance = -1"))
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("UPDATE stock SET coming = -1"))
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("UPDATE collection_sum SET spent = 1"))


def test_sums_are_stored_to_the_cent(database: Database) -> None:
    """0.1 a thousand times is 100, on both databases."""
    with database.writing() as session:
        depot.found(session)
        collection = depot.things(session)[2]
        for _ in range(1000):
            entries.give(session, collection, Decimal("0.10"), Said(depot.keeper(session), depot.NOW, "", "y"))
    with database.reading() as session:
        assert collections.sums(session, depot.things(session)[2]).given == Decimal(100)
