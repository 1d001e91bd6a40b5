"""Run `verify` on files: their bytes, and the rows that lead to them. Those of reports are checked with their period,
`models/evidence/verified_periods.py`."""

from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlmodel import Session

from models.evidence.verdicts import Verdict, read, table
from models.files import blobs

TABLES = ("blob", "blob_part")


def check(session: Session, verdict: Verdict) -> None:
    """Check the files that belong to no report."""
    with verdict.looking("files"):
        _tellings(session, verdict)
        _round_files(session, verdict)


def sound(session: Session, whose: ColumnElement[bool], files: list[dict[str, Any]]) -> bool:
    """Say whether the bytes are there, and the rows that lead to them."""
    held = set(session.execute(select(table("attachment").c.digest).where(whose)).scalars())
    return held == {it["digest"] for it in files} and all(blobs.sound(session, it) for it in files)


def _tellings(session: Session, verdict: Verdict) -> None:
    """Check the files of incidents, questions and steps of runbooks."""
    held = table("attachment").c.telling_id
    asked = select(held).where(held.is_not(None)).distinct()
    for telling in read(session, verdict, "telling", table("telling").c.id.in_(asked)):
        if not sound(session, held == telling.id, telling.files):
            verdict.say("file", _about_telling(telling), f"№{telling.number}")


def _about_telling(telling: Row[Any]) -> str:
    """Return what a telling is about, as a difference names it."""
    if telling.runbook_step_id:
        return f"runbook step {telling.runbook_step_id}"
    return f"incident {telling.incident_id}" if telling.incident_id else f"question {telling.question_id}"


def _round_files(session: Session, verdict: Verdict) -> None:
    """Check the files of rounds, such as notices."""
    held = table("attachment").c.version_id
    asked = select(held).where(held.is_not(None)).distinct()
    for version in read(session, verdict, "round_version", table("round_version").c.id.in_(asked)):
        if not sound(session, held == version.id, version.files):
            verdict.say("file", f"round {version.round_id}", f"№{version.number}")
