"""Turn templates and catalogs into content: every word that people see passes here."""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from functools import lru_cache
from types import CodeType
from typing import IO, Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from handlers.core.button_values import LONGEST, written
from handlers.core.filters import dayed, filters, joined, number, rendering_today, rendering_zone
from handlers.core.locales import LOCALES, TEMPLATES, translations
from models.core.errors import Note, Refusal
from models.files.records import File
from models.forms.spec import say
from models.messaging.contents import Button as Button
from models.messaging.contents import Content as Content
from models.messaging.contents import Picture as Picture

DEFAULT_ZONE = "Asia/Shanghai"
IDENTIFIERS = {"year", "port", "number", "first", "last", "line", "row", "column"}  # no quantities: never grouped
_keys: ContextVar[list[list[Button]]] = ContextVar("keys")  # the rows of buttons under it


class Renderer:
    """Renders templates in one locale and one time zone; in a rehearsal each message begins by saying so. Days of other
    years than that of `today` carry their year; without it none does."""

    def __init__(
        self, locale: str, zone: str = DEFAULT_ZONE, *, rehearsal: bool = False, today: date | None = None
    ) -> None:  # fmt: skip
        self._rehearsal, self._today = rehearsal, today
        self.locale = locale if locale in LOCALES else LOCALES[0]
        self.zone = ZoneInfo(zone)

    def content(self, template: str, /, *, file: File | None = None, **values: Any) -> Content:
        """Render `templates/chat/<folder>/<name>.j2` as a message; `button()` and `row()` in it make its buttons."""
        rows: list[list[Button]] = [[]]
        text = self._render(f"chat/{template}.j2", environment_of(self.locale, html_text=True), values, rows)
        text = re.sub("\n{3,}", "\n\n", text)  # however many parts of it were left out
        if self._rehearsal:
            text = f"{escape(self.line('core/rehearsal'))}\n{text}"
        return Content(text, tuple(tuple(r) for r in rows if r), file)

    def line(self, template: str, /, **values: Any) -> str:
        """Render the same as plain text, for toasts, files and the command line."""
        return self._render(f"chat/{template}.j2", environment_of(self.locale, html_text=False), values, [[]])

    def told(self, template: str, /, **values: Any) -> str:
        """Render `templates/cli/<template>.j2`: the text of the command line."""
        return self._render(f"cli/{template}.j2", environment_of(self.locale, html_text=False), values, [[]])

    def picture(self, template: str, /, *, alt: str, **values: Any) -> Picture:
        """Return a picture of `templates/pictures/<template>.j2`; its values are plain data, dates among them."""
        if self._rehearsal:
            values["rehearsal"] = True
        return Picture(template, self.locale, json.dumps(values, ensure_ascii=False, default=date.isoformat), alt)

    def page(self, template: str, /, **values: Any) -> str:
        """Render `templates/<template>.j2`: a page of HTML to give away as a file, or to be served."""
        return self._render(f"{template}.j2", environment_of(self.locale, html_text=True), values, [[]])

    def write_page(self, template: str, out: IO[bytes], /, **values: Any) -> None:
        """Write such a page piece by piece, so that memory does not hold all of a long one."""
        with _rendering(self.zone, [[]], self._today):
            stream = environment_of(self.locale, html_text=True).get_template(f"{template}.j2").stream(values)
            stream.enable_buffering(100)
            stream.dump(out, "utf-8")

    def refusal(self, refusal: Refusal | Note) -> str:
        """Return the sentence for a refusal, or for a note about a file, as plain text."""
        room, _, macro = refusal.key.rpartition(".")
        module = environment_of(self.locale, html_text=False).get_template(f"refusals/{room}.j2").module
        with _rendering(self.zone, [[]], self._today):
            return str(getattr(module, macro)(**self.spoken(refusal.values))).strip()

    def spoken(self, values: Mapping[str, object]) -> dict[str, object]:
        """Return the values of a sentence in this language: lists joined, words that are told by language chosen."""
        return {
            name: say(value, self.locale) if isinstance(value, Mapping) else self._plain(value)
            for name, value in values.items()
        }

    def listed(self, values: Sequence[object]) -> str:
        """Return the values in one line, as this language lists them."""
        return joined(values, self.locale)

    def moment(self, at: datetime) -> str:
        """Return an instant as this language writes it, in this time zone."""
        with _rendering(self.zone, [[]], self._today):
            return str(filters(self.locale)["moment"](at))

    def plain(self, content: Content) -> str:
        """Return what a content says, without its markup."""
        return html.unescape(re.sub(r"<[^>]+>", "", content.text))

    def _plain(self, value: object) -> object:
        if isinstance(value, list | tuple):
            return joined([say(it, self.locale) if isinstance(it, Mapping) else it for it in value], self.locale)
        return dayed(value, self.locale) if isinstance(value, date) and not isinstance(value, datetime) else value

    def _render(self, name: str, environment: Environment, values: dict[str, Any], rows: list[list[Button]]) -> str:
        with _rendering(self.zone, rows, self._today):
            text = environment.get_template(name).render(values)
        return "\n".join(line.rstrip() for line in text.strip().splitlines())


def svg(picture: Picture) -> str:
    """Return a picture as SVG."""
    environment = environment_of(picture.locale, html_text=True)
    values = {name: _printable(value) for name, value in json.loads(picture.values).items()}
    with _rendering(ZoneInfo("UTC"), [[]], None):
        return environment.get_template(f"pictures/{picture.template}.j2").render(values)


def _printable(value: Any) -> Any:
    """Return a value without the characters that no SVG may hold."""
    if isinstance(value, str):
        return re.sub("[^\\x20-\\ud7ff\\ue000-\\ufffd\U00010000-\U0010ffff]", " ", value)
    return [_printable(it) for it in value] if isinstance(value, list) else value


@contextmanager
def _rendering(zone: ZoneInfo, rows: list[list[Button]], today: date | None) -> Iterator[None]:
    """Set the zone, the buttons and the day of one rendering; a rendering within another leaves those of the outer one
    as they were."""
    was, had, before = rendering_zone.set(zone), _keys.set(rows), rendering_today.set(today)
    try:
        yield
    finally:
        rendering_today.reset(before)
        rendering_zone.reset(was)
        _keys.reset(had)


class _Environment(Environment):
    """A Jinja environment whose globals are there before any template is, so each template gets a copy: a plain dict is
    quicker to read."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


class _Compiled(BytecodeCache):
    """Keeps what a template was compiled to, so that the second language need not compile it again."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._codes[bucket.key] = bucket.code


_compiled = {True: _Compiled(), False: _Compiled()}  # by `html_text`, which is compiled in


@lru_cache(maxsize=8)
def environment_of(locale: str, *, html_text: bool) -> Environment:
    environment = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=html_text,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,  # all of them
        optimized=False,  # nothing that a filter of one language says is compiled in
        bytecode_cache=_compiled[html_text],
    )
    catalog = translations(locale)
    environment.install_gettext_translations(catalog, newstyle=True)  # type: ignore[attr-defined]
    kind = Markup if html_text else str
    environment.globals |= {"gettext": _gettext(catalog, kind, locale), "ngettext": _ngettext(catalog, kind, locale)}
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals |= {"button": _button, "row": _row, "locale": locale}
    environment.filters |= filters(locale)
    return environment


def _gettext(catalog: NullTranslations, kind: type[str], locale: str) -> Callable[..., str]:
    """Return what Jinja's own gives, but look each message up in the catalog once, and group the digits of numbers."""

    @lru_cache(maxsize=4096)
    def told(message: str) -> str:
        return kind(catalog.gettext(message))

    def gettext(message: str, **values: object) -> str:
        return told(message) % _grouped(locale, values)

    return gettext


def _ngettext(catalog: NullTranslations, kind: type[str], locale: str) -> Callable[..., str]:
    """Return the `ngettext` of a catalog: singular or plural by `num`, with digits grouped as by `gettext`."""

    def ngettext(one: str, many: str, num: int, **values: object) -> str:
        return kind(catalog.ngettext(one, many, num)) % _grouped(locale, {"num": num, **values})

    return ngettext


def _grouped(locale: str, values: dict[str, object]) -> dict[str, object]:
    """Return the values of a sentence, whole numbers of four digits and more grouped; identifiers stay."""
    for value in values.values():
        if type(value) is int and value > 999:
            return {name: it if name in IDENTIFIERS else _spoken_whole(locale, it) for name, it in values.items()}
    return values


def _spoken_whole(locale: str, value: object) -> object:
    return number(locale, value) if type(value) is int else value


def _button(label: str, action: str, *values: object) -> str:
    data = ".".join([action, *map(written, values)])
    if len(data.encode()) > LONGEST:
        raise ValueError(f"button data is longer than {LONGEST} bytes: {data}")
    _keys.get()[-1].append(Button(label.unescape() if isinstance(label, Markup) else str(label), data))
    return ""


def _row() -> str:
    _keys.get().append([])
    return ""
