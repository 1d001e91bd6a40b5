"""Files by the digest of their bytes: kept once, in parts, and there with the last of them."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, func, select

from models.core.database import Database
from models.files import blobs
from models.files.blobs import BlobPart
from models.operations import blob_retention

DATA = b"0123456789"


@pytest.fixture
def writing(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr(blobs, "PART", 4)
    with database.writing() as session:
        yield session


def parts(session: Session) -> int:
    return session.exec(select(func.count()).select_from(BlobPart)).one()


def test_a_file_is_there_with_its_last_part_and_not_before(writing: Session) -> None:
    file = blobs.described("a", "b/c", DATA)
    for number in (0, 2, 0):
        blobs.keep_part(writing, file, number, DATA)
    assert (parts(writing), blobs.find(writing, file.digest)) == (2, None)
    assert not blobs.sound(writing, {"digest": file.digest, "size": 10})
    assert blobs.keep(writing, "a", "b/c", DATA) == file
    assert (parts(writing), blobs.find(writing, file.digest)) == (3, DATA)
    assert blobs.sound(writing, {"digest": file.digest, "size": 10})


def test_the_same_bytes_are_kept_once_and_a_file_of_none_is_a_file(writing: Session) -> None:
    first, again = blobs.keep(writing, "a", "b/c", DATA), blobs.keep(writing, "d", "e/f", DATA)
    assert (first.digest, parts(writing)) == (again.digest, 3)
    assert blobs.data_of(writing, blobs.keep(writing, "a", "b/c", b"").digest) == b""


def test_a_file_whose_parts_stand_in_another_order_is_not_the_file(writing: Session) -> None:
    file = blobs.keep(writing, "a", "b/c", DATA)
    for part in writing.exec(select(BlobPart).order_by(BlobPart.number.desc())).all():  # type: ignore[attr-defined]
        part.number += 1
        writing.add(part)
        writing.flush()
    assert blobs.find(writing, file.digest) is None


def test_a_file_that_was_never_whole_goes_the_second_night(writing: Session) -> None:
    blobs.keep_part(writing, blobs.described("a", "b/c", DATA), 1, DATA)
    idle: set[str] = set()
    assert blob_retention.forget_blobs(writing, "", idle) == ""
    assert (parts(writing), len(idle)) == (1, 1)
    assert blob_retention.forget_blobs(writing, "", idle) == ""
    assert (parts(writing), idle) == (0, set())


def test_many_bytes_go_in_several_transactions(writing: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blob_retention, "BYTES", 15)
    for n in range(5):
        blobs.keep(writing, "a", "b/c", DATA + bytes([n]))
    idle: set[str] = set()
    assert blob_retention.forget_blobs(writing, "", idle) == ""
    left, after = [], blob_retention.forget_blobs(writing, "", idle)
    while after:
        left.append(parts(writing))
        after = blob_retention.forget_blobs(writing, after, idle)
    assert left == [9, 3]
    assert (parts(writing), idle) == (0, set())
