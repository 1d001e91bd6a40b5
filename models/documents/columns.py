"""Say which columns the tables of our layout have, and how wide each is, for Word and PDF alike."""

from collections.abc import Mapping, Sequence

UNITS = {
    "day": (
        "number", "name", "expected", "received", "zero", "filled", "silent", "excused", "late", "completeness",
        "checked",
    ),
    "range": ("number", "name", "expected", "received", "silent", "excused", "late", "completeness", "timeliness"),
}  # fmt: skip
DAYS = ("day", "expected", "received", "silent", "late", "completeness", "timeliness")
INDICATORS = ("label", "value", "total")
STEPS = ("number", "label", "who", "due", "closed", "minutes")  # of a runbook's run
NAMES = frozenset({"name", "label", "day"})  # what stands left, and has the width that is left
# mm; Chinese headings are two or three letters, English ones up to nine
CHINESE = {
    "number": 10, "zero": 13, "filled": 13, "completeness": 15, "timeliness": 15, "checked": 10, "value": 30,
    "total": 30, "who": 26, "due": 25, "closed": 25, "minutes": 17, "": 12,
}  # fmt: skip
ENGLISH = {
    "number": 9, "zero": 10, "late": 10, "filled": 14, "completeness": 17, "timeliness": 14, "value": 30, "total": 30,
    "who": 30, "due": 24, "closed": 24, "minutes": 15, "": 16,
}  # fmt: skip
WIDE = {"zh_CN": 156, "en": 170}  # mm between the margins


def units(about: str) -> tuple[str, ...]:
    """Return the columns of the table of units."""
    return UNITS["range" if about == "range" else "day"]


def widths(columns: Sequence[str], locale: str) -> dict[str, float]:
    """Return the width of each column in mm."""
    known: Mapping[str, int] = CHINESE if locale == "zh_CN" else ENGLISH
    fixed = {name: float(known.get(name, known[""])) for name in columns if name not in NAMES}
    return {name: fixed.get(name, WIDE[locale] - sum(fixed.values())) for name in columns}
