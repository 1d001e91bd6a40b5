"""Name the languages, and read their catalogs."""

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

TEMPLATES = Path(__file__).parents[2] / "templates"
LOCALES = ("zh_CN", "en")
ENGLISH = "en"  # the templates' own language, the one without a catalog


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
