"""Seals: whatever is changed, removed or inserted behind the program's back, `verify` finds and names it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from models.core.database import Database, connect
from models.core.errors import Refusal
from models.evidence import erasures, seals
from models.evidence.seals import Seal
from models.forms.spec import FormSpec
from models.forms.versions import FormVersion
from models.operations import audit_log
from models.reporting.reports import Report
from models.reporting.revisions import Revision, content_digest, revision_digest
from tests.models.evidence.tampering import missed_changes, verdict_on
from tests.support.filling import fill_health
from tests.support.world import World

TUESDAY = date(2026, 11, 24)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two days: zeros, forms, a late report, wards, corrections; the first day is locked, the second closed."""
    with _database(request, tmp_path_factory) as database:
        yield _two_days(World(database))


@contextmanager
def _database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("seals") / "zeroreport.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgresql")
        url = server.make(request.getfixturevalue("postgresql_template"))
    database = connect(url)
    try:
        yield database
    finally:
        database.close()
        if request.param == "postgresql":
            server.drop(url)


def _two_days(made: World) -> World:
    made.organisation(groups=False)
    made.assign()
    made.at("7:30")
    made.taps("李梅", "零报告")
    fill_health(made, "李梅", "36.5", begin="修改")
    fill_health(made, "张伟", "38.2")
    made.forges("张伟", f"wards.uncontacted.{made.report('刘大爷').id}")
    made.at("10:10")
    made.taps("钱丽", "零报告")
    made.at("0:01", TUESDAY)
    made.at("7:30", TUESDAY)
    made.taps("李梅", "零报告")
    made.at("10:10", TUESDAY)
    return made


@pytest.mark.sqlite
def test_untouched_records_are_sound(world: World) -> None:
    verdict = verdict_on(world, lambda session: None)
    assert (verdict.seals, verdict.revisions, verdict.differs) == (3, 6, [])
    assert verdict.reports == 30


ON_POSTGRESQL = pytest.mark.parametrize("world", ["postgresql"], indirect=True)  # test_every_column.py changes SQLite's


@ON_POSTGRESQL
def test_any_change_of_a_revision_is_found(world: World) -> None:
    assert missed_changes(world, Revision, {"id"}) == []


@ON_POSTGRESQL
def test_any_change_of_a_report_is_found(world: World) -> None:
    assert missed_changes(world, Report, {"id"}) == []


@ON_POSTGRESQL
def test_any_change_of_a_seal_is_found(world: World) -> None:
    assert missed_changes(world, Seal, {"id"}) == []


def test_a_change_is_named_with_day_unit_and_person(world: World) -> None:
    head = world.revisions("李梅")[0].id
    (differs, *_) = verdict_on(
        world, lambda session: session.execute(update(Revision).where(col(Revision.id) == head).values(statement="有"))
    ).differs
    assert differs[:2] == ("content", "health 2026-11-23 区局/一站 1005")
    assert differs[2].endswith("№1")


def _each_removal_is_found(world: World, table: type[Revision] | type[Seal]) -> None:
    with world.database.reading() as session:
        ids = session.exec(select(table.id)).all()
    assert ids
    for number in ids:
        gone = delete(table).where(col(table.id) == number)
        assert verdict_on(world, lambda session, gone=gone: session.execute(gone)).differs, number  # type: ignore[misc]


def test_removing_a_revision_is_found(world: World) -> None:
    _each_removal_is_found(world, Revision)


def test_inserting_a_revision_is_found_even_with_right_digests(world: World) -> None:
    last = world.revisions("李梅")[-1]

    def add(session: Session) -> None:
        forged = Revision(**last.model_dump() | {"id": None, "number": 3, "previous": last.digest, "kind": "zero"})
        forged.content_digest = content_digest(forged)
        forged.digest = revision_digest(forged, world.report("李梅").receipt)
        session.add(forged)
        session.flush()

    assert verdict_on(world, add).differs

    def add_and_point_to_it(session: Session) -> None:
        add(session)
        newest = seals.boundary(session).revision
        session.execute(
            update(Report).where(col(Report.id) == last.report_id).values(head_id=newest, state="zero")
        )  # fmt: skip

    assert verdict_on(world, add_and_point_to_it).differs


def test_a_whole_chain_written_anew_still_differs_from_the_seal(world: World) -> None:
    """Somebody who knows the program recomputes every digest of a report: the seal holds the old one."""
    first, second = world.revisions("李梅")

    receipt = world.report("李梅").receipt

    def rewrite(session: Session) -> None:
        previous = ""
        for revision in (session.get_one(Revision, first.id), session.get_one(Revision, second.id)):
            if revision.number == 1:
                revision.statement = "改过的话"
            revision.previous = previous
            revision.content_digest = content_digest(revision)
            previous = revision.digest = revision_digest(revision, receipt)
            session.add(revision)
            session.flush()

    assert {what for what, _, _ in verdict_on(world, rewrite).differs} == {"seal_body"}


def test_removing_or_inserting_a_report_is_found(world: World) -> None:
    silent = world.report("赵强").id
    assert verdict_on(world, lambda s: s.execute(delete(Report).where(col(Report.id) == silent))).differs

    def add(session: Session) -> None:
        row = session.get_one(Report, silent).model_dump() | {"person_id": None, "unit_id": 1}
        row.pop("id")
        session.execute(insert(Report).values(row))

    assert verdict_on(world, add).differs


def test_removing_any_seal_is_found(world: World) -> None:
    _each_removal_is_found(world, Seal)


def test_a_moved_deadline_or_a_changed_form_is_found(world: World) -> None:
    def later(session: Session) -> None:
        period = world.period(session)
        period.due_at += timedelta(hours=1)
        session.add(period)

    assert verdict_on(world, later).differs

    def reworded(session: Session) -> None:
        version = session.exec(select(FormVersion)).one()
        assert isinstance(version.spec, FormSpec)
        version.source = version.source.replace("无接触史", "有接触史")
        session.add(version)

    assert verdict_on(world, reworded).differs


def _erase(session: Session, number: int) -> None:
    erasures.erase(session, session.get_one(Revision, number), "1002", "本人要求", datetime(2026, 11, 25).astimezone())


def test_content_can_be_erased_and_the_chain_still_holds(world: World) -> None:
    first = world.revisions("李梅")[0]
    verdict = verdict_on(world, lambda session: _erase(session, first.id))
    assert (verdict.differs, verdict.erased) == ([], 1)


@pytest.mark.parametrize("left", [{}, {"statement": "别的话"}, {"statement": None, "answers": None, "reason": None}])
def test_content_without_its_salt_is_no_erasure_without_a_record_of_it(world: World, left: dict[str, None]) -> None:
    first = world.revisions("李梅")[0]
    without = update(Revision).where(col(Revision.id) == first.id).values(salt=None, **left)
    assert "content" in {what for what, *_ in verdict_on(world, lambda session: session.execute(without)).differs}


@pytest.mark.parametrize("put_back", [{"statement": "别的话"}, {"answers": {"temperature": 36.5}}, {"salt": "00"}])
def test_what_was_erased_stays_empty(world: World, put_back: dict[str, object]) -> None:
    first = world.revisions("李梅")[0]

    def forge(session: Session) -> None:
        _erase(session, first.id)
        session.execute(update(Revision).where(col(Revision.id) == first.id).values(**put_back))

    assert {what for what, *_ in verdict_on(world, forge).differs} == {"content"}


def test_an_erasure_says_why_and_happens_once(world: World) -> None:
    with Session(world.database.write) as session:
        first = session.get_one(Revision, world.revisions("李梅")[0].id)
        with pytest.raises(Refusal, match=r"erasures\.no_reason"):
            erasures.erase(session, first, "1002", "  ", datetime(2026, 11, 25).astimezone())
        _erase(session, first.id)
        with pytest.raises(Refusal, match=r"erasures\.erased"):
            _erase(session, first.id)
        assert (first.answers, first.statement, first.reason, first.salt) == (None, None, None, None)
        assert audit_log.entries(session, None, "")[0].what == "erase"
        session.rollback()


def test_a_published_seal_is_found_by_its_first_letters(world: World) -> None:
    with world.database.reading() as session:
        made = seals.of_period(session, world.period(session))
        assert [s.at for s in made] == ["close", "lock"]
        assert seals.with_prefix(session, made[0].short) == [made[0]]
        assert seals.with_prefix(session, "zzzz") == []
        assert seals.with_prefix(session, "%") == []


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_sealing_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(seals, "CHUNK", chunk)
    with world.database.reading() as session:
        period = world.period(session)
        state, after, rows = "", 0, 0
        while True:
            state, after, more = seals.fold(session, period, seals.At.LOCK, seals.Boundary(10**6, 10**6), state, after)
            rows += more
            if more < chunk:
                break
        assert (state, rows) == seals.body(session, period, seals.At.LOCK, seals.Boundary(10**6, 10**6))


def test_correcting_a_report_after_the_close_leaves_the_seal_of_the_close_sound(world: World) -> None:
    fill_health(world, "李梅", "37.0", begin="修改")
    assert verdict_on(world, lambda session: None).differs == []
