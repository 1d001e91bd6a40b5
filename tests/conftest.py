"""Say how the tests run: in which order, on which databases, and that nothing is skipped in silence."""

import gc
import os
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, suppress
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support import servers

# No test fails because the machine is busy, or by chance: the examples are the same each time. To look for others, run
# a test with `--hypothesis-profile=search`.
settings.register_profile("search", deadline=None)
settings.register_profile("everyday", deadline=None, derandomize=True)
settings.load_profile("everyday")

pytest_plugins = ["tests.support.databases", "tests.support.browsers"]
ROOT = Path(__file__).parent
WAITING = (  # for the real program, most of the time; the longest first
    "bot/channels/test_both_platforms.py",
    "bot/test_siege.py",
    "bot/workers/test_file_process.py",
    "bot/test_chaos.py",
    "bot/channels/telegram/test_run.py",
    "bot/web/test_demo_day.py",
    "bot/web/test_demo_tour.py",
    "bot/web/test_first_hour.py",
    "bot/test_run.py",
    "bot/test_killed_letters.py",
    "bot/test_reliability.py",
    "bot/test_outages.py",
    "bot/channels/telegram/test_proxy.py",
    "bot/channels/wecom/test_day.py",
    "bot/channels/wecom/test_crash.py",
    "test_architecture.py",
    "test_wheel.py",
    "bot/channels/telegram/test_other_servers.py",
    "bot/backups/test_killed_restores.py",
)
COMPUTING = (  # few tests of much work each; begun at the end, one of them would be waited for by itself
    "bot/web/dashboard/test_in_a_browser.py",
    "handlers/summaries/test_digests.py",
    "models/evidence/test_every_column.py",
    "bot/web/dashboard/test_admins_in_a_browser.py",
    "bot/states/test_databases.py",
    "bot/web/dashboard/test_filling_in_a_browser.py",
    "bot/web/test_page_habits.py",
    "models/evidence/test_seals.py",
    "handlers/summaries/test_ranges.py",
    "handlers/core/test_isolating.py",
    "bot/delivery/test_lost.py",
    "bot/workers/test_exports.py",
    "bot/backups/test_half_restored.py",
)


def _refuse_skip(report: Any) -> None:
    """Fail a skipped test: CI installs everything, so there a skip is a test that silently did not run."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("ZEROREPORT_NO_SKIP") == "1":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"skips are failures here: {reason}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start two processes for each core: half of what a test of the real program does is waiting."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Put the tests' files in memory, if there is room, because a disk would have each commit waited for. Parallel
    processes share one PostgreSQL, which their parent starts."""
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", stack.enter_context(servers.in_memory()))
    if not config.getoption("numprocesses", None):
        return
    with suppress(servers.Unavailable):  # the tests that need it say so
        os.environ["TEST_DATABASE_URL"] = stack.enter_context(servers.postgresql()).url


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report)
    return report


def _names(argnames: str | tuple[str, ...]) -> tuple[str, ...]:
    return (argnames,) if isinstance(argnames, str) else argnames


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    named = [name for mark in metafunc.definition.iter_markers("parametrize") for name in _names(mark.args[0])]
    if "database_kind" in metafunc.fixturenames and "database_kind" not in named:
        once = metafunc.definition.get_closest_marker("sqlite")
        metafunc.parametrize("database_kind", ["sqlite"] if once else ["sqlite", "postgresql"], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run files that wait long and files that compute long in turns, the longest of each first, so that none begins at
    the end."""
    size = Counter(item.path for item in items)
    waiting, computing = ([it for it in map(ROOT.joinpath, named) if it in size] for named in (WAITING, COMPUTING))
    computing += sorted(size.keys() - {*waiting, *computing}, key=lambda path: (-size[path], path))
    turns = chain.from_iterable(zip_longest(waiting, computing))
    place = {path: turn for turn, path in enumerate(turns) if path}
    items.sort(key=lambda item: place[item.path])


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what was loaded, and look less often: a tenth of a run went to it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
