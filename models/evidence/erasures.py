"""Erase what somebody wrote, lawfully: the content is deleted, and a record of that is under the seals
(docs/decisions/0136-erasing.md)."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Field, Session, col, select

from models.alerts.incidents import Incident
from models.alerts.tellings import Telling
from models.conversations.drafts import Draft
from models.core import audit, ledger
from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import Table
from models.evidence import rows
from models.files.attachments import Attachment
from models.organisation.people import Person
from models.questions.questions import Question
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from models.rounds import attempts, story, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Round, RoundVersion
from models.runbooks.runs import RunbookRun, RunbookStep

LONGEST_REASON = 500  # characters
NUMBERED = re.compile(r"(NOTICE|SURVEY|ROLLCALL)[: ]?([0-9]{1,8})")  # how a round is named, which has no receipt

Written = Revision | Telling | RoundVersion | Reply


class Erasure(Table, table=True):
    """One erasure: by whom (a staff number, or `cli`), when and why the content of this revision, telling, version of a
    round, or reply to one was erased."""

    id: int = Field(default=None, primary_key=True)
    revision_id: int | None = Field(default=None, foreign_key="revision.id", unique=True)
    telling_id: int | None = Field(default=None, foreign_key="telling.id", unique=True)
    version_id: int | None = Field(default=None, foreign_key="round_version.id", unique=True)
    reply_id: int | None = Field(default=None, foreign_key="reply.id", unique=True)
    by: str
    reason: str
    at: datetime = Field(sa_type=Instant)


# by table: which column of an erasure points to it
_ABOUT: dict[type[Any], str] = {
    Revision: "revision_id", Telling: "telling_id", RoundVersion: "version_id", Reply: "reply_id",
}  # fmt: skip


def written(session: Session, person: Person, receipt: str, day: date | None) -> Sequence[Written]:
    """Return every version with this receipt number that is about this person, or was filed by them, and is not erased
    yet; of a round, named as `notice:12`, what they sent and what they replied in words. Raises `erasures.unknown`,
    `erasures.several` if the number was given on several days, `erasures.erased`."""
    receipt = receipt.strip().upper()
    its: Sequence[Written] = (
        _of_round(session, person, receipt)
        or _revisions(session, person, receipt, day)
        or _tellings(session, person, receipt)
    )
    if not its:
        raise Refusal("erasures.unknown", receipt=receipt, name=person.name, staff_no=person.staff_no)
    left = [it for it in its if of(session, it) is None]
    if not left:
        raise Refusal("erasures.erased")
    return left


def _revisions(session: Session, person: Person, receipt: str, day: date | None) -> list[Revision]:
    found: dict[date, list[Revision]] = {}
    for report, period in rows.with_receipt(session, receipt, day):
        versions = list(
            session.exec(select(Revision).where(Revision.report_id == report.id).order_by(col(Revision.number))).all()
        )
        if person.id in (report.person_id, *(it.by for it in versions)):
            found.setdefault(period.day, []).extend(versions)
    if len({it.report_id for versions in found.values() for it in versions}) > 1:
        raise Refusal("erasures.several", receipt=receipt, days=sorted(found))
    return [it for versions in found.values() for it in versions]


def _tellings(session: Session, person: Person, receipt: str) -> list[Telling]:
    """Return what this person told of the incident, said about the question, or noted in the run, of this number."""
    incidents, questions = (select(it.id).where(it.receipt == receipt) for it in (Incident, Question))
    steps = select(RunbookStep.id).join(RunbookRun, col(RunbookRun.id) == col(RunbookStep.run_id))
    about = (
        col(Telling.incident_id).in_(incidents)
        | col(Telling.question_id).in_(questions)
        | col(Telling.runbook_step_id).in_(steps.where(RunbookRun.receipt == receipt))
    )
    own = select(Telling).where(about, Telling.by == person.id)
    return list(session.exec(own.order_by(col(Telling.number), col(Telling.id))).all())


def _of_round(session: Session, person: Person, named: str) -> list[Written]:
    """Return the versions of a notice, survey or roll call that this person wrote, and their reply if it has words."""
    found = NUMBERED.fullmatch(named)
    it = session.get(Round, int(found[2])) if found else None
    if it is None or found is None or it.kind != found[1].lower():
        return []
    versions = select(RoundVersion).where(RoundVersion.round_id == it.id, RoundVersion.by == person.id)
    reply = session.exec(select(Reply).where(Reply.round_id == it.id, Reply.person_id == person.id)).first()
    said = [reply] if reply and (reply.remark or reply.answers or of(session, reply)) else []
    return [*session.exec(versions.order_by(col(RoundVersion.number))).all(), *said]


def erase(session: Session, written: Written, by: str, reason: str, now: datetime) -> Erasure:
    """Empty a revision's answers, files, statement, reason and proposals, a telling's or a round's words and files, or
    the words of a reply (choices and figures stay, for they are counted); what stood there, when and from whom stays.
    Raises `erasures.no_reason`, `erasures.erased`."""
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise Refusal("erasures.no_reason")
    if of(session, written) is not None:
        raise Refusal("erasures.erased")
    about, receipt = _empty(session, written)
    audit.note(session, now, by, "erase", receipt, number=written.number, reason=reason)
    made = Erasure(**about, by=by, reason=reason, at=now)
    session.add(made)
    session.flush()
    return made


def _empty(session: Session, written: Written) -> tuple[dict[str, int], str]:
    """Empty the content and return what the record points to, and the receipt."""
    about = {_ABOUT[type(written)]: written.id}
    if isinstance(written, Revision):
        written.answers = written.attachments = written.statement = written.reason = written.salt = None
        written.proposed = None
        held = Attachment.revision_id == written.id
        for draft in session.exec(select(Draft).where(Draft.report_id == written.report_id)).all():
            session.delete(draft)  # holds the same content, on its way to a new version
        receipt = session.get_one(Report, written.report_id).receipt or ""
    elif isinstance(written, Reply):
        held, receipt = None, _emptied(session, written)
    else:
        ledger.forget(session, written.__tablename__, str(written.id))
        written.words, written.files = "", []
        if isinstance(written, Telling):
            held, receipt = Attachment.telling_id == written.id, _receipt(session, written)
        else:
            written.venue = ""
            story.untitled(session, session.get_one(Round, written.round_id))
            held, receipt = Attachment.version_id == written.id, _named(session, written.round_id)
    session.add(written)
    for attachment in session.exec(select(Attachment).where(held)).all() if held is not None else ():
        session.delete(attachment)
    session.flush()
    return about, receipt


def _emptied(session: Session, reply: Reply) -> str:
    """Take the words out of a reply, and drop what was half filled in; return how its round is named."""
    ledger.forget(session, "reply", str(reply.id))
    it = session.get_one(Round, reply.round_id)
    reply.remark = ""
    if reply.answers is not None:
        typed = {question.name for question in surveys.form_of(session, it).questions if question.type == "text"}
        reply.answers = {name: value for name, value in reply.answers.items() if name not in typed}
        for attempt in attempts.of_reply(session, reply):
            ledger.forget(session, "quiz_attempt", str(attempt.id))
            attempt.answers = attempt.answers and {n: it for n, it in attempt.answers.items() if n not in typed}
            session.add(attempt)
    which = (Draft.round_id == it.id, Draft.author_id == reply.person_id)
    for draft in session.exec(select(Draft).where(*which)).all():
        session.delete(draft)
    return _named(session, it.id)


def _named(session: Session, number: int) -> str:
    return f"{session.get_one(Round, number).kind}:{number}"


def _receipt(session: Session, telling: Telling) -> str:
    if telling.incident_id is not None:
        return session.get_one(Incident, telling.incident_id).receipt
    if telling.runbook_step_id is not None:
        step = session.get_one(RunbookStep, telling.runbook_step_id)
        return session.get_one(RunbookRun, step.run_id).receipt
    return session.get_one(Question, telling.question_id).receipt


def of(session: Session, written: Written) -> Erasure | None:
    """Return the record that the content was erased, if it was."""
    which = col(getattr(Erasure, _ABOUT[type(written)]))
    return session.exec(select(Erasure).where(which == written.id)).first()
