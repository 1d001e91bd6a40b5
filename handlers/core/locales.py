"""Name the languages, and read their catalogs."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations

TEMPLATES = Path(__file__).parents[2] / "templates"
LOCALES = ("zh_CN", "en")
Catalog = dict[str | tuple[str, Any], str]
ENGLISH = "en"  # the templates' own language, the one without a catalog


@cache
def translations(locale: str) -> NullTranslations:
    """Return the catalog of a locale; the .po file is the only one kept. Babel's own reader leaves the program 6 MB
    larger, because what it makes of each message lies between the words that stay."""
    if locale == ENGLISH:
        return NullTranslations()
    made = Translations()
    with (TEMPLATES / "locale" / locale / "LC_MESSAGES" / "messages.po").open(encoding="utf-8") as source:
        made._catalog = catalog(source)
    made.plural = lambda _: 0  # Chinese has one form
    return made


def catalog(lines: Iterable[str]) -> Catalog:
    """Return the messages of a .po file as Babel keeps them: those with a plural by the singular and the form."""
    found: Catalog = {}
    told: dict[str, str] = {}
    name = ""
    for line in (*lines, 'msgid ""'):
        word, quote, text = line.strip().partition('"')
        if not quote or word.startswith("#"):
            continue
        if word == "msgid ":
            found |= _message(told)
            told = {}
        name = word.strip() or name
        told[name] = told.get(name, "") + json.loads(quote + text)  # its escapes are JSON's
    return found


def _message(told: dict[str, str]) -> Catalog:
    forms = [it for name, it in told.items() if name.startswith("msgstr") and it]
    if "msgid_plural" in told:
        return {(told["msgid"], number): it for number, it in enumerate(forms)}
    return {told["msgid"]: forms[0]} if forms else {}
