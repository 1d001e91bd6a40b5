"""Write seals as lines of a file kept elsewhere, and find what such a file knows that the records no longer say."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy
from sqlmodel import Session, col, select

from models.core.canonical import plain
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.evidence import seals
from models.evidence.seals import Seal

CHUNK = 1000  # seals read at once


@dataclass(frozen=True)
class Line:
    """One line of a seal file: what it says of one seal."""

    number: int
    digest: str
    about: str = ""


@dataclass
class Comparison:
    """How many lines were compared, from which seal to which, how many seals came after, and what differs."""

    lines: int = 0
    first: int = 0
    last: int = 0
    after: int = 0
    differs: list[tuple[str, str, str]] = field(default_factory=list)


def written(session: Session, after: int, limit: int = CHUNK) -> list[tuple[int, str]]:
    """Return the next seals after this number, each as its number and its line."""
    found = session.execute(
        sqlalchemy.select(Seal, col(Assignment.code), col(Period.day))
        .join(Period, col(Period.id) == col(Seal.period_id))
        .join(Assignment, col(Assignment.id) == col(Period.assignment_id))
        .where(col(Seal.id) > after)
        .order_by(col(Seal.id))
        .limit(limit)
    ).all()
    return [(seal.id, _line(seal, code, plain(day))) for seal, code, day in found]


def told(session: Session, found: Iterable[Seal]) -> list[tuple[Seal, str, str]]:
    """Return each of these with its task and day, if they are there."""
    made = []
    for seal in found:
        period = session.get(Period, seal.period_id)
        task = session.get(Assignment, period.assignment_id) if period else None
        made.append((seal, task.code if task else "–", plain(period.day) if period else "–"))
    return made


def _line(seal: Seal, code: str, day: str) -> str:
    said = {
        "seal": seal.id, "digest": seal.digest, "made": plain(seal.made_at), "task": code, "day": day,
        "occasion": seal.at, "ledger": seal.ledger, "audit": seal.audit,
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False) + "\n"


def parsed(text: str) -> Line | None:
    """Return the line; None if it is none."""
    try:
        said = json.loads(text)
        number, digest = said["seal"], said["digest"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if type(number) is not int or number < 1 or not re.fullmatch("[0-9a-f]{64}", str(digest)):
        return None
    return Line(number, digest, " ".join(str(said.get(name, "–")) for name in ("task", "day", "occasion"))[:120])


def begins(text: str) -> bool:
    """Say whether this may be the beginning of a line, as a crash leaves it."""
    start = '{"seal": '
    return text.startswith(start[: len(text)])


def compare(session: Session, lines: Iterable[str]) -> Comparison:
    """Look each line's seal up in the records. A history that was restored, cut off or written anew has other seals, or
    none, from some number on: the first difference and the last are named, not each."""
    made = Comparison()
    newest = seals.last(session)
    last = newest.id if newest else 0
    wrong: list[Line] = []
    beyond: list[Line] = []
    for number, text in enumerate(lines, 1):
        line = parsed(text)
        if line is None:
            if text.strip():
                made.differs.append(("file_line", str(number), ""))
            continue
        _follow(made, line)
        if line.number > last:
            beyond.append(line)
        elif not whose(session, line):
            wrong.append(line)
        elif not _says(session, line, text):
            made.differs.append(("file_words", str(number), line.about))
    if wrong:
        made.differs.append(("rewritten", f"№{wrong[0].number}", f"{wrong[0].about}; {len(wrong)}"))
    if beyond:
        made.differs.append(("rolled_back", f"№{last}", f"№{beyond[-1].number} ({beyond[-1].about})"))
    if not made.lines and last and not made.differs:
        made.differs.append(("file_empty", "", ""))
    made.after = max(0, last - made.last)
    return made


def _says(session: Session, line: Line, text: str) -> bool:
    """Say whether a line about one of our seals says what we wrote: people read its day, not its digest."""
    ours = written(session, line.number - 1, 1)
    return not ours or ours[0][0] != line.number or ours[0][1].strip() == text.strip()


def _follow(made: Comparison, line: Line) -> None:
    if made.lines and line.number != made.last + 1:
        made.differs.append(("file_gap", f"№{made.last}", f"№{line.number}"))
    made.first = made.first or line.number
    made.lines, made.last = made.lines + 1, line.number


def whose(session: Session, line: Line | None) -> bool:
    """Say whether a file that ends with this line belongs to these records: they have that seal."""
    if line is None:
        return True
    return session.exec(select(Seal.digest).where(Seal.id == line.number)).first() == line.digest
