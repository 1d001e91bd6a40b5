"""Put an official report into words: the fields that our layout and every Word template show (docs/rules.md 25)."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.exports.file_words import told
from models.cycle.periods import Phase
from models.documents.paper import Paper
from models.exports.official_report import DayReport, RangeReport
from models.forms.spec import FormSpec
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.figures import Figures
from models.summaries.ranges import Total
from models.summaries.runs import Named

LINE = "exports/document_line"
UNPRINTABLE = re.compile("[^\\x20-\\ud7ff\\ue000-\\ufffd\U00010000-\U0010ffff]")


def paper(
    session: Session, words: Renderer, report: DayReport | RangeReport, unit: Unit, now: datetime, by: Person | None
) -> Paper:  # fmt: skip
    """Return the report as it is drawn, in this person's words; times are those of the task."""
    if isinstance(report, DayReport):
        about, found = "day", _Day(session, words, report, unit, now).fields()
    else:
        about, found = "range", _Range(session, words, report, unit, now).fields()
    root = units.root(session)
    common = {
        "organisation": root.name if root else "", "unit": unit.name, "unit_path": unit.path,
        "date": words.line(LINE, what="period", day=now.astimezone(words.zone).date()),
        "written_at": words.line(LINE, what="written", at=now, by=by.name if by else ""),
        "written_by": by.name if by else "", "nothing": words.line(LINE, what="nothing"),
    }  # fmt: skip
    return Paper(printable(common | found), labels(words), words.locale, about)


def labels(words: Renderer) -> dict[str, str]:
    """Return the headings and labels of our own layout; a value in quotes keeps its blanks."""
    return {name: said.strip('"') for name, said in told(words, "exports/document_words").items()}


def printable(value: Any) -> Any:
    """Return values without what no paper can show: control characters and halves of characters."""
    if isinstance(value, str):
        return UNPRINTABLE.sub(" ", value)
    if isinstance(value, dict):
        return {name: printable(it) for name, it in value.items()}
    return [printable(it) for it in value] if isinstance(value, list) else value


def minus(whole: Figures, parts: Sequence[Figures]) -> Figures:
    """Return what is left of a sum without its parts."""
    less = sum(parts, Figures())
    return Figures(*(a - b for a, b in zip(whole.counts(), less.counts(), strict=True)))


class _Worded:
    def __init__(self, words: Renderer) -> None:
        self._words, self._said = words, labels(words)

    def say(self, what: str, **values: object) -> str:
        return self._words.line(LINE, what=what, **values).replace("\n", " ")

    def rate(self, value: float | None) -> str:
        return self.say("percent", value=value)

    def counts(self, of: Figures) -> dict[str, Any]:
        return {
            "expected": of.expected, "received": of.received, "zero": of.zero, "filled": of.filled,
            "silent": of.silent, "excused": of.excused, "late": of.late,
            "completeness": self.rate(of.completeness), "timeliness": self.rate(of.timeliness),
        }  # fmt: skip

    def sums(self, of: Total) -> dict[str, Any]:
        return {
            "expected": of.expected, "received": of.received, "zero": of.closed.zero, "filled": of.closed.filled,
            "silent": of.silent, "excused": of.excused, "late": of.late,
            "completeness": self.rate(of.completeness), "timeliness": self.rate(of.timeliness),
        }  # fmt: skip


class _Day(_Worded):
    def __init__(self, session: Session, words: Renderer, report: DayReport, unit: Unit, now: datetime) -> None:
        super().__init__(words)
        self._session, self._report, self._unit, self._now = session, report, unit, now
        self._it, self._locked = report.summary, report.summary.period.phase == Phase.LOCKED

    def fields(self) -> dict[str, Any]:
        it, f, period, form = self._it, self._it.now, self._it.period, self._it.form
        at = period.locked_at if self._locked and period.locked_at else self._now
        return {
            "title": self.say("title", form=form), "task": self._words.spoken({"_": form.title})["_"],
            "period": self.say("period", day=period.day), "as_at": self.say("as_at", at=at, locked=self._locked),
            "overview": self.say("overview", form=form, f=f, day=period.day, unit=self._unit.name, locked=self._locked),
            "changes": self._changes(), **self.counts(f), "not_reached": f.uncontacted, "proxy": f.proxy,
            "units": [self._part(n, *part) for n, part in enumerate(self._lines(), 1)], "days": [],
            "indicators": [
                {"label": self._words.spoken({"_": one.label})["_"],
                 "value": self.say("figure", indicator=one, value=value),
                 "total": self.say("figure", indicator=one, value=it.totals[one.name])
                 if it.totals.get(one.name) is not None else "–"}
                for one, value in it.indicators
            ],
            "exceptions": [{"label": label, "text": text} for label, text in self._exceptions()],
            "seal": self.say("seal", seal=it.seals[-1]) if it.seals else "", **self._check(),
        }  # fmt: skip

    def _changes(self) -> str:
        """Return what it was at the close where that differs, or that the close is still to come."""
        if self._it.at_close is None:
            return self.say("not_closed", due=self._it.period.due_at)
        moved = self._it.moved
        return self.say("changes", due=self._it.period.due_at, then=self._it.at_close) if moved else ""

    def _lines(self) -> Iterator[tuple[str, Figures, str]]:
        """Yield the lines of the table: who is asked through the unit itself, then the units below, so that the sum is
        that of the lines."""
        parts = self._report.parts
        own = minus(self._it.now, [figures for _, figures, _ in parts])
        if parts and own != Figures():
            yield self._said["own"], own, ""
        for unit, figures, checked in parts:
            yield unit.name, figures, self._said["yes" if checked else "no"]

    def _part(self, n: int, name: str, figures: Figures, checked: str) -> dict[str, Any]:
        return {"number": n, "name": name, **self.counts(figures), "checked": checked}

    def _check(self) -> dict[str, str]:
        post, signer = self._it.post, self._it.signer
        if post is None or signer is None or post.signed_at is None:
            return {"checked": self.say("unchecked"), "checked_by": "", "checked_at": ""}
        said = self.say("checked", name=signer.name, at=post.signed_at, moved=post.moved_at)
        return {"checked": said, "checked_by": signer.name, "checked_at": self.say("moment", at=post.signed_at)}

    def _exceptions(self) -> Iterator[tuple[str, str]]:
        it = self._it
        for one in self._report.alerts:
            state = self.say("alert_state", owners=one["owners"], waiting=one["waiting"])
            yield self.say("alert", title=one["title"], n=one["n"]), state
        for kind in ("silent", "unreachable", "never"):
            if (found := self._report.silent[kind]).count:
                yield self._kind(kind, found.count), self.say("names", names=found.names, total=found.count)
        for kind, count in (
            ("late", it.now.late), ("not_reached", it.now.uncontacted), ("proxy", it.now.proxy),
            ("added", it.added), ("excused_late", it.excused_late),
        ):  # fmt: skip
            if count:
                yield self._kind(kind, count), ""
        unchecked = [unit.name for unit, _, checked in self._report.parts if not checked]
        if it.at_close is not None and unchecked:
            yield self._kind("unchecked", len(unchecked)), self.say("names", names=unchecked[:30], total=len(unchecked))

    def _kind(self, kind: str, n: int) -> str:
        return self.say("kind", kind=kind, n=n, locked=self._locked, about=self._it.form.about)


class _Range(_Worded):
    def __init__(self, session: Session, words: Renderer, report: RangeReport, unit: Unit, now: datetime) -> None:
        super().__init__(words)
        self._session, self._report, self._it, self._unit = session, report, report.it, unit
        self._today = now.astimezone(words.zone).date()
        self._now = now

    def fields(self) -> dict[str, Any]:
        it, total = self._it, self._it.total
        about = {"first": it.first, "last": it.last, "month": it.is_month, "today": self._today}
        return {
            "title": self.say("range_title", form=it.form), "task": self._words.spoken({"_": it.form.title})["_"],
            "period": self.say("range_period", **about), "as_at": self.say("as_at", at=self._now, locked=False),
            "overview": self.say("range_overview", total=total, closed=it.it.days, unit=self._unit.name, **about),
            "changes": self._changes(about), **self.sums(total), "not_reached": total.closed.uncontacted,
            "proxy": total.closed.proxy,
            "units": [
                {"number": n, "name": name, **self.sums(total), "checked": ""}
                for n, (name, total) in enumerate(self._lines(), 1)
            ],
            "days": [
                {"day": self.say("column", first=one.first, last=one.last), **self.counts(one.figures)}
                for one in it.it.columns
            ],
            "indicators": [], "exceptions": [{"label": label, "text": text} for label, text in self._exceptions()],
            "checked": self.say("range_checked", n=self._report.checked, m=it.it.days),
            "checked_by": "", "checked_at": "", "seal": "",
        }  # fmt: skip

    def _lines(self) -> Iterator[tuple[str, Total]]:
        """Yield the lines of the table, as of a day."""
        it = self._it
        parts = sorted(it.parts, key=lambda part: part.unit.rank)
        closed = minus(it.total.closed, [part.total.closed for part in parts])
        if parts and closed != Figures():
            yield self._said["own"], Total(closed, it.total.late - sum(part.total.late for part in parts))
        for part in parts:
            yield part.unit.name, part.total

    def _changes(self, about: dict[str, Any]) -> str:
        """Return how it differs from the days before, and whether units moved meanwhile; "" if there is neither."""
        return self.say("range_changes", it=self._it, total=self._it.total, prior=self._it.prior, **about)

    def _exceptions(self) -> Iterator[tuple[str, str]]:
        it = self._it
        if it.silent is None:
            yield self.say("running", n=it.days, total=0, about=it.form.about), self.say("too_many")
        elif it.silent:
            label = self.say("running", n=it.days, total=len(it.silent), about=it.form.about)
            yield label, self._named(self._report.silent, len(it.silent), dated=True)
        if it.late:
            label = self.say("often_late", n=it.times, total=len(it.late), about=it.form.about)
            yield label, self._named(self._report.late, len(it.late), dated=False)

    def _named(self, found: Sequence[Named], total: int, *, dated: bool) -> str:
        runs = [
            self.say(
                "run", name=one.who.name, unit=one.unit.name if one.unit.id != self._unit.id else "",
                first=one.run.first, last=one.run.last, n=one.run.days,
                dated=dated and one.run.days == (one.run.last - one.run.first).days + 1,
            )
            for one in found
        ]  # fmt: skip
        return self.say("listed", names=runs, total=total)


def file_name(words: Renderer, form: FormSpec, unit: Unit, first: date, last: date) -> str:
    """Return what a report's file is called, without its ending."""
    title = words.line(LINE, what="title" if first == last else "range_title", form=form).replace(":", "")
    days = first.isoformat()
    if first != last:
        days = told(words)["file.span"].format(first=days, last=last.isoformat())
    return f"{title} {unit.name} {days}".replace("/", "-")
