"""Render the pages' texts: Jinja templates from templates/web, in the viewer's language."""

from collections.abc import Callable
from functools import cache
from gettext import NullTranslations
from html import unescape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import HTTPConnection

TEMPLATES = Path(__file__).parents[2] / "templates"
LOCALES = ("zh_CN", "en")
LANGUAGE_COOKIE = "zeroreport_language"


class Fault(Exception):
    """Raised for a request that is refused. `key` names the macro in `templates/web/faults.html` that says why."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(status, key)
        self.status = status
        self.key = key


class Pages:
    """Renders what people see in a browser."""

    def __init__(self, translations: Callable[[str], NullTranslations]) -> None:
        self._translations = translations
        self._environment = cache(self._make)

    def _make(self, locale: str) -> Environment:
        made = Environment(
            loader=FileSystemLoader(TEMPLATES / "web"),
            extensions=["jinja2.ext.i18n"],
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        made.install_gettext_translations(self._translations(locale), newstyle=True)  # type: ignore[attr-defined]
        made.policies["ext.i18n.trimmed"] = True
        return made

    def render(self, template: str, locale: str, **values: object) -> str:
        return self._environment(locale).get_template(template).render(locale=locale, locales=LOCALES, **values)

    def fault(self, locale: str, key: str) -> str:
        """Return the sentence about a refusal, as plain text."""
        said = getattr(self._environment(locale).get_template("faults.html").module, key)()
        return unescape(said).strip()


def chosen_language(request: HTTPConnection) -> str | None:
    """Return the language chosen on the page, if there is one."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LOCALES else None


def locale_of(request: HTTPConnection) -> str:
    """Return the language chosen on the page, otherwise the browser's."""
    return chosen_language(request) or browser_language(request)


def browser_language(request: HTTPConnection) -> str:
    """Return the first of the browser's languages that we have, Chinese without one."""
    for asked in request.headers.get("accept-language", "").lower().split(","):
        if asked.strip().startswith(("zh", "en")):
            return "zh_CN" if asked.strip().startswith("zh") else "en"
    return "zh_CN"
