"""Check what is counted of surveys against the answers: results, and the boxes of anonymous ones (docs/rules.md 30,
32)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session

from models.evidence.verdicts import Verdict, every, read, table
from models.forms.spec import FormSpec
from models.forms.versions import FormVersion
from models.rounds import tally
from models.rounds.ballots import FEWEST, OPEN_FROM
from models.rounds.rounds import Asks
from models.rounds.tally import Source

TABLES = ("tally",)
Key = tuple[str, str, int, str]  # question, value, place and source
Sheet = tuple[int, Mapping[str, Any], int]


def check(session: Session, verdict: Verdict) -> None:
    """Count the answers to each survey and quiz again, and name every difference."""
    known: set[int] = set()
    for it in every(session, verdict, "round"):
        if it.asks in (Asks.FORM, Asks.QUIZ):
            known.add(it.id)
            with verdict.looking(f"round {it.id}"):
                _results(session, verdict, it)
                _opened(session, verdict, it)
    counted = table("tally").c.round_id
    for number in session.execute(select(counted).where(counted.not_in(known)).distinct()).scalars():
        verdict.say("survey", f"round {number}", "+")


def _results(session: Session, verdict: Verdict, it: Row[Any]) -> None:
    form = session.get_one(FormVersion, it.form_id).spec
    kept: Counter[Key] = Counter()
    for row in read(session, verdict, "tally", table("tally").c.round_id == it.id):
        kept[row.question, row.value, row.place_id, row.source] += row.n
    found: Counter[Key] = Counter()
    for source, sheets in _sheets(session, verdict, it).items():
        for (question, value, place), n in tally.counted(form, sheets).items():
            found[question, value, place, str(source)] += n
    erased = _erased(session, it)
    for key in sorted({*kept, *found}):
        lost = erased if _is_text(form, key[0].removesuffix(tally.RIGHT)) else 0
        if not found[key] <= kept[key] <= found[key] + lost:
            said = f"{key[0]} {key[1]}".strip() or "–"
            verdict.say("survey", f"round {it.id}", f"{said}: {kept[key]} ≠ {found[key]}")


def _sheets(session: Session, verdict: Verdict, it: Row[Any]) -> dict[Source, Iterable[Sheet]]:
    """Return the answers there are, by their source."""
    replies = read(session, verdict, "reply", table("reply").c.round_id == it.id)
    opened = read(session, verdict, "open_answer", table("open_answer").c.round_id == it.id)
    ballots = read(session, verdict, "ballot", table("ballot").c.round_id == it.id)
    verdict.look(len(replies) + len(opened) + len(ballots))
    found: dict[Source, list[Sheet]] = {source: [] for source in Source}
    for row in replies:
        if row.answers is not None:
            found[Source.OUTSIDE if row.outside else Source.STAFF].append((row.place_id, row.answers, 1))
    for row in opened:
        found[Source.OPEN].append((row.place_id, row.answers, 1))
    for row in ballots:
        found[Source(row.source)].append((row.place_id, row.answers, 1))
    return dict(found)


def _erased(session: Session, it: Row[Any]) -> int:
    """Return of how many replies the words were lawfully erased: that they were there is still counted."""
    erasures, replies = table("erasure"), table("reply")
    joined = erasures.join(replies, replies.c.id == erasures.c.reply_id)
    count = select(func.count()).select_from(joined).where(replies.c.round_id == it.id)
    return int(session.execute(count).scalar_one())


def _is_text(form: FormSpec, name: str) -> bool:
    return any(question.name == name and question.type == "text" for question in form.questions)


def _opened(session: Session, verdict: Verdict, it: Row[Any]) -> None:
    """Check that of what came nothing is missing and nothing is there twice: answers by open links and, until they may
    be destroyed, the boxes and ballots of an anonymous survey."""
    held, replies = table("open_answer"), table("reply")
    if not it.anonymous:
        came = session.execute(select(func.count()).select_from(held).where(held.c.round_id == it.id)).scalar_one()
        if came != it.opened:
            verdict.say("survey", f"round {it.id}", f"{it.opened} ≠ {came}")
        return
    answered = (replies.c.round_id == it.id, replies.c.number == it.number)
    counted = {
        Source.STAFF: session.execute(select(func.count()).select_from(replies).where(*answered)).scalar_one(),
        Source.OPEN: it.opened,
    }
    for source, there in _there(session, it).items():
        lawful = it.withdrawn_at is not None or (counted[source] < FEWEST and _over(it) and not there)
        if there != counted[source] and not lawful:
            verdict.say("survey", f"round {it.id}", f"{source}: {there} ≠ {counted[source]}")
    boxes = table("box").c
    twice = select(boxes.sealed).where(boxes.round_id == it.id).group_by(boxes.sealed).having(func.count() > 1)
    if session.execute(select(func.count()).select_from(twice.subquery())).scalar_one():
        verdict.say("survey", f"round {it.id}", "=")


def _over(it: Row[Any]) -> bool:
    return bool(it.ended) or it.stage == "ending"


def _there(session: Session, it: Row[Any]) -> dict[Source, int]:
    """Return how many boxes and ballots there are."""
    boxes, ballots = table("box").c, table("ballot").c
    numbers = session.execute(select(boxes.id).where(boxes.round_id == it.id)).scalars()
    found: Counter[Source] = Counter(Source.OPEN if number >= OPEN_FROM else Source.STAFF for number in numbers)
    found.update(Source(it) for it in _sources(session, ballots, it))
    return {source: found[source] for source in (Source.STAFF, Source.OPEN)}


def _sources(session: Session, ballots: Any, it: Row[Any]) -> Iterator[str]:
    yield from session.execute(select(ballots.source).where(ballots.round_id == it.id)).scalars()
