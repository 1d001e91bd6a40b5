"""Make up an organisation of a hundred thousand, and a year of days copied from one that really took place."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlmodel import Session, SQLModel, insert, select

from models.core.database import Database, Instant
from models.cycle import assignment_changes, assignments, openings
from models.forms import versions
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person, Role
from models.organisation.units import Unit
from models.time.times import Times

HEALTH = Path(__file__).parent.parent / "templates" / "forms" / "health.yaml"
CHANNEL = "web"
# how a copied row's numbers move on: its own id and what it points to, by the table pointed to
KEPT_FOR_EVER = ("period", "step", "report", "revision", "snapshot", "seal", "summary_post")
PURGED = ("stored_content", "card")
POINTS = {
    "period_id": "period", "report_id": "report", "head_id": "revision", "close_revision": "revision",
    "wanted_id": "stored_content", "shown_id": "stored_content",
}  # fmt: skip
UNIQUE = {
    ("seal", "digest"): "lower(hex(randomblob(32)))",
    ("stored_content", "digest"): "lower(hex(randomblob(32)))",
    ("card", "subject_id"): "'copy.' || (id + :card)",
}
# everybody has a receipt of their own, though only some really tapped
RECEIPTS = (
    "INSERT INTO stored_content (id, digest, body) SELECT :words + id, lower(hex(randomblob(32))),"
    " (SELECT body FROM stored_content WHERE body LIKE '%✅%' ORDER BY id DESC LIMIT 1) FROM card WHERE kind = 'ask'",
    "UPDATE card SET wanted_id = :words + id, shown_id = :words + id WHERE kind = 'ask'",
)


def found(
    session: Session, people: int, branch: int, now: datetime, levels: int = 3, form: str | None = None
) -> None:  # fmt: skip
    """Make 1 + b + b² + b³ units, or fewer levels of them, each with a group chat and a lead; everybody with an
    address; the health form, or another, for all."""
    units = [{"id": 1, "parent_id": None, "name": "总局", "path": "总局"}]
    level = units[:]
    for _ in range(levels):
        level = [
            {"id": len(units) + b + n * branch + 1, "parent_id": up["id"], "name": f"单位{n * branch + b + 1}",
             "path": f"{up['path']}/单位{n * branch + b + 1}"}
            for n, up in enumerate(level) for b in range(branch)
        ]  # fmt: skip
        units += level
    upper = len(units) - len(level)
    session.execute(insert(Unit), units)
    numbers = range(1, people + 1)
    persons = [
        {"id": n, "staff_no": f"{n:06}", "name": f"员工{n}", "kind": "staff", "locale": None if n % 20 else "en"}
        for n in numbers
    ]
    session.execute(insert(Person), persons)
    members = [
        {"person_id": n, "unit_id": n if n <= upper else upper + 1 + (n - upper - 1) % len(level),
         "role": Role.LEAD if n <= len(units) else Role.MEMBER, "home": True}
        for n in numbers
    ]  # fmt: skip
    session.execute(insert(Membership), members)
    same = {"channel": CHANNEL, "reach": "reachable", "since": now, "used_at": now}
    chats = [same | {"account": f"{n:06}", "chat": f"{n:06}", "person_id": n, "unit_id": None} for n in numbers]
    groups = [
        same | {"account": f"g{n}", "chat": f"g{n}", "person_id": None, "unit_id": n} for n in range(1, len(units) + 1)
    ]
    session.execute(insert(Address), chats + groups)
    version, _ = versions.store(session, form or HEALTH.read_text("utf-8"), now)
    root = session.get_one(Unit, 1)
    times = Times.make(remind="09:30")
    assignment_changes.assign(session, version, root, now, calendar="daily", times=times, timezone="Asia/Shanghai")


def repeat(database: Database, days: int, cards_kept: int) -> Iterator[int]:
    """Copy the one existing day to the following ones, a transaction a day; what is purged only to the last."""
    with database.write.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        cursor = raw.cursor()
        for pragma in ("foreign_keys=OFF", "synchronous=OFF"):
            cursor.execute(f"PRAGMA {pragma}")
        size = {
            t: cursor.execute(f"SELECT coalesce(max(id), 0) FROM {t}").fetchone()[0] for t in KEPT_FOR_EVER + PURGED
        }
        for statement in RECEIPTS:
            cursor.execute(statement, {"words": size["stored_content"]})
        size["stored_content"] = cursor.execute("SELECT max(id) FROM stored_content").fetchone()[0]
        for day in range(1, days + 1):
            tables = KEPT_FOR_EVER + (PURGED if day > days - cards_kept else ())
            cursor.execute("BEGIN IMMEDIATE")
            for table in tables:
                moved = {name: day * rows for name, rows in size.items()}
                moved |= {"most": size[table], "days": f"+{day} days"}  # type: ignore[dict-item]
                cursor.execute(_copy(table), moved)
            cursor.execute("COMMIT")
            yield day
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "wal_checkpoint(TRUNCATE)"):
            cursor.execute(f"PRAGMA {pragma}").fetchall()
    os.sync()  # else the first commit to come would wait for all of it


def _copy(table: str) -> str:
    columns = SQLModel.metadata.tables[table].columns
    moved = []
    for column in columns:
        name = f'"{column.name}"'
        if (table, column.name) in UNIQUE:
            moved.append(UNIQUE[table, column.name])
        elif column.name == "id" or column.name in POINTS:
            moved.append(f"{name} + :{POINTS.get(column.name, table)}")
        elif isinstance(column.type, Instant):
            moved.append(f"strftime('%Y-%m-%d %H:%M:%f000', {name}, :days)")
        elif column.name == "day":
            moved.append(f"date({name}, :days)")
        else:
            moved.append(name)
    names = ", ".join(f'"{c.name}"' for c in columns)
    return f"INSERT INTO {table} ({names}) SELECT {', '.join(moved)} FROM {table} WHERE id <= :most ORDER BY id"


def next_day(session: Session) -> None:
    """Continue the assignment after the last day there is."""
    one = session.exec(select(assignments.Assignment)).one()
    last = session.execute(text("SELECT max(day) FROM period")).scalar_one()
    openings.next_opening(session, one, last if not isinstance(last, str) else datetime.fromisoformat(last).date())
    session.add(one)
