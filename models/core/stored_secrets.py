"""Secrets that the program makes for itself at its first start and keeps with the data."""

import secrets

from sqlmodel import Field, Session

from models.core.table import Table


class Secret(Table, table=True):
    name: str = Field(primary_key=True)
    value: str = Field(repr=False)


def made(session: Session, name: str) -> str:
    """Return the secret of this name (43 letters, digits, `-` and `_`), made when first asked for."""
    kept = session.get(Secret, name)
    if kept is None:
        kept = Secret(name=name, value=secrets.token_urlsafe(32))
        session.add(kept)
        session.flush()
    return kept.value
