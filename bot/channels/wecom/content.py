"""Write our content as WeCom shows it: plain text, markdown, numbered menus, and pieces within its byte limits."""

import re
import unicodedata
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from handlers.core.menu_numbers import buttons, numbered, waits_for_words
from handlers.core.rendering import Content, Renderer
from handlers.registry import ROUTES

TEXT_BYTES, MARKDOWN_BYTES, APPCHAT_BYTES = 2048, 4096, 2048
MARKS = {"b": "**", "code": "`"}
WIDE = 0xFEE0  # from a sign to its full-width form
SIGNS = str.maketrans({c: chr(ord(c) + WIDE) for c in "[]*\\|~"} | {"<": "‹", "`": "ˋ"})
HEADS = re.compile(r"^(\s*)([#>]+|[+=-]+(?=\s|$))")


def plain(content: Content) -> str:
    """Return the content without markup, with addresses behind their words. Nothing in it becomes a link in WeCom's
    text messages."""
    return _unlinked(_written(content, {}))


def _unlinked(text: str) -> str:
    return re.sub(r"<(?=/?a\b)", "‹", text, flags=re.IGNORECASE)


def markdown(content: Content) -> str:
    """Return WeCom's markdown. It has no escapes, so what people typed is changed until it mentions nobody, colours
    nothing and is no link."""
    return _written(content, MARKS)


def _written(content: Content, marks: dict[str, str]) -> str:
    writer = _Writer(marks)
    writer.feed(content.text)
    writer.close()
    return writer.text


class _Writer(HTMLParser):
    """Reads Telegram's HTML subset and writes text."""

    def __init__(self, marks: dict[str, str]) -> None:
        super().__init__()
        self.text = ""
        self._marks, self._links = marks, list[tuple[str, int]]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.text)))
        self.text += self._marks.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        self.text += self._marks.get(tag, "")
        if tag == "a" and self._links:
            href, start = self._links.pop()
            label = self.text[start:]
            if self._marks:
                self.text = f"{self.text[:start]}[{label}]({href})"
            elif href != label:
                self.text += f" {href}"

    def handle_data(self, data: str) -> None:
        self.text += self._harmless(data) if self._marks else data

    def _harmless(self, data: str) -> str:
        """Replace the signs that markdown acts upon by signs that look the same; quote and title signs act only at the
        beginning of a line."""
        lines = data.translate(SIGNS).split("\n")
        first = 0 if not self.text or self.text.endswith("\n") else 1
        return "\n".join(HEADS.sub(_wide, line) if at >= first else line for at, line in enumerate(lines))


def _wide(found: re.Match[str]) -> str:
    """Return the full-width form of a sign."""
    return found[1] + "".join(chr(ord(c) + WIDE) for c in found[2])


def split(text: str, limit: int) -> list[str]:
    """Return pieces of at most `limit` bytes of UTF-8, cut at line ends, otherwise between characters as people see
    them."""
    pieces: list[str] = []
    for line in text.split("\n"):
        for n, part in enumerate(_short(line, limit)):
            joined = f"{pieces[-1]}\n{part}" if pieces and n == 0 else None
            if joined is not None and len(joined.encode()) <= limit:
                pieces[-1] = joined
            else:
                pieces.append(part)
    return [piece.strip("\n") for piece in pieces if piece.strip()] or [""]


def _short(line: str, limit: int) -> list[str]:
    """Return a line that alone is too long in pieces, any other as it is."""
    if len(line.encode()) <= limit:
        return [line]
    pieces, piece, size = list[str](), "", 0
    for character in _characters(line):
        more = len(character.encode())
        if piece and size + more > limit:
            pieces.append(piece)
            piece, size = "", 0
        piece, size = piece + character, size + more
    return [*pieces, piece]


def _characters(line: str) -> list[str]:
    """Return what people see as one character: accents, variation selectors, skin tones and joined emoji stay with what
    they follow."""
    found: list[str] = []
    for c in line:
        follows = unicodedata.combining(c) or c in "\u200d\ufe0e\ufe0f" or "\U0001f3fb" <= c <= "\U0001f3ff"
        if found and (follows or found[-1].endswith("\u200d")) and len(found[-1]) < 16:
            found[-1] += c
        else:
            found.append(c)
    return found


def menu(content: Content, words: Renderer) -> str:
    """Return the text with its buttons as a menu to choose from: by number, in the order in which the dispatcher
    counts, or by word, where a number would be the answer to a question. The menu's own words are in the reader's
    language."""
    if not buttons(content):
        return plain(content)
    by_word = waits_for_words(ROUTES, content)
    number = {id(button): n for n, button in enumerate(numbered(ROUTES, content), 1)} if not by_word else {}
    labels = {id(b): _unlinked(b.label) for b in buttons(content)}  # what people named things
    lines = [f"{number[it]} {label}" if it in number else label for it, label in labels.items()]
    return "\n".join([plain(content), "", *lines, words.line("core/wecom_hint", by_word=by_word)])


def text_messages(text: str) -> list[dict[str, Any]]:
    return [{"msgtype": "text", "text": {"content": piece}} for piece in split(text, TEXT_BYTES)]


def markdown_messages(content: Content, limit: int) -> list[dict[str, Any]]:
    return [{"msgtype": "markdown", "markdown": {"content": p}} for p in split(markdown(content), limit)]


def chunks(accounts: Sequence[str], size: int) -> list[Sequence[str]]:
    return [accounts[at : at + size] for at in range(0, len(accounts), size)]
