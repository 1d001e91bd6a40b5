"""What was acknowledged is on disk: killed among many taps, on a full disk, when the database drops everybody."""

import queue
import random
import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from models.core.database import connect
from models.reporting.revisions import Revision
from tests.support.crowd import filed, me, prompts, staff
from tests.support.program import SOON, Office, Phone, Program, running, until
from tests.support.tomorrow import NEXT, clock

MANY = 200
AT_ONCE = 12
ONLY_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Office:
    return Office(tmp_path, database_url)


def test_killed_in_the_middle_of_many_taps_every_acknowledged_report_is_on_disk(office: Office) -> None:
    database = connect(office.url)
    phones = staff(database, MANY)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    after = random.randrange(MANY // 10, MANY * 2 // 3)
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, MANY)
        acknowledged = _tap_until_killed(program, phones, asked, after)
    assert after <= len(acknowledged) < MANY
    lost = acknowledged - filed(database)
    assert not lost, f"killed after {after}: {len(lost)} acknowledged reports are lost"
    with running(office, "run", *clock("07:45", 60)) as program:
        again = [phone for n, phone in enumerate(phones) if n % 5 == 0 or me(phone) not in acknowledged]
        assert _tap_all(program, again, asked) == {me(phone) for phone in again}  # the others, and some a second time
        program.stop()
    assert len(filed(database)) == MANY
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Revision)).one() == MANY
    assert f"{MANY} revisions" in office("verify").stdout
    database.close()


def _tap_until_killed(program: Program, phones: list[Phone], asked: dict[str, tuple[int, str]], after: int) -> set[str]:
    """Let all tap at once, and kill the program after that many acknowledgements; return who was told that it was
    recorded."""
    waiting: queue.SimpleQueue[Phone] = queue.SimpleQueue()
    for phone in phones:
        phone.port = program.port
        waiting.put(phone)
    told: list[str] = []
    enough = threading.Event()

    def tap() -> None:
        while not waiting.empty():
            try:
                phone = waiting.get_nowait()
                reply = phone.tap(me(phone), asked[me(phone)])
            except (OSError, HTTPException, ValueError, queue.Empty):  # killed in mid-answer, or nobody is left
                return
            if reply.status == 200 and "回执" in (reply.json["toast"] or ""):
                told.append(me(phone))
            if len(told) >= after:
                enough.set()

    threads = [threading.Thread(target=tap) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    assert enough.wait(60)
    program.kill()
    for thread in threads:
        thread.join()
    return set(told)


def _tap_all(program: Program, phones: list[Phone], asked: dict[str, tuple[int, str]]) -> set[str]:
    def tap(phone: Phone) -> str | None:
        phone.port = program.port
        reply = phone.tap(me(phone), asked[me(phone)])
        return me(phone) if reply.status == 200 and "回执" in (reply.json["toast"] or "") else None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return {account for account in pool.map(tap, phones) if account}


@ONLY_SQLITE
@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux changes the limits of a running program")
def test_with_a_full_disk_people_are_told_and_the_program_goes_on_when_there_is_room(office: Office) -> None:
    database = connect(office.url)
    one, other = staff(database, 2)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, 2)
        one.port = other.port = program.port
        assert one.tap(me(one), asked[me(one)]).status == 200
        _room(program, 1)
        for refused in (other.tap(me(other), asked[me(other)]), other.say(me(other), "零报告")):
            assert refused.status == 503
            assert "尚未记录" in refused.json["error"]
        assert [m["text"] for m in other.messages(me(other)) if m["author"]] == []
        assert filed(database) == {me(one)}
        _room(program, resource.RLIM_INFINITY)
        until(lambda: other.tap(me(other), asked[me(other)]).status == 200)
        assert filed(database) == {me(one), me(other)}
        until(lambda: program.get("/healthz").status == 200)
        assert program.stop() < SOON
        assert program.process.returncode == 0
    assert "2 revisions" in office("verify").stdout
    database.close()


def _room(program: Program, size: int) -> None:
    """Let no file of the program grow beyond this any more: every write fails, as on a full disk."""
    _, hard = resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_database_that_drops_everybody_is_taken_up_again(office: Office) -> None:
    database = connect(office.url)
    (one,) = staff(database, 1)
    office("assign", "health", "--unit", "区局", "--calendar", f"once:{NEXT}")
    with running(office, "run", *clock("07:29:45", 60)) as program:
        asked = prompts(database, 1)
        one.port = program.port
        with database.writing() as session:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            session.execute(text(f"{others} AND pid <> pg_backend_pid()"))
        assert one.tap(me(one), asked[me(one)]).status == 200
        until(lambda: program.get("/healthz").status == 200)
    assert filed(database) == {me(one)}
    database.close()
