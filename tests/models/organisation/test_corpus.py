"""Files as clerks make them are taken right, or refused with everything that is wrong, or asked about: nothing is lost
without a word."""

import pytest

from handlers.core.rendering import Renderer
from models.changes import file_readings
from models.changes.file_readings import Reading
from tests.models.organisation.corpus import CASES, Case


def said(reading: Reading) -> tuple[list[str], list[str]]:
    words = Renderer("en")
    wrong = [f"{it.sheet or ''}:{it.line or ''}:{it.column or ''}:{words.refusal(it)}" for it in reading.wrong]
    return [words.refusal(it) for it in reading.notes], wrong


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_clerks_file_gives_what_it_must(case: Case) -> None:
    read = file_readings.read(case.name, case.data)
    assert (read.question.kind if read.question else "") == case.asked, said(read)
    if case.asked:
        lines = b"".join(file_readings.written(read)).split(b"\n")
        tables = file_readings.restored(lines).tables
        assert tables, "what was read is kept until the answer"
        read = file_readings.of_tables(tables, case.then)
    notes, wrong = said(read)
    assert [(row.staff_no, row.name, row.unit) for row in read.rows if not wrong] == list(case.people), (notes, wrong)
    assert len(wrong) == len(case.wrong), wrong
    for words in case.wrong:
        assert any(words in it for it in wrong), wrong
    for words in case.notes:
        assert any(words in it for it in notes), notes


@pytest.mark.parametrize("case", [case for case in CASES if case.wrong or case.asked], ids=lambda case: case.name)
def test_what_is_said_of_a_file_is_said_in_chinese_too(case: Case) -> None:
    read = file_readings.read(case.name, case.data)
    words = Renderer("zh_CN")
    for it in [*read.wrong, *read.notes, *([read.unanswered] if read.unanswered else [])]:
        assert not words.refusal(it).isascii()
