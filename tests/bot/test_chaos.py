"""A short working day under fire; `python -m tests.chaos` plays the long one."""

from pathlib import Path

import pytest

from models.core.database import connect
from tests.chaos import day as days
from tests.chaos import judging
from tests.support.cluster import cluster
from tests.support.servers import Unavailable

FEW, SPEED = 30, 60.0


def test_on_one_file_nothing_is_lost_doubled_or_done_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'zeroreport.db'}"
    with days.begun(tmp_path, url, FEW, SPEED) as day:
        day.suffer([day.kill_a_program, day.fill_the_disk, day.set_the_clock_ahead, day.lose_replies])
        _ends_well(day, url)


def test_on_a_server_that_stops_and_fails_over_nothing_is_lost_doubled_or_done_twice(tmp_path: Path) -> None:
    try:
        with cluster() as server, days.begun(tmp_path, server.url, FEW, SPEED, server) as day:
            day.suffer([day.stop_the_database_for_long, day.set_the_clock_back, day.fail_over, day.cut_the_network])
            _ends_well(day, server.url)
    except Unavailable as reason:
        pytest.skip(str(reason))


def _ends_well(day: days.Day, url: str) -> None:
    days.finish(day, url)
    database = connect(url)
    try:
        with database.reading() as session:
            assert judging.faults(day, session) == []
    finally:
        database.close()
