"""Add up what a unit's report is proposed from: the answers of its people, or of the units right below it, to another
task of the same day (docs/rules.md 41)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlmodel import Session, col, or_, select

from models.cycle.periods import Period, Phase
from models.forms.spec import FormSpec, Question, Text
from models.forms.versions import FormVersion
from models.organisation.units import Unit
from models.reporting import figures
from models.reporting.report_context import ReportContext, form_of
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision

MOST = 5000  # reports that are read for one proposal; of more nothing is proposed

Proposal = Mapping[str, Any]  # `value`, the form's `title`, how many reports `received` and `missing`, and `how`


class Changed(NamedTuple):
    """An answer that differs from what was proposed for it, with the unit whose report it is."""

    unit: Unit
    label: Text
    value: Any
    proposal: Proposal


def of(session: Session, asked: ReportContext, question: Question) -> Proposal | None:
    """Return what the reports of the day come to for this question, as they stand; None where nobody reported, where
    the task is not asked below the unit on that day, or where more than `MOST` reports would be read."""
    source = question.source
    if source is None or asked.unit is None:
        return None
    found = _reports(session, asked.period, asked.unit, source.form)
    received = [it for it in found if it.state != State.DUE]
    if not received or len(found) > MOST:
        return None
    missing = sum(it.state == State.DUE and it.excused is None for it in found)
    filled = [it.answers for it in received if it.answers]
    return {
        "value": source.value(len(received), filled), "how": source.how, "form": source.form,
        "title": dict(_title(session, asked.period, source.form)), "received": len(received), "missing": missing,
    }  # fmt: skip


def filled(session: Session, asked: ReportContext) -> int:
    """Return how many of the reports that a unit's report adds up have something to report."""
    if asked.unit is None:
        return 0
    codes = {it.source.form for it in asked.form.questions if it.source}
    found = [_reports(session, asked.period, asked.unit, code) for code in sorted(codes)]
    return sum(it.state == State.FILLED for rows in found if len(rows) <= MOST for it in rows)


def of_form(session: Session, asked: ReportContext, answers: Mapping[str, Any]) -> dict[str, Proposal]:
    """Return the proposals for those of a form's questions that are answered, by the question's name."""
    sourced = (it for it in asked.form.questions if it.source and answers.get(it.name) is not None)
    found = ((it.name, of(session, asked, it)) for it in sourced)
    return {name: proposal for name, proposal in found if proposal}


def moved(answers: Mapping[str, Any], seen: Mapping[str, Proposal], now: Mapping[str, Proposal]) -> bool:
    """Say whether somebody would file an answer beside a proposal that was not shown to them."""
    return any(answers.get(name) != it["value"] and seen.get(name) != it for name, it in now.items())


def followed(
    answers: Mapping[str, Any], seen: Mapping[str, Proposal], now: Mapping[str, Proposal]
) -> dict[str, int | float]:  # fmt: skip
    """Return the new sums for the answers that were taken as they were proposed before."""
    taken = (name for name in now if name in seen and answers.get(name) == seen[name]["value"])
    return {name: now[name]["value"] for name in taken}


def changed(session: Session, period: Period, unit: Unit, most: int) -> list[Changed]:
    """Return the first answers of a unit's subtree that differ from what was proposed for them."""
    form = form_of(session, period)
    if not sourced(form):
        return []
    rows = session.exec(
        select(Unit, Revision)
        .join(Report, col(Report.unit_id) == col(Unit.id))
        .join(Revision, col(Revision.id) == col(Report.head_id))
        .where(figures.rows_of(session, period, unit), col(Revision.proposed).is_not(None))
        .order_by(col(Unit.rank))
    ).all()
    found = (
        Changed(whose, question.label, (revision.answers or {})[question.name], proposal)
        for whose, revision in rows
        for question, proposal in differing(form, revision.answers or {}, revision.proposed or {})
    )
    return [it for it, _ in zip(found, range(most), strict=False)]


def sourced(form: FormSpec) -> bool:
    """Say whether a form asks anything that is proposed from other reports."""
    return any(it.source for it in form.questions)


def differing(
    form: FormSpec, answers: Mapping[str, Any], proposed: Mapping[str, Proposal]
) -> list[tuple[Question, Proposal]]:
    """Return the questions whose answer differs from what was proposed."""
    return [
        (it, proposed[it.name]) for it in form.questions
        if it.name in proposed and answers.get(it.name) not in (None, proposed[it.name]["value"])
    ]  # fmt: skip


class _Row(NamedTuple):
    state: str
    excused: str | None
    answers: Mapping[str, Any] | None


def _reports(session: Session, period: Period, unit: Unit, code: str) -> list[_Row]:
    """Return the day's reports of that form: of the unit's people or, of a form about units, of the units right below
    it. Where several tasks ask somebody the same form, the first counts."""
    found: dict[int, _Row] = {}
    for other in _periods(session, period, code):
        whose, which = col(Report.person_id), figures.rows_of(session, other, unit)
        if form_of(session, other).about == "units":
            below = select(Unit.id).where(Unit.parent_id == unit.id)
            whose, which = col(Report.unit_id), (col(Report.period_id) == other.id) & col(Report.unit_id).in_(below)
        rows = session.execute(
            select(whose, Report.state, Report.excused, Revision.answers)
            .join(Revision, col(Revision.id) == col(Report.head_id), isouter=True)
            .where(which)
            .limit(MOST + 1)
        ).all()
        for subject, state, excused, answers in rows:
            found.setdefault(subject, _Row(state, excused, answers if state == State.FILLED else None))
    return list(found.values())


def _periods(session: Session, period: Period, code: str) -> list[Period]:
    return list(
        session.exec(
            select(Period)
            .join(FormVersion, col(FormVersion.id) == col(Period.version_id))
            .where(
                Period.day == period.day,
                FormVersion.code == code,
                or_(*(col(Period.phase) == it for it in (Phase.OPEN, Phase.CLOSED, Phase.LOCKED))),
            )
            .order_by(col(Period.id))
        ).all()
    )


def _title(session: Session, period: Period, code: str) -> Text:
    return form_of(session, _periods(session, period, code)[0]).title
