"""Open a photo, a voice message or a file that was filed, in the private chat of somebody who may see the report."""

from handlers.core.access import MEMBER
from handlers.core.ids import AttachmentId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.alerts.incidents import Incident
from models.alerts.tellings import Telling
from models.authority.permissions import may_lead
from models.core import audit
from models.cycle.periods import Period
from models.cycle.places import Place
from models.evidence import rows
from models.files import attachments
from models.files.attachments import Attachment
from models.files.records import FileRecord, as_file
from models.organisation.units import Unit
from models.questions import reach
from models.questions.questions import Question
from models.reporting.reports import Report
from models.reporting.revisions import Revision
from models.runbooks.runs import RunbookRun, RunbookStep

router = Router("file", MEMBER)


@router.button("open")
def tap(turn: Turn, attachment_id: AttachmentId) -> None:
    """Open a file (📎): access is checked each time and recorded."""
    it = turn.session.get(Attachment, attachment_id)
    found = _of_report(turn, it) if it and it.revision_id else _of_telling(turn, it) if it and it.telling_id else None
    if it is None or found is None:
        turn.toast("core/not_yours", alert=True)
        return
    said, about = found
    audit.note(turn.session, turn.now, turn.person.staff_no, "why", about, file=said["name"])
    turn.say("evidence/opened", file=as_file(said), name=said["name"], remark=said.get("remark"), about=about)


def _of_report(turn: Turn, attachment: Attachment) -> tuple[FileRecord, str] | None:
    """Return the file as its revision describes it, and the receipt; None if this person may not see it or it is
    erased."""
    revision = turn.session.get_one(Revision, attachment.revision_id)
    report = turn.session.get_one(Report, revision.report_id)
    period = turn.session.get_one(Period, report.period_id)
    files = [said for _, said in attachments.among(revision.answers, revision.attachments)]
    said = next((said for said in files if said["digest"] == attachment.digest), None)
    seen = rows.may_see(turn.session, turn.person, report, period, turn.today)
    return (said, report.receipt or "") if said and seen else None


def _of_telling(turn: Turn, attachment: Attachment) -> tuple[FileRecord, str] | None:
    """Return the file as it was told, with the receipt of an incident, a question or a run."""
    session, telling = turn.session, turn.session.get_one(Telling, attachment.telling_id)
    said = next((said for said in telling.files if said["digest"] == attachment.digest), None)
    if telling.question_id is not None:
        question = session.get_one(Question, telling.question_id)
        seen, receipt = reach.may_see(session, turn.person, question, turn.today), question.receipt
    elif telling.runbook_step_id is not None:
        step = session.get_one(RunbookStep, telling.runbook_step_id)
        run = session.get_one(RunbookRun, step.run_id)
        path = session.get_one(Unit, run.unit_id).path
        own = turn.person.id in (*step.persons, telling.by, run.by)
        seen, receipt = own or may_lead(session, turn.person, path, turn.today), run.receipt
    else:
        incident = session.get_one(Incident, telling.incident_id)
        unit = session.get_one(Unit, session.get_one(Place, incident.place_id).unit_id)
        own = incident.person_id == turn.person.id
        seen, receipt = own or may_lead(session, turn.person, unit.path, turn.today), incident.receipt
    return (said, receipt) if said and seen else None
