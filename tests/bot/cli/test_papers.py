"""The official report from the command line."""

import io

from docx import Document
from pypdf import PdfReader

from tests.bot.cli.records import DAY
from tests.support.program import Office


def test_the_report_is_written_as_word_and_as_pdf(archive: Office) -> None:
    archive("export", "--day", DAY, "--task", "health", "--as", "pdf", "--output", "a.pdf")
    said = "".join(page.extract_text() for page in PdfReader(archive.folder / "a.pdf").pages)
    assert "2 of 10 expected reports came in" in said, said
    archive("export", "--day", DAY, "--task", "health", "--unit", "区局/一站", "--as", "word", "--output", "a.docx")
    made = Document(io.BytesIO((archive.folder / "a.docx").read_bytes()))
    assert any("1 of 6 expected reports came in from 一站" in it.text for it in made.paragraphs)


def test_what_cannot_be_written_is_said(archive: Office) -> None:
    assert "--task" in archive("export", "--day", DAY, "--as", "pdf", "--output", "b.pdf", code=2).stderr
    assert (
        "No tasks on 1 Jan"
        in archive("export", "--day", "2020-01-01", "--as", "pdf", "--output", "b.pdf", code=2).stderr
    )
    assert archive("export", "--roster", "--as", "pdf", "--output", "b.pdf", code=2).stderr
