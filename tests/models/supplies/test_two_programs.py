"""Two programs hand out the last box at once, and one dies between the movement and the confirmation."""

import multiprocessing
import signal
from decimal import Decimal

from sqlmodel import select

from models.core.database import Database, connect
from models.evidence.verdicts import Verdict
from models.evidence.verified_sums import check
from models.supplies import handouts, movements, transfers
from models.supplies.handouts import Handing
from tests.models.supplies import clerk, depot

PROCESSES = multiprocessing.get_context("forkserver")  # loads the program once, and begins as many as are wanted
PROCESSES.set_forkserver_preload([clerk.__name__])


class Program:
    """A program that hands out one mask, or does something else with it, when it is told to."""

    def __init__(self, url: str, dies: str = "never", does: str = "hand out") -> None:
        self.door, theirs = PROCESSES.Pipe()
        self.process = PROCESSES.Process(target=clerk.run, args=(url, dies, does, theirs))
        self.process.start()
        theirs.close()
        assert self.says() == "ready"

    def says(self) -> str:
        """Return what it says next, "" once it is dead."""
        assert self.door.poll(60)
        try:
            return str(self.door.recv())
        except EOFError:
            return ""


def go(*programs: Program) -> list[str]:
    """Let them all begin at once; return what each says."""
    for it in programs:
        it.door.send("go")
    said = [it.says() for it in programs]
    for it in programs:
        it.process.join(60)
        it.door.close()
    return said


def sent(url: str) -> Database:
    """Return a database with one mask that is on the way to the other store."""
    database = stocked(url)
    with database.writing() as session:
        item, store, *_ = depot.things(session)
        transfers.send(session, item, store, depot.other(session), Decimal(1), depot.told(session))
    return database


def stands(database: Database) -> tuple[Decimal, Decimal, Decimal]:
    """Return what the first store holds, what is on the way to the other, and what that holds."""
    left(database)
    with database.reading() as session:
        _, store, *_ = depot.things(session)
        found = {it.id: (held, coming) for _, it, held, coming in movements.held(session, range(9))}
        held, coming = found.get(depot.other(session).id, (Decimal(0), Decimal(0)))
        return found[store.id][0], coming, held


def stocked(url: str) -> Database:
    """Return a database with one mask."""
    database = connect(url)
    with database.writing() as session:
        depot.found(session, "1")
    return database


def left(database: Database) -> Decimal:
    with database.reading() as session:
        item, store, *_ = depot.things(session)
        verdict = Verdict()
        check(session, verdict)
        assert verdict.differs == []
        return movements.balance(session, item, store)


def test_of_two_programs_that_hand_out_the_last_box_one_is_refused(database_url: str) -> None:
    database = stocked(database_url)
    try:
        assert sorted(go(Program(database_url), Program(database_url))) == ["done", "supplies.short"]
        assert left(database) == 0
    finally:
        database.close()


def test_a_program_that_dies_before_the_commit_has_handed_out_nothing(database_url: str) -> None:
    database = stocked(database_url)
    try:
        dying = Program(database_url, "before")
        assert go(dying) == [""]
        assert dying.process.exitcode == -signal.SIGKILL
        assert left(database) == 1
        assert go(Program(database_url)) == ["done"], "nothing of the dead program holds the box"
    finally:
        database.close()


def test_a_program_that_dies_after_the_commit_leaves_something_to_confirm(database_url: str) -> None:
    database = stocked(database_url)
    try:
        assert go(Program(database_url, "after")) == ["done"]
        assert left(database) == 0
        with database.writing() as session:
            handing = session.exec(select(Handing)).one()
            assert handouts.due(session, depot.NOW + handouts.PATIENCE) is not None, "the keeper will be told"
            assert handouts.confirm(session, handing, depot.keeper(session), depot.NOW)
            assert not handouts.confirm(session, handing, depot.keeper(session), depot.NOW), "once is enough"
        assert left(database) == 0
    finally:
        database.close()


def test_of_two_programs_that_send_the_last_box_one_is_refused(database_url: str) -> None:
    database = stocked(database_url)
    try:
        one, two = Program(database_url, does="send"), Program(database_url, does="hand out")
        assert sorted(go(one, two)) == ["done", "supplies.short"]
        assert sum(stands(database)[::2]) == 0
    finally:
        database.close()


def test_what_two_programs_confirm_at_once_arrives_once(database_url: str) -> None:
    database = sent(database_url)
    try:
        assert sorted(go(*(Program(database_url, does="confirm") for _ in range(2)))) == ["again", "done"]
        assert stands(database) == (0, 0, 1)
        assert sorted(go(*(Program(database_url, does="reverse") for _ in range(2)))) == ["done", "supplies.undone"]
        assert stands(database) == (1, 0, 0)
    finally:
        database.close()


def test_what_one_program_confirms_while_another_takes_it_back_is_in_one_store(database_url: str) -> None:
    database = sent(database_url)
    try:
        said = go(Program(database_url, does="confirm"), Program(database_url, does="take back"))
        assert sorted(said) in (["done", "supplies.arrived"], ["done", "supplies.taken_back"])
        assert sorted(stands(database)) == [0, 0, 1]
        assert stands(database)[1] == 0
    finally:
        database.close()


def test_a_program_that_dies_before_the_commit_leaves_what_it_confirmed_on_the_way(database_url: str) -> None:
    database = sent(database_url)
    try:
        assert go(Program(database_url, "before", "confirm")) == [""]
        assert stands(database) == (0, 1, 0)
        assert go(Program(database_url, does="confirm")) == ["done"]
        assert stands(database) == (0, 0, 1)
    finally:
        database.close()
