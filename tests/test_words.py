"""The words people read: plain English, and Chinese as a state office writes it; one term for one thing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[1]
CATALOG = ROOT / "templates" / "locale" / "zh_CN" / "LC_MESSAGES" / "messages.po"
FORMS = ROOT / "templates" / "forms"
# What read like a translation when newcomers tried the program.
ENGLISH = (
    "touches", "touch", "anew", "taken over", "mend", "climbs", "hurry", "gravest", "by your word", "somebody",
    "nobody", "I do not speak", "I did not understand", "it is yours", "cannot stand beside",
    "look at the thermometer", "is to come", "people silent", "sound:",
)  # fmt: skip
CHINESE = (
    "看不懂", "没看懂", "邀请码", "照样", "不再作数", "请过目", "还差您", "因为什么", "怎么做的", "打字的规矩", "还会“",
    "说的是谁", "还有什么要说", "亲口", "缺：unit", "还缺些内容", "无应报",
)  # fmt: skip
THINGS = "seals|revisions|reports|messages|people|units"
COUNTED = re.compile(rf"%\((?:count|n|seals|reports|revisions)\)s (?:[a-z]+ )?(?:{THINGS})\b")


def _entries() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield each entry: its English forms, and its Chinese."""
    with CATALOG.open("rb") as file:
        for entry in read_po(file, locale="zh_CN"):
            if entry.id:
                yield (
                    tuple([entry.id] if isinstance(entry.id, str) else entry.id),
                    tuple([entry.string] if isinstance(entry.string, str) else entry.string),
                )


@pytest.mark.parametrize("word", ENGLISH)
def test_no_english_sentence_reads_like_a_translation(word: str) -> None:
    plain = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
    texts = [text for english, _ in _entries() for text in english]
    texts += [path.read_text("utf-8") for path in FORMS.glob("*.yaml")]
    assert [text[:80] for text in texts if plain.search(text)] == []


@pytest.mark.parametrize("word", CHINESE)
def test_no_chinese_sentence_is_colloquial(word: str) -> None:
    texts = [text for _, chinese in _entries() for text in chinese]
    texts += [path.read_text("utf-8") for path in FORMS.glob("*.yaml")]
    assert [text[:80] for text in texts if word in text] == []


def test_a_roster_is_called_one_thing_in_chinese() -> None:
    texts = [text for _, chinese in _entries() for text in chinese]
    assert [text[:80] for text in texts if re.search("(?<!花)名册", text)] == []


def test_what_is_counted_has_a_singular() -> None:
    """“1 seals” was seen."""
    assert [english for english, _ in _entries() if len(english) == 1 and COUNTED.search(english[0])] == []


def test_the_glossarys_chinese_terms_are_those_that_people_read() -> None:
    product = (ROOT / "docs" / "glossary.md").read_text("utf-8").split("## The product")[1].split("## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in product.splitlines() if line.startswith("|")
    ]
    said = "".join(text for _, chinese in _entries() for text in chinese)
    terms = {term: re.split("[、·（）\\s]+", chinese) for term, chinese, *_ in rows[2:]}
    assert len(terms) > 30
    missing = {term for term, chinese in terms.items() if not any(word in said for word in chinese if word)}
    assert missing == {"director", "noise budget"}, "these two nobody reads"
