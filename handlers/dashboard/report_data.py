"""Return the page *Report* as data for programs: the same revisions, words and seals as on the page."""

from collections.abc import Iterator
from typing import Any

from handlers.core.access import MEMBER
from handlers.dashboard.pages import Page, View, table
from handlers.dashboard.report import ReportPage, gather
from handlers.evidence.one_report import OneReport
from models.evidence.rows import Version
from models.forms.spec import say

COLUMNS = (
    "revision", "at", "by", "channel", "kind", "reason", "statement", "question", "answer", "form", "digest", "seal",
)  # fmt: skip


def data(view: View, page: ReportPage) -> dict[str, Any]:
    it = page.it
    return {
        "id": it.report.id, "task": say(it.form.title, view.words.locale), "day": it.period.day.isoformat(),
        "due": it.period.due_at.isoformat(), "about": it.about,
        "name": it.subject.name if it.subject else it.unit.name if it.unit else None, "asked_in": it.path,
        "state": it.state, "excused": it.report.excused, "late": it.report.late, "receipt": it.report.receipt,
        "revisions": [_version(it, version, answers) for version, answers in it.versions],
        "earlier": it.earlier, "later": it.later,
        "files": [{"id": file.id, "name": name} for file, name in it.files],
        "seals": [seal.short for seal in it.seals],
        "alerts": [
            {"id": line["alert"].id, "title": line["title"], "label": line["label"],
             "at": line["alert"].opened_at.isoformat(), "owner": line["taker"].name if line["taker"] else None,
             "closed": line["alert"].closed_at.isoformat() if line["alert"].closed_at else None}
            for line in page.alerts
        ],
    }  # fmt: skip


def _version(it: OneReport, version: Version, answers: Any) -> dict[str, Any]:
    r = version.revision
    return {
        "revision": r.number, "current": r.id == it.report.head_id, "at": r.at.isoformat(), "by": version.by.name,
        "channel": r.channel, "kind": "not reached" if r.uncontacted else r.kind, "reason": r.reason,
        "erased": r.salt is None, "statement": r.statement, "answers": [list(line) for line in answers],
        "form": f"{version.form.code} {version.form.number}", "digest": r.digest,
        "seal": version.seal.short if version.seal else None,
    }  # fmt: skip


def rows(view: View, page: ReportPage) -> Iterator[list[object]]:
    """Return a line for each answer of each revision; a revision without answers has one line."""
    lines = (
        revision | {"question": question, "answer": answer}
        for revision in data(view, page)["revisions"]
        for question, answer in revision["answers"] or [(None, None)]
    )
    return table(COLUMNS, lines)


PAGE = Page("report", "report", MEMBER, gather, data, rows)
