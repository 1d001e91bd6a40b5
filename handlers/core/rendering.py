"""Turn templates and catalogs into content: every word that people see passes here."""

import html
import io
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from handlers.core.button_values import LONGEST, written
from models.core.errors import Note, Refusal
from models.files.records import File
from models.forms.spec import say
from models.messaging.contents import Button as Button
from models.messaging.contents import Content as Content

TEMPLATES = Path(__file__).parents[2] / "templates"
LOCALES = ("zh_CN", "en")
ENGLISH = "en"  # the templates' own language, the one without a catalog
DEFAULT_ZONE = "Asia/Shanghai"
_zone: ContextVar[ZoneInfo] = ContextVar("zone")  # of what is being rendered
_keys: ContextVar[list[list[Button]]] = ContextVar("keys")  # the rows of buttons under it


@cache
def translations(locale: str) -> NullTranslations:
    """Return the catalog of a locale, compiled as it is read; the .po file is the only one kept."""
    if locale == ENGLISH:
        return NullTranslations()
    with (TEMPLATES / "locale" / locale / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalog = read_po(source, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)


def percent(value: float | None, locale: str) -> str:
    """Return a rate in per cent with at most one decimal; what is short of the whole is never shown as 100."""
    if value is None:
        return str(translations(locale).gettext("n/a"))
    rounded = round(value * 100, 1)
    return format_decimal(min(rounded, 99.9) if value < 1 else rounded, "#,##0.#", locale=locale) + "%"


class Renderer:
    """Renders templates in one locale and one time zone; in a rehearsal each message begins by saying so."""

    def __init__(self, locale: str, zone: str = DEFAULT_ZONE, *, rehearsal: bool = False) -> None:
        self._rehearsal = rehearsal
        self.locale = locale if locale in LOCALES else LOCALES[0]
        self.zone = ZoneInfo(zone)

    def content(self, template: str, /, *, file: File | None = None, **values: Any) -> Content:
        """Render `templates/chat/<folder>/<name>.j2` as a message; `button()` and `row()` in it make its buttons."""
        rows: list[list[Button]] = [[]]
        text = self._render(f"chat/{template}.j2", _environment(self.locale, html_text=True), values, rows)
        if self._rehearsal:
            text = f"{escape(self.line('core/rehearsal'))}\n{text}"
        return Content(text, tuple(tuple(r) for r in rows if r), file)

    def line(self, template: str, /, **values: Any) -> str:
        """Render the same as plain text, for toasts, files and the command line."""
        return self._render(f"chat/{template}.j2", _environment(self.locale, html_text=False), values, [[]])

    def told(self, template: str, /, **values: Any) -> str:
        """Render `templates/cli/<template>.j2`: the text of the command line."""
        return self._render(f"cli/{template}.j2", _environment(self.locale, html_text=False), values, [[]])

    def page(self, template: str, /, **values: Any) -> str:
        """Render `templates/print/<template>.j2`: a page of HTML to give away as a file."""
        return self._render(f"print/{template}.j2", _environment(self.locale, html_text=True), values, [[]])

    def refusal(self, refusal: Refusal | Note) -> str:
        """Return the sentence for a refusal, or for a note about a file, as plain text."""
        room, _, macro = refusal.key.rpartition(".")
        module = _environment(self.locale, html_text=False).get_template(f"refusals/{room}.j2").module
        with _rendering(self.zone, [[]]):
            return str(getattr(module, macro)(**self.spoken(refusal.values))).strip()

    def spoken(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values of a sentence in this language: lists joined, words that are told by language chosen."""
        return {
            name: say(value, self.locale) if isinstance(value, Mapping) else self._plain(value)
            for name, value in values.items()
        }

    def plain(self, content: Content) -> str:
        """Return what a content says, without its markup."""
        return html.unescape(re.sub(r"<[^>]+>", "", content.text))

    def _plain(self, value: object) -> object:
        if isinstance(value, list | tuple):
            return _joined([say(it, self.locale) if isinstance(it, Mapping) else it for it in value], self.locale)
        return _dayed(value, self.locale) if isinstance(value, date) and not isinstance(value, datetime) else value

    def _render(self, name: str, environment: Environment, values: dict[str, Any], rows: list[list[Button]]) -> str:
        with _rendering(self.zone, rows):
            text = environment.get_template(name).render(values)
        return "\n".join(line.rstrip() for line in text.strip().splitlines())


@contextmanager
def _rendering(zone: ZoneInfo, rows: list[list[Button]]) -> Iterator[None]:
    """Set the zone and the buttons of one rendering; a rendering within another leaves those of the outer one as they
    were."""
    was, had = _zone.set(zone), _keys.set(rows)
    try:
        yield
    finally:
        _zone.reset(was)
        _keys.reset(had)


class _Environment(Environment):
    """A Jinja environment whose globals are there before any template is, so each template gets a copy: a plain dict is
    quicker to read."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


@lru_cache(maxsize=8)
def _environment(locale: str, *, html_text: bool) -> Environment:
    environment = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=html_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    catalog = translations(locale)
    environment.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
    environment.globals["gettext"] = _gettext(catalog, Markup if html_text else str)
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals |= {"button": _button, "row": _row, "locale": locale}
    of_locale: dict[str, Callable[..., str]] = {
        "day": _day, "weekday": _weekday, "moment": _moment, "percent": _percent, "number": _number,
        "listed": _listed, "said": _said, "second": _second, "month": _month, "before_digits": _before_digits,
    }  # fmt: skip
    environment.filters |= {name: partial(it, locale) for name, it in of_locale.items()}
    environment.filters |= {"time": _time, "wall": _wall}
    return environment


def _gettext(catalog: NullTranslations, kind: type[str]) -> Callable[..., str]:
    """Return what Jinja's own gives, but look each message up in the catalog once."""

    @lru_cache(maxsize=4096)
    def told(message: str) -> str:
        return kind(catalog.gettext(message))

    def gettext(message: str, **values: object) -> str:
        return told(message) % values

    return gettext


def _button(label: str, action: str, *values: object) -> str:
    data = ".".join([action, *map(written, values)])
    if len(data.encode()) > LONGEST:
        raise ValueError(f"button data is longer than {LONGEST} bytes: {data}")
    _keys.get()[-1].append(Button(html.unescape(str(label)), data))
    return ""


def _row() -> str:
    _keys.get().append([])
    return ""


@lru_cache(maxsize=1024)
def _dated(day: date, locale: str, pattern: str) -> str:
    return format_date(day, pattern, locale=locale)


def _dayed(day: date, locale: str) -> str:
    return _dated(day, locale, "M月d日" if locale == "zh_CN" else "d MMM")


def _joined(values: Sequence[object], locale: str) -> str:
    return ("、" if locale == "zh_CN" else ", ").join(str(v) for v in values)


# The filters. An environment belongs to one locale, so that what templates share is read once.


def _time(at: datetime) -> str:
    return f"{at.astimezone(_zone.get()):%H:%M}"


def _wall(at: datetime) -> str:
    return f"{at.astimezone(_zone.get()):%H:%M:%S}"


def _day(locale: str, day: date | datetime) -> str:
    if isinstance(day, datetime):
        day = day.astimezone(_zone.get()).date()
    return _dayed(day, locale)


def _weekday(locale: str, day: date) -> str:
    return _dated(day, locale, "EEE")


def _moment(locale: str, at: datetime) -> str:
    return f"{_day(locale, at)} {_time(at)}"


def _second(locale: str, at: datetime) -> str:
    return f"{_day(locale, at)} {_wall(at)}"


def _month(locale: str, first: date) -> str:
    return str(format_skeleton("yMMMM", datetime(first.year, first.month, 1, tzinfo=UTC), locale=locale))


def _percent(locale: str, value: float | None) -> str:
    return percent(value, locale)


def _number(locale: str, value: object) -> str:
    if not isinstance(value, (int, float, Decimal)):
        return "–" if value is None else str(value)
    return format_decimal(value, "#,##0.##", locale=locale)


def _listed(locale: str, values: Sequence[object]) -> str:
    return _joined(values, locale)


def _said(locale: str, text: Mapping[str, str]) -> str:
    return say(text, locale)


def _before_digits(locale: str, name: str) -> str:
    """Return a name to write before digits: Chinese puts no comma there, so a name that ends in a digit gets a blank
    (楼2 11月27日, but 一站11月27日)."""
    return f"{name} " if locale == "zh_CN" and name[-1:].isdecimal() else name
