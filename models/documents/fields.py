"""List what a Word template may show: the fields, and the lists with what each of their lines has."""

from collections.abc import Mapping

FIGURES = (
    "expected", "received", "zero", "filled", "not_reached", "silent", "excused", "late", "proxy", "completeness",
    "timeliness",
)  # fmt: skip
TEXTS = (
    "organisation", "unit", "unit_path", "title", "task", "period", "as_at", "overview", "changes", "nothing",
    "checked", "checked_by", "checked_at", "seal", "date", "written_at", "written_by", *FIGURES,
)  # fmt: skip
LISTS: Mapping[str, tuple[str, ...]] = {
    "units": (
        "number", "name", "expected", "received", "zero", "filled", "silent", "excused", "late", "completeness",
        "timeliness", "checked",
    ),
    "days": ("day", "expected", "received", "silent", "late", "completeness", "timeliness"),
    "indicators": ("label", "value", "total"),
    "exceptions": ("label", "text"),
}  # fmt: skip
LOOP = ("index", "index0", "first", "last", "length", "revindex")  # of `loop`, in a loop
OURS: Mapping[str, tuple[str, ...]] = {"steps": ("number", "label", "who", "due", "closed", "minutes")}
"""Lists that our own layouts have besides, and no organisation's template."""
