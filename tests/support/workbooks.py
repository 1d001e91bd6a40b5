"""Make Excel files as people make them."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from hypothesis import strategies as st
from openpyxl import Workbook

from handlers.core.rendering import Renderer
from models.changes import roster_import
from models.core.errors import Refusal, Refusals


def workbook(adjust: Callable[[Workbook], None] | None = None, /, **sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return a workbook with these sheets; `adjust` may merge, format or hide before it is saved."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    if adjust:
        adjust(book)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def damaged(data: st.DataObject, book: bytes, pieces: Sequence[bytes]) -> bytes:
    """Return the workbook with up to 60 bytes of one of its parts replaced by one of the pieces."""
    broken = BytesIO()
    with zipfile.ZipFile(BytesIO(book)) as old, zipfile.ZipFile(broken, "w") as new:
        chosen = data.draw(st.sampled_from(old.namelist()))
        for name in old.namelist():
            text = old.read(name)
            if name == chosen:
                at = data.draw(st.integers(0, len(text)))
                end = data.draw(st.integers(at, min(len(text), at + 60)))
                text = text[:at] + data.draw(st.sampled_from(pieces)) + text[end:]
            new.writestr(name, text)
    return broken.getvalue()


def clerks_own() -> bytes:
    """Return a workbook with a merged title and a blank line above, running numbers, dates, numbers as numbers, and a
    unit over two rows."""

    def adjust(book: Workbook) -> None:
        page = book["花名册"]
        page.merge_cells("A1:G1")
        page.merge_cells("D5:D6")
        page["B5"].number_format = "00000"
        page.row_dimensions[7].hidden = True

    return workbook(
        adjust,
        说明=[["本表由办公室填报"]],
        花名册=[
            ["云溪区局2026年11月花名册"],
            [],
            ["制表：周敏", None, None, None, None, "2026-11-20"],
            ["序号", "工 号", "姓名*", "单位", "角色", "入职日期", "座机"],
            [1, 7, "王建国", "区局/一站", "负责人", date(2009, 7, 1), 13800000000],
            [2, 1001.0, "张伟", None, None, date(2015, 3, 2), "=1+1"],
            [3, "0012", " 李梅 ", "区局/二站", "", None, None],
            [4],
        ],
    )


def wrong_in(data: bytes) -> list[str]:
    """Return what is wrong with a roster, with sheet and line."""
    with pytest.raises((Refusal, Refusals)) as refused:
        roster_import.read(data)
    error = refused.value
    found = error.refusals if isinstance(error, Refusals) else [error]
    return [f"{it.sheet or ''}:{it.line or ''}:{Renderer('en').refusal(it)}" for it in found]
