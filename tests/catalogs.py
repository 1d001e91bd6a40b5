"""Brings the catalogs up to date with the templates: `python -m tests.catalogs`, then translate what is empty.

English is what the templates say, so its entries fill themselves. The files hold neither places nor dates.
"""

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages import extract as babel
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"
LOCALES = ("zh_CN", "en")
# As handlers/core/rendering.py sets up its environments.
OPTIONS = {
    "extensions": "jinja2.ext.do", "trimmed": "true", "newstyle_gettext": "true", "silent": "false",
    "trim_blocks": "true", "lstrip_blocks": "true",
}  # fmt: skip


def po(locale: str) -> Path:
    return TEMPLATES / "locale" / locale / "LC_MESSAGES" / "messages.po"


def extract() -> Catalog:
    """Every msgid of the templates, and of the few places in Python that need a word."""
    catalog = Catalog(fuzzy=False)
    for template in sorted([*TEMPLATES.rglob("*.j2"), *TEMPLATES.rglob("*.html")]):
        with template.open("rb") as source:
            _add(catalog, babel.extract("jinja2.ext:babel_extract", source, options=OPTIONS))
    for room in ("bot", "handlers"):
        for module in sorted((ROOT / room).rglob("*.py")):
            with module.open("rb") as source:
                _add(catalog, babel.extract("python", source, keywords={"gettext": None, "ngettext": (1, 2)}))
    return catalog


def _add(catalog: Catalog, found: Iterable[tuple[Any, ...]]) -> None:
    for _, msgid, *_ in found:
        catalog.add(msgid)


def read(locale: str) -> Catalog:
    with po(locale).open("rb") as source:
        return read_po(source, locale=locale, abort_invalid=True)


def merged(wanted: Catalog, locale: str) -> Catalog:
    """The msgids of `wanted` with what is translated of them already."""
    known = read(locale) if po(locale).exists() else Catalog(locale)
    made = Catalog(locale, fuzzy=False)
    for message in wanted:
        if message.id:
            made.add(message.id, _said(known.get(_first(message)), message, locale))
    return made


def _first(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _said(before: Message | None, message: Message, locale: str) -> str | tuple[str, ...]:
    if before and before.id == message.id and before.string and all(before.string):
        return before.string if isinstance(before.string, str) else tuple(before.string)
    if locale == "en":
        return message.id if isinstance(message.id, str) else tuple(message.id)
    return ""


def written(catalog: Catalog) -> str:
    """The catalog as the file it is kept in: sorted, each text on one line, a header without dates."""
    body = BytesIO()
    write_po(body, catalog, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    header = (
        f"Language: {catalog.locale_identifier}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {catalog.plural_forms}",
    )
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in header)]
    return "\n".join(lines) + "\n\n" + body.getvalue().decode().strip() + "\n"


def update() -> None:
    wanted = extract()
    for locale in LOCALES:
        made = merged(wanted, locale)
        empty = sum(1 for message in made if message.id and not (message.string and all(message.string)))
        po(locale).parent.mkdir(parents=True, exist_ok=True)
        po(locale).write_text(written(made), "utf-8")
        print(f"{locale}: {len(made)} texts, {empty} to translate")


if __name__ == "__main__":
    update()
