"""The file gives back at night the room it does not need, a little at a time."""

from pathlib import Path

import pytest
from sqlalchemy import text

from models.core import free_space
from models.core.database import connect

sqlite_only = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def fill(database, megabytes):
    with database.writing() as session:
        session.execute(text("CREATE TABLE ballast (it BLOB)"))
        for _ in range(megabytes * 64):
            session.execute(text("INSERT INTO ballast VALUES (zeroblob(16000))"))


@sqlite_only
def test_a_file_of_which_a_third_is_free_is_shortened_in_short_transactions(empty_database_url):
    database = connect(empty_database_url)
    fill(database, 12)
    with database.writing() as session:
        assert not free_space.give_back(session, begun=False)  # nothing is free
        session.execute(text("DELETE FROM ballast WHERE rowid % 2"))
    path = Path(database.write.url.database)
    rounds = 0
    while True:
        with database.writing() as session:
            if not free_space.give_back(session, begun=rounds > 0):
                break
        rounds += 1
    assert rounds > 1
    database.close()  # what was written goes into the file
    assert path.stat().st_size < 8 * 1024 * 1024


@sqlite_only
def test_what_is_free_by_the_way_is_kept_for_tomorrow(empty_database_url):
    database = connect(empty_database_url)
    fill(database, 4)
    with database.writing() as session:
        session.execute(text("DELETE FROM ballast WHERE rowid % 4 = 0"))
        assert not free_space.give_back(session, begun=False)
    database.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_server_sees_to_its_room_itself(database):
    with database.writing() as session:
        assert not free_space.give_back(session, begun=True)
