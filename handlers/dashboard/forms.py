"""Compose the words of a command from the fields of a page's form, so that the chat reads and judges them."""

from collections.abc import Callable, Mapping

Fields = Mapping[str, str]


def words(told: Fields) -> str:
    """Return the command that a form stands for; "" if it stands for none or lacks a field that the command needs."""
    compose = FORMS.get(told.get("command", ""))
    return compose(told) if compose else ""


def _line(told: Fields, name: str) -> str:
    return " ".join(told.get(name, "").split())


def _word(told: Fields, name: str) -> str:
    return "".join(told.get(name, "").split())


def _add_person(told: Fields) -> str:
    """`/people add number name unit [role] [reporter]`."""
    number, name, unit = _word(told, "number"), _line(told, "name"), _line(told, "unit")
    if not (number and name and unit):
        return ""
    return " ".join(["/people add", number, name, unit, _word(told, "role"), _word(told, "reporter")]).strip()


def _move_person(told: Fields) -> str:
    """`/people move number unit`."""
    number, unit = _word(told, "number"), _line(told, "unit")
    return f"/people move {number} {unit}" if number and unit else ""


def _times(told: Fields) -> str:
    """`/assign times code name=value…`, with the times that were changed only: the others keep their distance from the
    due time, as in the chat."""
    changed = [
        f"{name}={_line(told, name).replace(' ', '_')}"
        for name in ("opens", "remind", "due", "summary", "summary_root", "escalate", "lock", "calendar")
        if _line(told, name) and _line(told, name) != _line(told, f"was_{name}")
    ]
    code = _word(told, "code")
    return " ".join(["/assign times", code, *changed, _line(told, "day")]).strip() if code and changed else ""


def _export(told: Fields) -> str:
    """`/export from..to [task] unit kind`."""
    first, last, unit = _word(told, "from"), _word(told, "to"), _line(told, "unit")
    if not (first and last and unit):
        return ""
    first, last = sorted((first, last))
    words = ["/export", f"{first}..{last}", _word(told, "task"), unit, _word(told, "kind") or "xlsx"]
    return " ".join(filter(None, words))


FORMS: Mapping[str, Callable[[Fields], str]] = {
    "people.add": _add_person, "people.move": _move_person, "assign.times": _times, "export": _export,
}  # fmt: skip
