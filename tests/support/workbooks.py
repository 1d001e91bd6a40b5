"""Make Excel files as people make them."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

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
