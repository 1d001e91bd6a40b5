"""Provide the forms that come with the program, to use as they are or to start one's own from."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from handlers.core.locales import TEMPLATES
from models.forms import versions
from models.forms.versions import FormVersion

FOLDER = TEMPLATES / "forms"


def codes() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def source(code: str) -> str:
    """Return the YAML of one of `codes()`."""
    return (FOLDER / f"{code}.yaml").read_text(encoding="utf-8")


def known(session: Session) -> list[str]:
    """Return the codes of all forms that can be asked."""
    return sorted({*versions.codes(session), *codes()})


def untaken(session: Session, now: datetime) -> list[FormVersion]:
    """Return the forms that nobody uses yet, as version 1, not stored."""
    taken = versions.codes(session)
    return [FormVersion(code=c, number=1, digest="", source=source(c), at=now) for c in codes() if c not in taken]


def quizzes(session: Session, now: datetime) -> dict[str, str]:
    """Return the code of each quiz by what people may call it: its titles and its code."""
    forms = [it for code in known(session) if (it := latest(session, code, now))]
    return {name: it.code for it in forms if it.spec.quiz for name in (*it.spec.title.values(), it.code)}


def named(quizzes: Mapping[str, str], typed: str) -> str | None:
    """Return the code of the quiz that was typed, as `quizzes` returns them; `_` stands for a blank, or for itself."""
    return quizzes.get(typed.replace("_", " ").strip()) or quizzes.get(typed)


def latest(session: Session, code: str, now: datetime) -> FormVersion | None:
    """Return the newest version; of a form that nobody uses yet the first one, without an id."""
    return versions.latest(session, code) or next((v for v in untaken(session, now) if v.code == code), None)
