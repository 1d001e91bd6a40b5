"""Keep the answers to an anonymous survey so that nothing joins them with a person
(docs/decisions/0242-anonymous-answers.md, docs/rules.md 30.4).

While the survey runs an answer lies sealed in a box: under a random number, with a key that is not in the database,
without a time. After the end each box is first put to its group, in which at least `FEWEST` answered; then one group
after the other is opened, never fewer than `FEWEST` boxes at once, and each ballot gets a new number. Whoever knows
which box was whose, and which were opened at once, has not found a single answer."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ColumnElement, Index, Integer, LargeBinary, delete, func, insert
from sqlmodel import Field, Session, col, select

from models.core.errors import Refusal
from models.core.table import Table
from models.cycle.places import Place, place_of
from models.forms.versions import FormVersion
from models.organisation.units import Unit
from models.rounds import replies, tally
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from models.rounds.tally import Source

FEWEST = 5  # answers, below which nothing of a group is shown or even opened
CHUNK = 100  # boxes opened in one transaction
PADDED = 1024  # bytes, to a multiple of which an answer is filled up, so that its length tells little
_NONCE, _TAG = 12, 16  # bytes
NOWHERE = 0  # in a box, instead of a place: it came by an open link, from nobody known
OPEN_FROM = 2**52  # numbers from here on are those of boxes that came by an open link


def _number() -> Column[Any]:
    """Return a key of random numbers. On SQLite it is the row's own number: a hidden one would count up."""
    return Column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False)


class Box(Table, table=True):
    """The sealed answers of somebody to a survey of which not all are opened. `place_id`, after the end, is that of its
    group. No ledger notes it: entries have an order."""

    __table_args__ = (Index("box_group", "round_id", "place_id", "id"),)

    id: int = Field(default_factory=lambda: secrets.randbits(52), sa_column=_number())
    round_id: int = Field(foreign_key="round.id")
    place_id: int | None = Field(default=None, foreign_key="place.id")
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Ballot(Table, table=True):
    """The opened answers of somebody to a survey that is over, in a group of units."""

    id: int = Field(default_factory=lambda: secrets.randbits(52), sa_column=_number())
    round_id: int = Field(foreign_key="round.id", index=True)
    place_id: int = Field(foreign_key="place.id")
    source: str = Source.STAFF
    answers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


def refuse_key(session: Session, it: Round, key: str) -> None:
    """Raise `surveys.key` unless answers may be sealed with this key: there is one, and it opens the boxes there are.
    With two keys only some boxes would open at the end, and those might be too few (docs/rules.md 30.5)."""
    sealed = session.exec(select(Box.sealed).where(Box.round_id == it.id).limit(1)).first() if key else None
    if not key or (sealed is not None and opened(key, it.id, sealed) is None):
        raise Refusal("surveys.key")


def put(session: Session, it: Round, place: int, answers: Mapping[str, Any], key: str) -> None:
    """Put answers into a box. Raises as `refuse_key`."""
    refuse_key(session, it, key)
    number = secrets.randbits(52) + (OPEN_FROM if place == NOWHERE else 0)
    row = {"id": number, "round_id": it.id, "sealed": seal(key, it.id, [place, answers])}
    session.connection().execute(insert(Box), [row])


def seal(key: str, round_id: int, content: object) -> bytes:
    from Crypto.Cipher import AES  # only where an anonymous survey runs: it takes memory

    plain = json.dumps(content, ensure_ascii=False).encode()
    plain += b" " * (-len(plain) % PADDED)
    nonce = secrets.token_bytes(_NONCE)
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
    cipher.update(str(round_id).encode())
    sealed, tag = cipher.encrypt_and_digest(plain)
    return nonce + tag + sealed


def opened(key: str, round_id: int, sealed: bytes) -> Any:
    """Return what was sealed; None if this is not its key."""
    from Crypto.Cipher import AES  # as above

    nonce, tag, rest = sealed[:_NONCE], sealed[_NONCE : _NONCE + _TAG], sealed[_NONCE + _TAG :]
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
    cipher.update(str(round_id).encode())
    try:
        return json.loads(cipher.decrypt_and_verify(rest, tag))
    except ValueError:
        return None


def waiting(session: Session, it: Round) -> int:
    """Count the boxes that are not open."""
    return session.exec(select(func.count()).select_from(Box).where(Box.round_id == it.id)).one()


def destroy(session: Session, it: Round) -> None:
    """Destroy the boxes, unopened."""
    session.connection().execute(delete(Box).where(col(Box.round_id) == it.id))


def open_next(session: Session, it: Round, key: str) -> bool:
    """Sort or open the next boxes after the end; say whether those were all. Never are fewer than `FEWEST` of a group
    opened at once. Where fewer answered at all, the boxes are destroyed unopened. One that this key does not open stays
    closed. Those that came by an open link are a group of their own, and judged apart: whoever has the link may answer
    often, and must not bring others to `FEWEST` (docs/rules.md 32.7)."""
    answered = _answered(session, it)
    counted = {Source.STAFF: sum(answered.values()), Source.OPEN: it.opened}
    for source, came in counted.items():
        if came < FEWEST:
            session.connection().execute(delete(Box).where(*_from(it, source)))
    if _sort_next(session, it, key, answered):
        return False
    for source in counted:
        group = session.exec(select(func.min(Box.place_id)).where(*_from(it, source))).one()
        if group is not None:
            rows = select(Box).where(*_from(it, source), Box.place_id == group).order_by(col(Box.id))
            found = session.exec(rows.limit(2 * CHUNK)).all()
            _store(session, it, key, found if len(found) < 2 * CHUNK else found[:CHUNK], source)
            return False
    return True


def _from(it: Round, source: Source) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Match the boxes of a survey that came from employees, or by an open link."""
    number = col(Box.id)
    return col(Box.round_id) == it.id, number >= OPEN_FROM if source == Source.OPEN else number < OPEN_FROM


def _sort_next(session: Session, it: Round, key: str, answered: Mapping[int, int]) -> bool:
    """Put the next boxes to their groups; say whether there were any."""
    rows = select(Box).where(Box.round_id == it.id, col(Box.place_id).is_(None), Box.id > it.cursor)
    found = session.exec(rows.order_by(col(Box.id)).limit(CHUNK)).all()
    top = place_of(session, session.get_one(Unit, it.unit_id)).id
    group = {NOWHERE: top} | groups(session, it, answered) if found else {}
    for box in found:
        content = opened(key, it.id, box.sealed)
        box.place_id = group[content[0]] if content is not None else None
        session.add(box)
        it.cursor = box.id
    return bool(found)


def _store(session: Session, it: Round, key: str, found: Sequence[Box], source: Source) -> None:
    sheets: list[tuple[int, Any, int]] = []
    for box in found:
        content = opened(key, it.id, box.sealed)
        if content is None or box.place_id is None:  # another key than a moment ago
            box.place_id = None
            session.add(box)
            continue
        sheets.append((box.place_id, content[1], 1))
        session.delete(box)
    secrets.SystemRandom().shuffle(sheets)
    session.add_all(
        Ballot(round_id=it.id, place_id=place, source=source, answers=answers) for place, answers, _ in sheets
    )
    session.flush()
    form = session.get_one(FormVersion, it.form_id).spec
    tally.add(session, it, form, sheets, source)


def _answered(session: Session, it: Round) -> dict[int, int]:
    """Return how many answered in each place."""
    rows = select(Reply.place_id, func.count()).where(Reply.round_id == it.id, replies.replied(it))
    return dict(session.execute(rows.group_by(col(Reply.place_id))).all())


def groups(session: Session, it: Round, answered: Mapping[int, int]) -> dict[int, int]:
    """Return for each place the place under which its answers are kept: its own unit where at least `FEWEST` answered,
    else the nearest unit above in which they are as many together, at most the survey's own. What would be left there
    alone takes the smallest other group in, so that no group can be told from the difference of two others."""
    units = dict(
        session.execute(
            select(Place.id, Unit.path)
            .join(Unit, col(Unit.id) == col(Place.unit_id))
            .where(col(Place.id).in_(answered))
        ).all()
    )
    top = session.get_one(Unit, it.unit_id)
    joined: dict[str, list[int]] = {}
    for place, path in units.items():
        inside = path == top.path or path.startswith(f"{top.path}/")
        joined.setdefault(path if inside else top.path, []).append(place)

    def size(path: str) -> int:
        return sum(answered[place] for place in joined[path])

    while small := [path for path in joined if path != top.path and size(path) < FEWEST]:
        path = max(small, key=lambda one: (one.count("/"), one))
        joined.setdefault(path.rpartition("/")[0], []).extend(joined.pop(path))
    while top.path in joined and size(top.path) < FEWEST and len(joined) > 1:
        other = min((path for path in joined if path != top.path), key=lambda one: (size(one), one))
        joined[top.path].extend(joined.pop(other))
    found = session.exec(select(Unit).where(col(Unit.path).in_(joined))).all()
    kept = {unit.path: place_of(session, unit).id for unit in found}
    return {place: kept[path] for path, places in joined.items() for place in places}
