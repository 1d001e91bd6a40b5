"""Make Excel files as people make them."""

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from hypothesis import strategies as st
from openpyxl import Workbook


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
