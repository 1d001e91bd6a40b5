"""Write the duty tables that clerks send."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook


def book(rows: Sequence[Sequence[object]], *, merged: Sequence[str] = (), **more: Sequence[Sequence[object]]) -> bytes:
    """Return a workbook with these rows on its first sheet, and a sheet for each of `more` by its name."""
    made = Workbook()
    page = made.active
    page.title = "Sheet1"
    for row in rows:
        page.append(list(row))
    for cells in merged:
        page.merge_cells(cells)
    for name, others in more.items():
        other = made.create_sheet(name)
        for row in others:
            other.append(list(row))
    out = BytesIO()
    made.save(out)
    return out.getvalue()
