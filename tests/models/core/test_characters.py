"""What people type: what nobody sees goes, what looks the same is the same, and every script's letters stay."""

import sys
import unicodedata
from collections.abc import Iterator

import pytest

from models.core import characters
from models.files.blobs import safe_name

TOGETHER = 1000  # characters a call: one by one takes half a minute
ALIKE = {*range(4, 14), 15, 16}  # planes in which nothing is assigned, or all is private: their ends stand for them


def _all() -> Iterator[str]:
    for plane in range((sys.maxunicode >> 16) + 1):
        of_plane = range(plane << 16, plane + 1 << 16)
        yield from map(chr, (*of_plane[:TOGETHER], *of_plane[-TOGETHER:]) if plane in ALIKE else of_plane)


EVERYTHING = sorted(_all(), key=str.isprintable)


def everything(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield every character there is between two of ours, many at a time, with where the search for one begins."""
    for at in range(0, len(EVERYTHING), TOGETHER):
        some = EVERYTHING[at : at + TOGETHER]
        yield hex(ord(some[0])), "".join(f"{before}{c}{after}" for c in some)


def test_no_character_that_nobody_sees_stays_in_a_name_or_a_number() -> None:
    assert {unicodedata.category(chr(c)) for c in range(4 << 16, 14 << 16)} == {"Cn"}
    cleaned = [(characters.name, "一", "站"), (characters.number, "1", "2"), (characters.key, "一", "站")]
    for clean, before, after in cleaned:
        for near, words in everything(before, after):
            for left in set(clean(words)):
                kind = unicodedata.category(left)
                assert kind not in ("Cc", "Cs", "Co", "Zl", "Zp"), near
                assert kind != "Cf" or left in "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2", near
                assert kind != "Zs" or left == " ", near
                assert kind != "Cn" or left >= "\U00020000", near


def test_text_keeps_its_lines_and_loses_what_turns_or_breaks_them() -> None:
    for near, words in everything("a", "b"):
        for left in set(characters.text(words)):
            assert unicodedata.category(left) not in ("Cs", "Co", "Zl", "Zp"), near
            assert unicodedata.category(left) != "Cc" or left in "\n\t", near
    assert characters.text("甲\r\n乙\u2028丙\x85丁\x0c戊") == "甲\n乙\n丙\n丁\n戊"
    assert characters.text("\u202e张\x7f\u2066伟\x9b31m\x1b") == "张伟31m"
    assert characters.text("\ue000") == "�", "what each device draws otherwise does not pass for a letter"
    assert len(characters.text("a" + "\u0301" * 500)) == 6


@pytest.mark.parametrize(
    "name",
    ["张伟", "欧阳·娜娜", "Ann O’Neil", "محمد علي", "שרה לוי", "می‌خواهم", "ශ්‍රී", "Nguyễn Thị Hồng",
     "𠮷野家", "囍龘", "Łukasz"],
)  # fmt: skip
def test_the_names_of_real_people_stay_as_they_are(name: str) -> None:
    assert characters.name(name) == unicodedata.normalize("NFC", name)
    assert characters.is_name(characters.name(name))


@pytest.mark.parametrize(
    ("one", "other"),
    [("1001", "\u202d1001\u202c"), ("1001", "１００１"), ("A1", "A\u200b1"), ("A1", "A\u00ad1"), ("A1", "A\ufe0f1"),
     ("A1", "\ufeffA1"), ("A1", "A\u3164\u11601"), ("A1", "A\U000e00411"), ("é", "e\u0301")],
)  # fmt: skip
def test_what_looks_the_same_is_the_same_key(one: str, other: str) -> None:
    assert characters.key(one) == characters.key(other) == characters.number(other)


@pytest.mark.parametrize(
    "words", ["", "NULL", "n/a", "-", "无", "cli", "1 2", "区局/一站", "a\\b", "http://x", "x" * 65]
)
def test_what_is_no_number_is_none(words: str) -> None:
    assert not characters.is_number(characters.number(words))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("..\\..\\a.jpg", "a.jpg"), ("a\u202egpj.exe", "agpj.exe"), ("CON.jpg", "_CON.jpg"), ("nul", "_nul"),
     ('a"\r\nSet-Cookie: b.jpg', "a_ Set-Cookie_ b.jpg"), ("a\u2028b.png", "a b.png"), ("/", "file")],
)  # fmt: skip
def test_a_files_name_is_safe_in_a_header_a_zip_and_on_every_disk(sent: str, kept: str) -> None:
    assert safe_name(sent) == kept
