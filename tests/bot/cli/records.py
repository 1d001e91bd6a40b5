"""What stands in the database behind a terminal."""

import sqlite3

from tests.support.program import Office

DAY = "2026-11-23"


def tamper(office: Office, statement: str) -> None:
    with sqlite3.connect(office.folder / "zr.db") as connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


def people(office: Office) -> int:
    with sqlite3.connect(office.folder / "zr.db") as connection:
        (count,) = connection.execute("SELECT count(*) FROM person").fetchone()
    connection.close()
    return int(count)
