"""Gather everything on record about one report, as `/why` and the dashboard show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.prompts import proposed_words
from models.cycle.periods import Period
from models.evidence import rows, seals
from models.evidence.rows import Version
from models.evidence.seals import Seal
from models.files import attachments
from models.files.attachments import Attachment
from models.forms.spec import FormSpec
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import report_context
from models.reporting.reports import Report, shown_state


@dataclass(frozen=True)
class OneReport:
    """A report and its newest revisions, the oldest of these first, each with its answers in words; `earlier` and
    `later` count the revisions that are left out. `path` is the place in which it was asked, under the path of that
    time. A file stands once, with the name under which it was filed."""

    report: Report
    period: Period
    form: FormSpec
    subject: Person | None
    unit: Unit | None
    path: str
    state: str
    versions: Sequence[tuple[Version, Sequence[tuple[str, str]]]]
    earlier: int
    later: int
    files: Sequence[tuple[Attachment, str]]
    seals: Sequence[Seal]

    @property
    def about(self) -> str:
        """Return whom or what it is about, as the audit says it: a staff number or a unit's path."""
        return self.subject.staff_no if self.subject else self.unit.path if self.unit else ""


def gather(session: Session, report: Report, period: Period, words: Renderer, most: int, page: int = 1) -> OneReport:
    """Return a report with up to `most` revisions: the newest on the first page, older ones on the next."""
    made = rows.versions(session, report)
    later = min((page - 1) * most, len(made))
    earlier = max(0, len(made) - later - most)
    shown = made[earlier : len(made) - later]
    return OneReport(
        report=report, period=period, form=report_context.form_of(session, period),
        subject=session.get(Person, report.person_id) if report.person_id else None,
        unit=session.get(Unit, report.unit_id) if report.unit_id else None,
        path=rows.place_of(session, report).path, state=shown_state(report, period),
        versions=[
            (v, proposed_words.lines(words, v.form.spec, v.revision.answers or {}, v.revision.proposed)) for v in shown
        ],
        earlier=earlier, later=later, files=_opened(session, shown), seals=seals.of_period(session, period),
    )  # fmt: skip


def _opened(session: Session, shown: Sequence[Version]) -> list[tuple[Attachment, str]]:
    """Return the files of these revisions, each once, with the name under which it was filed."""
    by_id = {v.revision.id: v.revision for v in shown}
    found: dict[str, tuple[Attachment, str]] = {}
    for it in attachments.of_revisions(session, by_id):
        revision = by_id[it.revision_id or 0]
        names = {said["digest"]: said["name"] for _, said in attachments.among(revision.answers, revision.attachments)}
        if it.digest in names:
            found[it.digest] = it, names[it.digest]
    return list(found.values())
