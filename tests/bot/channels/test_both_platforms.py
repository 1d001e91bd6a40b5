"""One day of the real program on WeCom and on Telegram at once: one roster, one set of figures, two groups."""

from pathlib import Path

import pytest

from tests.platforms import CLOCK, ROBOT, TIMES, both, figures
from tests.support.program import Office, running
from tests.support.tomorrow import settle

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def test_a_day_on_both_platforms_has_the_same_figures_in_both_groups(database_url: str, tmp_path: Path) -> None:
    office = Office(tmp_path, database_url)
    settle(office, **TIMES)
    with both() as day, running(office, "run", *CLOCK, **day.settings) as program:
        for robot, telegram in day.live(office, program.port):
            assert figures(robot) == figures(telegram)
            assert "/8**" in robot
        program.stop()
        assert "Traceback" not in program.output
        assert ROBOT not in program.output
    assert "7 revisions" in office("verify").stdout
