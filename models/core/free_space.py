"""Give back the space an SQLite database no longer needs, a little at a time, so that nothing waits for it.

`VACUUM` would hold the writer for as long as the whole file takes to copy. New files have `auto_vacuum=INCREMENTAL`
instead, and the night shortens them between everything else."""

from sqlalchemy import text
from sqlmodel import Session

MUCH, LITTLE = 1 / 3, 1 / 10  # of the file: free space from which some is given back, and space that stays free
PAGES = 1000  # in one transaction: 4 MB


def give_back(session: Session, *, begun: bool) -> bool:
    """Shorten the file by up to a chunk if much of it is free, or was when this was `begun`, and say whether there is
    more to do. PostgreSQL does this by itself."""
    if session.get_bind().dialect.name != "sqlite":
        return False
    pages, free = (session.execute(text(f"PRAGMA {of}")).scalar_one() for of in ("page_count", "freelist_count"))
    if free <= pages * (LITTLE if begun else MUCH):
        return False
    cursor = session.connection().connection.cursor()
    cursor.execute(f"PRAGMA incremental_vacuum({PAGES})")
    cursor.fetchall()  # frees one page for each row that is fetched
    return True
