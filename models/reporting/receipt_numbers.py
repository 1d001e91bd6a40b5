"""Mint receipt numbers (docs/rules.md 18.1)."""

import secrets

from sqlalchemy import SQLColumnExpression, bindparam
from sqlmodel import Session, col, select

from models.core.database import ask
from models.cycle.periods import Period
from models.reporting.reports import Report

RECEIPT_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


_TAKEN = select(Report.receipt).where(
    Report.period_id == bindparam("period"), col(Report.receipt).in_(bindparam("receipts", expanding=True))
)


def mint(session: Session, period: Period, count: int) -> list[str]:
    """Return receipt numbers: four letters and digits, unique in their period; longer ones if those run short."""
    if not count:
        return []
    session.flush()  # so that receipts minted in this transaction count as well
    made: set[str] = set()
    for tries in range(400):
        wished = {"".join(secrets.choice(RECEIPT_LETTERS) for _ in range(4 + tries // 20)) for _ in range(count)} - made
        taken = ask(session, _TAKEN, period=period.id, receipts=list(wished)).scalars().all()
        made |= wished.difference(taken)
        if len(made) >= count:
            return list(made)[:count]
    raise RuntimeError("no receipt number is free")


def mint_one(session: Session, column: SQLColumnExpression[str], letters: int) -> str:
    """Return a number of so many letters and digits that this column does not hold yet."""
    while True:
        code = "".join(secrets.choice(RECEIPT_LETTERS) for _ in range(letters))
        if not session.execute(select(column).where(column == code)).first():
            return code
