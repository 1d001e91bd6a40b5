"""Read Telegram's HTML as strictly as Telegram does."""

import html
import re
from html.parser import HTMLParser
from typing import Any

TAGS = {
    "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "a", "code", "pre", "blockquote", "span",
    "tg-spoiler", "tg-emoji",
}  # fmt: skip
NAMED = {"lt", "gt", "amp", "quot"}


class Wrong(Exception):
    """Raised with what Telegram would answer: a code, a description, parameters."""

    def __init__(self, description: str, code: int = 400, **parameters: int) -> None:
        super().__init__(description)
        kinds = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}
        self.code, self.description, self.parameters = code, kinds.get(code, "") + description, parameters


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text, self.open = "", list[str]()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in TAGS:
            raise Wrong(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {self.getpos()[1]}')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise Wrong(f"can't parse entities: Unmatched end tag at byte offset {self.getpos()[1]}")

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise Wrong("can't parse entities: Unexpected character after <")
        self.text += data

    def handle_entityref(self, name: str) -> None:
        self.text += html.unescape(f"&{name};") if name in NAMED else f"&{name};"

    def handle_charref(self, name: str) -> None:
        self.text += html.unescape(f"&#{name};")


def plain(text: str, mode: str | None) -> str:
    """Return the text without its markup; raise Wrong if Telegram could not parse it."""
    if mode != "HTML":
        return text
    reader = _Plain()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise Wrong(f"can't parse entities: Can't find end tag corresponding to start tag \"{reader.open[-1]}\"")
    return reader.text


def units(text: str) -> int:
    """Return how many characters Telegram counts: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def checked(text: str, mode: str | None, limit: int, what: str) -> str:
    shown = plain(text, mode)
    if units(shown) > limit:
        raise Wrong(f"{what} is too long")
    return shown


def keyboard(markup: dict[str, object] | None, *, private: bool) -> list[list[dict[str, Any]]]:
    """Return the rows of an inline keyboard; raise Wrong if a button is not as Telegram wants it."""
    rows: list[list[dict[str, Any]]] = markup.get("inline_keyboard", []) if markup else []  # type: ignore[assignment]
    for button in (button for row in rows for button in row):
        if not button.get("text"):
            raise Wrong('can\'t parse inline keyboard button: Field "text" must be of type String')
        if set(button) - {"text", "callback_data", "web_app"}:
            raise Wrong("can't parse inline keyboard button")
        if "web_app" in button:
            if not private or not button["web_app"]["url"].startswith("https://") or "callback_data" in button:
                raise Wrong("BUTTON_TYPE_INVALID")
            continue
        if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
            raise Wrong("BUTTON_DATA_INVALID")
    return rows


def commands(given: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(given) > 100:
        raise Wrong("BOT_COMMANDS_TOO_MUCH")
    for command in given:
        if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
            raise Wrong("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise Wrong("BOT_COMMAND_DESCRIPTION_INVALID")
    return given
