"""A unit's summary in all its faces: the group's post, the leads' own with names, the director's one message."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, or_, select

from handlers.core.rendering import Content, Words
from handlers.core.turn import House, words_for
from handlers.prompts import prompts
from handlers.prompts.prompts import form_of, frame
from models.alerts import alerts
from models.alerts.alerts import Alert
from models.cycle import periods
from models.cycle.former_paths import paths_in
from models.cycle.periods import Period, Phase, Place
from models.evidence import seals
from models.forms.spec import FormSpec, Indicator, say
from models.messaging import addresses, cards
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.organisation import people
from models.organisation.people import Person, Unit
from models.reporting import cumulative_totals as totals
from models.reporting import excuses, figures, silence
from models.reporting.figures import Figures
from models.reporting.reports import Report
from models.reporting.silence import Silent
from models.summaries import posts
from models.summaries.posts import Post


@dataclass(frozen=True)
class Summary:
    """What a unit's summary says, before it is put into anybody's words."""

    period: Period
    form: FormSpec
    unit: Unit
    at_close: Figures | None
    now: Figures
    indicators: Sequence[tuple[Indicator, object]]
    post: Post | None
    signer: Person | None
    seals: list[str]
    totals: Mapping[str, object]
    excused_late: int
    alerts: Sequence[Alert] = ()
    open_alerts: Sequence[Alert] = ()
    added: int = 0

    @property
    def shown(self) -> Figures:
        """The figures the sentence is about: as at close once there is a close, until then as they stand."""
        return self.at_close or self.now

    @property
    def moved(self) -> bool:
        """Whether something came in, or lapsed into missing, after the close."""
        return self.at_close is not None and self.at_close != self.now


def summary(session: Session, period: Period, unit: Unit) -> Summary:
    form = form_of(session, period)
    post = posts.get(session, period, unit)
    sealed = seals.of_period(session, period)
    return Summary(
        period=period,
        form=form,
        unit=unit,
        at_close=figures.at_close(session, period, unit),
        now=figures.now(session, period, unit),
        indicators=figures.indicators(form, figures.filled(session, period, unit)) if form.indicators else [],
        post=post,
        signer=session.get(Person, post.signed_by) if post and post.signed_by else None,
        seals=[s.short for s in sealed],
        totals=totals.shown(session, period, unit),
        alerts=_open_alerts(session, period, unit),
        open_alerts=alerts.listed(session, [unit]),
        excused_late=excuses.since_close(session, period, unit),
        added=figures.added(session, period, unit),
    )


def _open_alerts(session: Session, period: Period, unit: Unit) -> list[Alert]:
    """The alerts of the unit's rows in this period that nobody has closed; how many are open in all, `/alerts` and
    every summary say alike (`open_alerts`)."""
    found = alerts.open_in_period(session, period.id)
    if not found:
        return []
    about = [a.report_id for a in found]
    inside = session.exec(
        select(Report.id).where(figures.rows_of(session, period, unit), col(Report.id).in_(about))
    ).all()
    return [a for a in found if a.report_id in inside]


def values(it: Summary) -> dict[str, Any]:
    return frame(it.period, it.form) | {
        "unit": it.unit, "it": it, "f": it.shown, "now": it.now, "post": it.post, "signer": it.signer,
        "checked": it.post is not None and it.post.checked, "seals": it.seals, "closed": it.period.closed_at,
        "locked": it.period.phase == Phase.LOCKED,
    }  # fmt: skip


def silent_by_kind(session: Session, it: Summary) -> dict[str, Silent]:
    """Those who still owe a report, the kinds of silence apart."""
    return silence.kinds(session, figures.owed(session, it.period, it.unit), it.now.silent)


def group_content(session: Session, words: Words, it: Summary) -> Content:
    """Counts only; names of the silent if the assignment says so, and never a name beside an answer."""
    names = silent_by_kind(session, it) if it.period.name_silent and it.now.silent else None
    return words.content("summary_group", **values(it), names=names)


def lead_content(session: Session, words: Words, it: Summary) -> Content:
    """The same with the silent by name, the line to copy upward, and the check by one tap."""
    return words.content(
        "summary_lead", **values(it), names=silent_by_kind(session, it), below=checks(session, it.period, it.unit)
    )


def checks(session: Session, period: Period, unit: Unit) -> list[tuple[Unit, bool]]:
    """The units right below whose summaries are part of this one, each with whether somebody checked it."""
    below = parts_of(session, period, unit)
    checked = {p.unit_id for p in posts.of_units(session, period, [u.id for u in below]) if p.checked}
    return [(u, u.id in checked) for u in below]


def director_content(session: Session, house: House, lead: Person, unit: Unit, day: date) -> Content:
    """One message a day, exceptions only, about all that was asked of the whole and is summed up by now."""
    found = [
        p for p in periods.of_day(session, day) if root_of(session, p).id == unit.id and posts.get(session, p, unit)
    ]
    parts: list[Content] = []
    incidents = alerts.open_incidents(session, unit)
    for period in found:
        it = summary(session, period, unit)
        words = words_for(house, lead, period.timezone)
        parts.append(
            words.content(
                "summary_director",
                **values(it),
                below=checks(session, period, unit),
                exceptions=exceptions(session, it),
                several=len(found) > 1,
                alerted=alerted(session, it, words.locale),
                incidents=told_of(session, incidents, words.locale),
                first=not parts,
            )
        )
        incidents = []  # they belong to no period, and stand in the message once
    return Content("\n\n".join(p.text for p in parts), tuple(row for p in parts for row in p.buttons))


def exceptions(session: Session, it: Summary) -> list[tuple[Unit, Figures]]:
    """The units right below, and the rest asked through none of them, with somebody silent or something to tell."""
    parts = children(session, it.period, it.unit)
    rest = sum((f for _, f in parts), Figures())
    own = Figures(*(a - b for a, b in zip(it.now.counts(), rest.counts(), strict=True)))
    return [(unit, f) for unit, f in [(it.unit, own), *parts] if f.silent or f.filled]


def alerted(session: Session, it: Summary, locale: str) -> dict[int, list[dict[str, Any]]]:
    """The open alerts by the unit right below that they are of, or the unit itself: id → what `told_of` says."""
    if not it.alerts:
        return {}
    below = session.exec(select(Unit).where(Unit.parent_id == it.unit.id)).all()
    places = {unit.id: figures.places(session, it.period, unit) for unit in below}
    found: dict[int, list[Alert]] = {}
    for alert in it.alerts:
        unit_id = next((u for u, ids in places.items() if ids is None or alert.place_id in ids), it.unit.id)
        found.setdefault(unit_id, []).append(alert)
    return {unit_id: told_of(session, of, locale) for unit_id, of in found.items()}


def told_of(session: Session, found: Sequence[Alert], locale: str) -> list[dict[str, Any]]:
    """Alerts counted by what they are: title, number, who has taken them, and how many nobody has."""
    groups: dict[str, list[Alert]] = {}
    for alert in found:
        groups.setdefault(alert.rule, []).append(alert)
    return [
        {
            "title": say(of[0].title, locale),
            "n": len(of),
            "owners": sorted({session.get_one(Person, a.taken_by).name for a in of if a.taken_by}),
            "waiting": sum(a.waits for a in of),
        }
        for of in groups.values()
    ]


def children(session: Session, period: Period, unit: Unit) -> list[tuple[Unit, Figures]]:
    """The units right below and their figures."""
    parts = _parts(session, period, unit)
    found = figures.of_paths(session, period, parts)
    return [(part, found[path]) for path, part in parts.items()]


def parts_of(session: Session, period: Period, unit: Unit) -> list[Unit]:
    """The units that were right below in this period and whose figures are part of the tree's sum: no task force's
    view."""
    return list(_parts(session, period, unit).values())


def _parts(session: Session, period: Period, unit: Unit) -> dict[str, Unit]:
    """The same by the path they had then."""
    top = paths_in(session, period.id, [unit])[unit.id]
    inside = select(Place.unit_id).where(
        col(Place.path).startswith(top + "/", autoescape=True), ~col(Place.path).like(top + "/%/%")
    )
    query = select(Unit).where(or_(Unit.parent_id == unit.id, col(Unit.id).in_(inside))).order_by(Unit.rank)
    found = session.exec(query).all()
    then = paths_in(session, period.id, found)
    below = {then[u.id]: u for u in found if then[u.id].rpartition("/")[0] == top}
    there = figures.paths(session, period) if below else set()  # a leaf looks at nothing but its own
    return {path: u for path, u in below.items() if path in there}


def root_of(session: Session, period: Period) -> Unit:
    return session.get_one(Unit, session.get_one(Place, period.place_id).unit_id)


def post_unit(
    session: Session,
    house: House,
    period: Period,
    unit: Unit,
    now: datetime,
    *,
    lane: Lane = Lane.BULK,
    not_before: datetime | None = None,
) -> None:
    """Puts a unit's summary out, or brings the one that is out up to date: group chats, leads, or the director."""
    posts.put(session, period, unit, now)
    it = summary(session, period, unit)
    for group in addresses.groups(session, unit):
        content = group_content(session, words_for(house, None, period.timezone), it)
        key = f"group:{period.id}:{group.id}"
        cards.want(
            session, key, group, Kind.GROUP, content, now, lane=lane, not_before=not_before, anew=_is_final(session, it)
        )
    top = unit.id == root_of(session, period).id
    for lead in people.leads_of(session, unit, period.day):
        address = addresses.reachable(session, lead)
        if address:
            tell(session, house, it, lead, address, now, top=top, lane=lane, not_before=not_before)


def _is_final(session: Session, it: Summary) -> bool:
    """Complete or locked: worth a second post in a group where the first cannot be edited."""
    return it.period.phase == Phase.LOCKED or figures.complete(session, it.period, it.unit)


def tell(
    session: Session,
    house: House,
    it: Summary,
    lead: Person,
    address: Address,
    now: datetime,
    *,
    top: bool,
    lane: Lane,
    not_before: datetime | None = None,
) -> None:
    if people.directs(session, lead):
        if top and it.unit.parent_id is None:
            key = f"director:{it.period.day}:{address.id}"
            content = director_content(session, house, lead, it.unit, it.period.day)
            cards.want(session, key, address, Kind.SUMMARY, content, now, lane=lane, not_before=not_before)
        return  # the day's one message has it all
    key = f"summary:{it.period.id}:{it.unit.id}:{address.id}"
    if not cards.stands(session, key) and not prompts.may_ring(session, lead, address, it.period):
        return  # the day's noise budget is used up: the group has the figures, and /summary
    content = lead_content(session, words_for(house, lead, it.period.timezone), it)
    cards.want(session, key, address, Kind.SUMMARY, content, now, lane=lane, not_before=not_before)


def units_over(session: Session, period: Period, place_id: int) -> list[Unit]:
    """The units whose figures count a report of this place: its own and those above, up to the assignment's."""
    return units_over_all(session, period, [place_id])[place_id]


def units_over_all(session: Session, period: Period, wanted: Iterable[int]) -> dict[int, list[Unit]]:
    """The same for many places. A period keeps its names, so within a transaction this is found out once."""
    known: dict[tuple[int, int], list[Unit]] = session.info.setdefault("units over", {})
    places = periods.places(session, [place for place in wanted if (period.id, place) not in known])
    top = session.get_one(Place, period.place_id).path
    above = {it.id: [path for path in people.above(it.path) if people.is_below(path, top)] for it in places}
    then = {
        it.path: it.unit_id for it in periods.named(session, period.id, {p for paths in above.values() for p in paths})
    }
    for place, paths in above.items():
        upwards = sorted((path for path in paths if path in then), key=len, reverse=True)
        known[period.id, place] = [session.get_one(Unit, then[path]) for path in upwards]
    return {place: known[period.id, place] for place in wanted}


def report_changed(session: Session, house: House, period: Period, report: Report, now: datetime) -> None:
    """The summaries that count this report are written anew; one goes out as soon as nobody in its unit owes any."""
    reports_changed(session, house, period, [report], now)


def reports_changed(
    session: Session, house: House, period: Period, found: Sequence[Report], now: datetime
) -> None:  # fmt: skip
    """The same for many at once."""
    over = units_over_all(session, period, {report.place_id for report in found})
    units = {unit.id for above in over.values() for unit in above}
    posts.mark_stale(session, period, [report.id for report in found], units, now, moved=True)
    for place in figures.settled(session, period, list(over)):
        for unit in over[place]:  # from the reports' own unit upwards: where one is not complete, none above is
            if not figures.complete(session, period, unit):
                break
            if posts.get(session, period, unit) is None:
                post_unit(session, house, period, unit, now)
