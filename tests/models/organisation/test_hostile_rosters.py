"""Files that would harm whoever reads them, and files that are broken."""

import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.changes import roster_import
from models.core.errors import Refusal, Refusals
from models.spreadsheets import reader
from tests.support.workbooks import clerks_own, damaged, workbook, wrong_in

HEAD = ["工号", "姓名", "单位"]


def test_files_that_would_take_all_memory_are_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<row/>" * 1_000_000)
    assert "unpacks to far more" in wrong_in(bomb.getvalue())[0]
    entity = BytesIO()
    with zipfile.ZipFile(entity, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    assert "unpacks to far more" in wrong_in(entity.getvalue())[0]
    assert "larger than 10 MB" in wrong_in(b"x" * (reader.LARGEST + 1))[0]
    assert "an old Excel (.xls)" in wrong_in(b"\xd0\xcf\x11\xe0" + b"x" * 600)[0]
    monkeypatch.setattr(reader, "MOST_ROWS", 2)
    assert "more than 2 rows" in wrong_in(workbook(S=[HEAD, [1, "a", "x"], [2, "b", "x"]]))[0]
    assert "more than 2 rows" in wrong_in(b"staff_no,name,unit\n1,a,x\n2,b,x\n")[0]


SAMPLE = clerks_own()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=8), st.binary(max_size=200))
def test_no_bytes_whatsoever_make_reading_fail_otherwise_than_by_a_refusal(
    changes: list[tuple[int, int]], tail: bytes
) -> None:
    changed = bytearray(SAMPLE)
    for place, byte in changes:
        changed[place] = byte
    for data in (bytes(changed), SAMPLE[: len(tail) * 30] + tail, tail, b"PK\x03\x04" + tail):
        try:
            roster_import.look(data)
        except (Refusal, Refusals):
            pass


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_xml_inside_makes_reading_fail_otherwise_than_by_a_refusal(data: st.DataObject) -> None:
    broken = damaged(data, SAMPLE, [b"", b"-1", b"<", b"x", b'r="Z9"', b"9999999"])
    try:
        roster_import.look(broken)
    except (Refusal, Refusals):
        pass
