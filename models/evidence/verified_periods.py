"""Run `verify` period by period: the roster as frozen, the reports, their revisions and files, and what
excused them."""

from collections import defaultdict
from typing import Any

from sqlalchemy import Row, exists, select
from sqlmodel import Session

from models.core.canonical import digest
from models.core.database import in_chunks
from models.cycle.periods import Phase
from models.cycle.places import Place
from models.evidence import seals, verified_files
from models.evidence.verdicts import Verdict, read, table
from models.files.attachments import among
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import cumulative_totals, frozen_roster
from models.reporting.reports import State
from models.reporting.revisions import CONTENT, content_digest, revision_digest

TABLES = ("report", "report_view", "revision", "snapshot", "excuse")


def check(session: Session, verdict: Verdict) -> None:
    with verdict.looking("report"):
        _lost(session, verdict)
    erased = _erased(session, verdict)
    numbers: list[int] = []
    with verdict.looking("period"):
        numbers = list(session.execute(select(table("period").c.id).order_by(table("period").c.id)).scalars())
    for number in numbers:
        _one(session, verdict, number, erased)


def check_one(session: Session, verdict: Verdict, number: int) -> None:
    """Check one period."""
    _one(session, verdict, number, _erased(session, verdict))


def _erased(session: Session, verdict: Verdict) -> set[int]:
    """Return the revisions that were lawfully erased."""
    found: list[int | None] = []
    with verdict.looking("erasure"):
        found = list(session.execute(select(table("erasure").c.revision_id)).scalars())
    verdict.erased = len(found)
    return {it for it in found if it is not None}


def _one(session: Session, verdict: Verdict, number: int, erased: set[int]) -> None:
    with verdict.looking(f"period {number}"):
        for period in read(session, verdict, "period", table("period").c.id == number):
            _Look(session, verdict, period, erased).all()


class _Look:
    """The check of one period."""

    def __init__(self, session: Session, verdict: Verdict, period: Row[Any], erased: set[int]) -> None:
        self.session, self.verdict, self.period, self.erased = session, verdict, period, erased
        report, revision, excuse = table("report"), table("revision"), table("excuse")
        own = select(report.c.id).where(report.c.period_id == period.id)
        self.reports = read(session, verdict, "report", report.c.period_id == period.id)
        self.revisions = _by_report(read(session, verdict, "revision", revision.c.report_id.in_(own), order="number"))
        self.excuses = _by_report(read(session, verdict, "excuse", excuse.c.report_id.in_(own)))
        self.lock = self._lock()
        self.about = about(session, period.id)

    def all(self) -> None:
        with self.verdict.looking(self.about):
            self._roster()
        for report in self.reports:
            self.verdict.look()
            with self.verdict.looking(f"{self.about} report {report.id}"):
                self._report(report)
        with self.verdict.looking(self.about):
            self._after_lock()
        for look in (self._total, self._early, self._as_at_close):
            with self.verdict.looking(self.about):
                look()

    def _lock(self) -> Row[Any] | None:
        made = table("seal")
        sealed = (made.c.period_id == self.period.id, made.c.at == seals.At.LOCK)
        return next(iter(read(self.session, self.verdict, "seal", *sealed)), None)

    def _roster(self) -> None:
        """Check that the rows and views are those that were frozen; while they are being frozen there is nothing to
        compare."""
        if self.period.roster is None and self.period.phase in (Phase.OPENING, Phase.LAPSED):
            return
        logged = self._logged()
        rows = []
        for it in self.reports:
            born = next((e for e in self.excuses[it.id] if e.id not in logged), None)
            given = (born.words, born.absence_id, born.by) if born else (None, None, None)
            rows.append((it.person_id, it.unit_id, it.place_id, *given))
        whose = {it.id: it.person_id for it in self.reports}
        seen = read(self.session, self.verdict, "report_view", table("report_view").c.period_id == self.period.id)
        views = [(it.place_id, whose.get(it.report_id)) for it in seen]
        state = frozen_roster.fold(frozen_roster.begin(), rows, views)  # type: ignore[arg-type]
        again = [e for found in self.excuses.values() for e in [e for e in found if e.id not in logged][1:]]
        if (len(rows), digest(state)) != (self.period.rows, self.period.roster) or again:
            self.verdict.say("roster", self.about, f"{len(rows)} / {self.period.rows}")

    def _logged(self) -> set[int]:
        """Return the excuses that came after the opening: the ledger knows them."""
        entries, wanted = table("ledger_entry"), [str(e.id) for found in self.excuses.values() for e in found]
        known: set[int] = set()
        for some in in_chunks(wanted):
            asked = select(entries.c.key).where(entries.c.kind == "excuse", entries.c.key.in_(some))
            known |= {int(key) for key in self.session.execute(asked).scalars()}
        return known

    def _report(self, report: Row[Any]) -> None:
        """Check that the chain of a report's revisions holds, and that its row repeats what they say."""
        last: Row[Any] | None = None
        for revision in self.revisions[report.id]:
            self.verdict.revisions += 1
            with self.verdict.looking(f"{self.about} report {report.id} №{revision.number}"):
                wrong = self._wrong(report, revision, last)
                if wrong:
                    self.verdict.say(wrong, self.where(report), f"{report.receipt} №{revision.number}")
            last = revision
        given = self.excuses[report.id]
        if not self._agrees(report) or report.excused != (given[-1].words if given else None):
            self.verdict.say("head", self.where(report), report.receipt or "")

    def _wrong(self, report: Row[Any], revision: Row[Any], before: Row[Any] | None) -> str | None:
        number, previous = (before.number + 1, before.digest) if before else (1, "")
        files = among(revision.answers, revision.attachments)
        if (revision.number, revision.previous) != (number, previous) or (before and before.id > revision.id):
            return "gap"
        if revision.digest != revision_digest(revision, report.receipt):
            return "revision"
        if revision.id in self.erased:
            return None if _empty(revision) else "content"
        if revision.salt is None or revision.content_digest != content_digest(revision):
            return "content"
        return None if self._held(revision.id, files) else "file"

    def _held(self, number: int, files: list[tuple[str, dict[str, Any]]]) -> bool:
        held = table("attachment")
        return not files or verified_files.sound(self.session, held.c.revision_id == number, [it for _, it in files])

    def _agrees(self, report: Row[Any]) -> bool:
        """Say whether a report's row says what its first and its newest revision say."""
        stands = (
            report.head_id, report.state, report.uncontacted, report.submitted_by, report.proxy,
            report.submitted_at, report.late, report.receipt is None,
        )  # fmt: skip
        found = self.revisions[report.id]
        if not found:
            return stands == (None, State.DUE, False, None, False, None, False, True)
        first, head = found[0], found[-1]
        proxy = report.person_id is not None and head.by != report.person_id
        late = first.at > self.period.due_at
        return stands == (head.id, head.kind, head.uncontacted, head.by, proxy, first.at, late, False)

    def _after_lock(self) -> None:
        """Check that nothing came after the lock, except under a reopening."""
        if self.lock is None:
            return
        names = {it.id: it.receipt or self.where(it) for it in self.reports if self._changed_since(it.id)}
        made = table("reopening")
        opened = read(self.session, self.verdict, "reopening", made.c.period_id == self.period.id)
        for report, name in names.items():
            own = [it for it in opened if it.report_id == report]
            if not all(_under(own, it) for it in self.revisions[report] if it.id > self.lock.upto):
                self.verdict.say("gap", self.about, name)
            if any(it.id > self.lock.excuses for it in self.excuses[report]):
                self.verdict.say("excuse_late", self.about, name)

    def _total(self) -> None:
        """Check that what a locked day adds to the totals of the whole is what its reports add up to. If something was
        erased nobody can tell any more, and the ledger keeps what was added."""
        spec = self.session.get_one(FormVersion, self.period.version_id).spec
        found = [it for own in self.revisions.values() for it in own]
        if self.lock is None or not cumulative_totals.counts(spec) or any(it.id in self.erased for it in found):
            return
        heads = [self.revisions[it.id][-1].answers or {} for it in self.reports if it.state == State.FILLED]
        top = self.session.get_one(Place, self.period.place_id).path
        added, places = table("total"), table("place")
        whole = select(places.c.unit_id).where(places.c.path == top)
        of_whole = (added.c.period_id == self.period.id, added.c.unit_id.in_(whole))
        kept = [cumulative_totals.read(it.own) for it in read(self.session, self.verdict, "total", *of_whole)] or [{}]
        made = _some(cumulative_totals.of_answers(spec, heads))
        if all(_some(it) != made for it in kept):
            self.verdict.say("total", self.about, cumulative_totals.written(made))

    def _early(self) -> None:
        """Check that a period holds nothing that it gets only later: no figures as at close before the close, no filing
        before it opened. A day that lapsed while its roster was being frozen is shown nowhere, so it is left out."""
        if self.period.closed_at is None:
            kept = table("snapshot")
            for it in read(self.session, self.verdict, "snapshot", kept.c.period_id == self.period.id):
                self.verdict.say("row_added", f"snapshot {it.id}", self.about)
        if self.period.roster is None and any(it.receipt or self.revisions[it.id] for it in self.reports):
            self.verdict.say("roster", self.about, "–")

    def _as_at_close(self) -> None:
        """Check that the figures of the whole as at close are what its reports said by then."""
        if self.period.close_revision is None:
            return
        made = dict.fromkeys(("zero", "filled", "excused", "due", "late", "proxy", "uncontacted"), 0)
        for report in self.reports:
            for name in self._counted(report):
                made[name] += 1
        kept = table("snapshot")
        whole = (kept.c.period_id == self.period.id, kept.c.place_id == self.period.place_id)
        for it in read(self.session, self.verdict, "snapshot", *whole):
            if moved := [
                f"{name}: {made[name]} → {it._mapping[name]}" for name in made if made[name] != it._mapping[name]
            ]:
                self.verdict.say("as_at_close", self.about, "; ".join(moved))

    def _counted(self, report: Row[Any]) -> list[str]:
        """Return in which figures a report counted at the close."""
        found = [it for it in self.revisions[report.id] if it.id <= self.period.close_revision]
        given = [it for it in self.excuses[report.id] if it.id <= (self.period.close_excuse or 0)]
        if not found:
            return ["excused" if given and given[-1].words is not None else "due"]
        head = found[-1]
        marks = {
            "late": found[0].at > self.period.due_at, "uncontacted": head.uncontacted,
            "proxy": report.person_id is not None and head.by != report.person_id,
        }  # fmt: skip
        return [head.kind, *(name for name, holds in marks.items() if holds)]

    def _changed_since(self, report: int) -> bool:
        """Say whether anything about a report came after the lock."""
        newest = max((it.id for it in self.revisions[report]), default=0)
        excused = max((it.id for it in self.excuses[report]), default=0)
        return self.lock is not None and (newest > self.lock.upto or excused > self.lock.excuses)

    def where(self, report: Row[Any]) -> str:
        """Return in words which report that is."""
        person = self.session.get(Person, report.person_id) if report.person_id is not None else None
        unit = self.session.get(Unit, report.unit_id) if report.unit_id is not None else None
        place = self.session.get(Place, report.place_id)
        subject = person.staff_no if person else unit.path if unit else "–"
        said = f"{self.about} {place.path if place else '–'} {subject}"
        if place:
            self.verdict.paths[said] = place.path
        return said


def _some(sums: cumulative_totals.Sums) -> cumulative_totals.Sums:
    """Return the sums without the zeros, which may be stored or not."""
    return {name: number for name, number in sums.items() if number}


def _by_report(rows: list[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.report_id].append(row)
    return found


def _under(reopenings: list[Row[Any]], revision: Row[Any]) -> bool:
    """Say whether a revision was made while its report was reopened."""
    return any(it.at <= revision.at and (it.ended_at is None or revision.at <= it.ended_at) for it in reopenings)


def _empty(revision: Row[Any]) -> bool:
    """Say whether nothing of what was written is left."""
    return not any(getattr(revision, name) for name in CONTENT)


def _lost(session: Session, verdict: Verdict) -> None:
    """Name rows of a report or a period that is not there: no check of a period meets them."""
    report, revision, snapshot, period = (table(it) for it in ("report", "revision", "snapshot", "period"))
    for it, owner, key in (
        (report, period, report.c.period_id), (snapshot, period, snapshot.c.period_id),
        (revision, report, revision.c.report_id), (table("excuse"), report, table("excuse").c.report_id),
    ):  # fmt: skip
        alone = select(it.c.id).where(~exists().where(owner.c.id == key)).limit(50)
        for number in session.execute(alone).scalars():
            verdict.say("dangling", f"{it.name} {number}", owner.name)


def about(session: Session, period_id: int) -> str:
    """Return a period's task and day, if they are there."""
    period, tasks = table("period"), table("assignment")
    found = session.execute(
        select(tasks.c.code, period.c.day)
        .join(tasks, tasks.c.id == period.c.assignment_id)
        .where(period.c.id == period_id)
    ).first()
    return f"{found.code} {found.day}" if found else f"period {period_id}"
