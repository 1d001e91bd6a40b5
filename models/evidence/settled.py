"""Check what the program itself never changes (docs/decisions/0134-the-ledger.md).

Whoever can write to the database can also append to the ledger with correct digests, so `verify` also names an entry
that the program itself would never make."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlmodel import Session

from models.core import audit
from models.evidence.verdicts import Verdict, table
from models.timeline import sources

COMES_AND_GOES = frozenset(
    {"absence", "address", "attachment", "membership", "store_keeper", "topic_person", "workday"}
)
UNDONE_WITH = frozenset({"former_path", "person", "unit"})  # go with an import that is undone, on record
COMES_BACK = frozenset({"workday"})  # under its key, the day; no other row is given the id of one that is gone
# tables → columns that never change; the other tables of `WHOLE` never change at all
FIXED: dict[str, frozenset[str]] = {
    "absence": frozenset({"person_id", "first", "last", "asked_by"}),
    "alert": frozenset({"rule", "report_id", "period_id", "incident_id", "person_id", "place_id"}),
    "duty": frozenset({"shift_id", "person_id", "ends_at", "by", "at"}),
    "duty_swap": frozenset({"given_id", "taken_id", "person_id", "at"}),
    "quiz_attempt": frozenset({"reply_id", "number", "begun_at"}),
    "collection": frozenset({"unit_id", "purpose", "ends_on", "by", "made_at"}),
    "donation_entry": frozenset({
        "collection_id", "kind", "amount", "given", "spent", "words", "donor", "person_id", "movement_id", "files",
        "undoes_id", "by", "at",
    }),
    "faq_entry": frozenset({"unit_id", "question_id", "asked", "answer", "by", "at"}),
    "handing": frozenset({"handout_id", "person_id", "unit_id", "store_id", "amount"}),
    "handout": frozenset({"movement_id", "listed", "at"}),
    "honour": frozenset({
        "kind", "unit_id", "assignment_id", "days", "reached", "title", "reason", "by", "day", "made_at",
    }),
    "item": frozenset({"unit_id", "name", "measure", "made_at"}),
    "period": frozenset({
        "assignment_id", "day", "version_id", "place_id", "timezone", "name_silent", "on_leave", "picture", "document",
        "requires", "opens_at", "lock_at",
    }),
    "planned": frozenset({"what", "arguments", "day", "at", "by", "made_at"}),
    "question": frozenset({"receipt", "person_id", "place_id", "topic_id", "at"}),
    "reply": frozenset({"round_id", "person_id", "place_id"}),
    "round": frozenset({"kind", "unit_id", "by", "made_at", "audience", "asks", "choices", "urgent", "form_id",
                        "anonymous", "timezone"}),
    "secondment": frozenset({"person_id", "unit_id", "first", "by", "made_at"}),
    "rota": frozenset({"unit_id", "lines", "timezone", "place", "requires", "first", "by", "at"}),
    "shift": frozenset({"rota_id", "unit_id", "day", "name", "starts_at", "ends_at", "need"}),
    "store": frozenset({"unit_id", "name", "made_at"}),
    "runbook": frozenset({"unit_id"}),
    "runbook_run": frozenset({"receipt", "runbook_id", "version_id", "unit_id", "by", "alert_id", "drill", "timezone",
                              "begun_at"}),
    "runbook_step": frozenset({"run_id", "number"}),
    "summary_post": frozenset({"period_id", "unit_id"}),
    "step": frozenset({"period_id", "kind", "number"}),
    "hand_up": frozenset({"partner_id", "kind", "number", "period_id", "unit_id", "version", "by", "at", "deadline"}),
    "partner": frozenset({"ident", "side", "unit_id", "address", "by", "at"}),
    "partner_request": frozenset({"partner_id", "number", "receipt", "person_id", "unit", "words", "at"}),
    "timeline_entry": frozenset({"unit_id", "source", "key", "guarded"}),
    "topic": frozenset({"unit_id", "name", "made_at"}),
    "urge": frozenset({"period_id", "unit_id", "person_id", "by", "at"}),
    "total": frozenset({"assignment_id", "period_id", "unit_id", "day"}),
}  # fmt: skip
WHOLE = frozenset({
    "attachment", "audit_entry", "ballot", "bill", "deputy", "document_template", "erasure", "excuse", "former_path",
    "form_version", "handed_up", "incident", "movement", "open_answer", "phone_call", "place", "question_reader",
    "reopening", "round_version",
    "runbook_version", "telling", "training_pass",
})  # fmt: skip
# tables → columns that are given a value once
ONCE: dict[str, frozenset[str]] = {
    "alert": frozenset({"closed_by", "closed_at"}),  # within one round, because a reopened alert starts again
    "quiz_attempt": frozenset({"ended_at", "answers", "score", "passed"}),
    "collection": frozenset({"closed_at", "closed_by"}),
    "deputy": frozenset({"ended_at"}),
    "duty": frozenset({"ended_at", "checked_at"}),
    "duty_swap": frozenset({"undone_by", "undone_at"}),
    "handing": frozenset({"confirmed_at", "confirmed_by"}),
    "honour": frozenset({"withdrawn_at", "withdrawn_by", "withdrawn_why"}),
    "item": frozenset({"ended_at"}),
    "faq_entry": frozenset({"withdrawn_by", "withdrawn_at"}),
    "partner_request": frozenset({"decision", "decided_at", "answer", "withdrawn_at", "closed_at", "why"}),
    "period": frozenset({"closed_at", "rows", "roster", "known", "close_revision", "close_excuse", "locked_at"}),
    "reopening": frozenset({"ended_at"}),
    "round": frozenset({"withdrawn_at", "withdrawn_by", "closed_at", "closed_by"}),
    "rota": frozenset({"ended_at"}),
    "shift": frozenset({"cancelled_at"}),
    "step": frozenset({"done_at"}),
    "store": frozenset({"ended_at"}),
    "topic": frozenset({"ended_at"}),
}
# tables → who decided: it changes only together with the time, which grows
AFRESH = {
    "absence": {"decided_by": "decided_at"},
    "secondment": {"decided_by": "decided_at"},
    "summary_post": {"signed_by": "signed_at"},
}


def check(session: Session, verdict: Verdict, kind: str) -> None:
    """Follow each row of a table through the ledger."""
    before, undone = None, _undone(session, kind)
    for entry in session.execute(_history(), {"kind": kind}):
        verdict.look()
        with verdict.looking(f"{kind} {entry.key}"):
            wrong = _wrong(kind, before if before and before.key == entry.key else None, entry)
            lawful = entry.gone and (
                any(first <= int(entry.key) <= last for first, last in undone)
                or (kind == "attachment" and _erased(session, before))
                or _taken_away(kind, before)
            )
            if wrong and not lawful:
                verdict.say("settled", f"{kind} {entry.key}", f"№{entry.id}: {wrong}")
        before = entry


def _undone(session: Session, kind: str) -> list[tuple[int, int]]:
    """Return the spans of ids that went with an import that was undone: nothing else takes a person or a unit away."""
    if kind not in UNDONE_WITH:
        return []
    entries = table("audit_entry")
    found = session.execute(select(entries.c.detail).where(entries.c.what == audit.UNDONE)).scalars()
    return [(first, last) for detail in found for first, last in (detail or {}).get("gone", {}).get(kind, [])]


@cache
def _history() -> Select[Any]:
    entries = table("ledger_entry")
    return (
        select(entries.c.id, entries.c.key, entries.c.gone, entries.c.content)
        .where(entries.c.kind == bindparam("kind"))
        .order_by(entries.c.key, entries.c.id)
        .execution_options(yield_per=1000)
    )


def _wrong(kind: str, before: Row[Any] | None, entry: Row[Any]) -> str:
    """Return, in words, what an entry says that it may not."""
    if entry.gone:
        return "" if kind in COMES_AND_GOES - {"attachment"} else "–"
    if before is None:
        return ""
    if before.gone:
        return "" if kind in COMES_BACK else "+"
    then, now = before.content, entry.content
    if then is None or now is None:
        return ""  # erased
    moved = [it for it in now if then.get(it) != now[it] and not _may(kind, it, then, now)]
    return "; ".join(f"{it}: {then.get(it)} → {now[it]}"[:80] for it in moved[:5])


def _may(kind: str, column: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    afresh = AFRESH.get(kind, {})
    if column in {*afresh, *afresh.values()}:
        at = afresh.get(column, column)
        return then.get(at) is None or (now[at] or "") > then[at]
    if (kind, column) == ("step", "outcome"):
        return then["done_at"] is None
    if column in ONCE.get(kind, ()):
        return then.get(column) is None or (kind == "alert" and now["round"] > then["round"])
    return kind not in WHOLE and column not in FIXED.get(kind, ())


def _taken_away(kind: str, before: Row[Any] | None) -> bool:
    """Say whether it is an entry of the timeline that turned out not to have happened."""
    said = (before.content if before else None) or {}
    return kind == "timeline_entry" and said.get("source") in sources.TAKEN_AWAY


def _erased(session: Session, attachment: Row[Any] | None) -> bool:
    """Say whether a file's row went with the words it belonged to."""
    whose = (attachment.content if attachment else None) or {}
    erasures = table("erasure")
    return any(
        whose.get(it) is not None
        and session.execute(select(erasures.c.id).where(erasures.c[it] == whose[it])).first() is not None
        for it in ("revision_id", "telling_id", "version_id")
    )
