"""Giving back the room an SQLite database does not need any more, a little at a time: nothing waits for it."""

from sqlalchemy import text
from sqlmodel import Session

MUCH, LITTLE = 1 / 3, 1 / 10  # of the file: what has to be free before any of it is given back, and what stays free
PAGES = 1000  # in one transaction: 4 MB


def give_back(session: Session, *, begun: bool) -> bool:
    """Shortens the file by up to a chunk where much of it is free, or was when this was `begun`; says whether there is
    more to do. PostgreSQL sees to that itself."""
    if session.get_bind().dialect.name != "sqlite":
        return False
    pages, free = (session.execute(text(f"PRAGMA {of}")).scalar_one() for of in ("page_count", "freelist_count"))
    if free <= pages * (LITTLE if begun else MUCH):
        return False
    cursor = session.connection().connection.cursor()
    cursor.execute(f"PRAGMA incremental_vacuum({PAGES})")
    cursor.fetchall()  # it takes a step for each page
    return True
