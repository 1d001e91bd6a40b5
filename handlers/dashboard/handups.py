"""Gather the dashboard's page *Handed up*: what other programs handed up, opened into counts, and what went to the
superior, with its receipts (docs/rules.md 40)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View, table
from models.handup import reach
from models.handup.hand_ups import HandUp
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner
from models.handup.reach import Log
from models.handup.requests import PartnerRequest
from models.handup.told import COUNTS

DAYS, SHOWN = timedelta(days=31), 200
COLUMNS = ("way", "day", "task", "partner", "version", "state", "at", *COUNTS, "seal")


@dataclass
class HandUps:
    """The page: what came in and what went up in the last month, who has handed up nothing today,
    and the requests between the programs."""

    log: Log = field(default_factory=lambda: Log([], []))
    missing: list[Partner] = field(default_factory=list)
    asked: list[tuple[PartnerRequest, Partner]] = field(default_factory=list)
    more: bool = False


def gather(context: Context, view: View) -> HandUps:
    session, reader = context.session, view.reader
    every = reach.log(session, reader, context.today, context.now - DAYS, SHOWN + 1)
    asked = reach.asked(session, reader, context.today, context.now - DAYS, SHOWN + 1)
    more = any(len(it) > SHOWN for it in (every.sent, every.taken, asked))
    shown = Log(every.sent[:SHOWN], every.taken[:SHOWN])
    return HandUps(shown, reach.missing(session, reader, context.today), asked[:SHOWN], more)


def _asked(it: PartnerRequest, partner: Partner) -> dict[str, Any]:
    return {
        "way": "sent" if it.person_id else "received", "partner": partner.name, "unit": it.unit, "receipt": it.receipt,
        "words": it.words, "at": it.at.isoformat(), "state": it.state, "decision": it.decision,
        "note": it.note if it.decision else "",
        "decided_at": it.decided_at.isoformat() if it.decided_at else None,
        "withdrawn_at": it.withdrawn_at.isoformat() if it.withdrawn_at else None,
    }  # fmt: skip


def _taken(it: HandedUp, partner: Partner) -> dict[str, Any]:
    return {
        "way": "received", "day": it.body["day"], "task": it.task, "partner": partner.name, "version": it.version,
        "state": "received", "at": it.at.isoformat(), **{name: it.body["figures"][name] for name in COUNTS},
        "seal": it.receipt.get("seal"),
    }  # fmt: skip


def _sent(it: HandUp, partner: Partner) -> dict[str, Any]:
    return {
        "way": "sent", "day": it.body["day"], "task": it.body["task"], "partner": partner.name, "version": it.version,
        "state": str(it.state), "at": it.at.isoformat(), **{name: it.body["figures"][name] for name in COUNTS},
        "seal": it.body.get("seal"),
    }  # fmt: skip


def data(view: View, page: HandUps) -> dict[str, Any]:
    """Return the page as data for programs."""
    return {
        "received": [_taken(*it) | {"units": it[0].body["units"]} for it in page.log.taken],
        "sent": [_sent(*it) for it in page.log.sent],
        "requests": [_asked(*it) for it in page.asked],
        "more": page.more,
        "missing": [it.name for it in page.missing],
    }


def rows(view: View, page: HandUps) -> Iterator[list[object]]:
    """Return both as a table."""
    return table(COLUMNS, [*(_taken(*it) for it in page.log.taken), *(_sent(*it) for it in page.log.sent)])


PAGE = Page("handups", "handups", LEAD, gather, data, rows, Group.WORD)
