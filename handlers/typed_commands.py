"""Tell commands from other words: with a slash or without, in either language, however blanks and marks are typed."""

from datetime import date

from handlers import registry
from handlers.core.router import Command
from handlers.core.vocabulary import HELP, QUESTION_MARKS, bare
from models.core import typed_spans

ROUTES = registry.ROUTES
BY_WORD = ROUTES.by_word | {"zero": ROUTES.by_name["zero"]}
BARE = ROUTES.by_name | BY_WORD  # understood without a slash if nothing else is said
LEAVE = ROUTES.by_name["leave"]


def slashed(text: str) -> bool:
    return text.startswith(("/", "／"))


def split(text: str) -> tuple[str | None, str]:
    """Split `/name@bot rest` into (name, rest), and text without a slash into (None, text). Chinese words after the
    slash work as well."""
    if not slashed(text):
        return None, text
    head, rest = _first_word(text[1:])
    name = bare(head.partition("@")[0])
    return (BY_WORD[name].name if name in BY_WORD else name), rest


def without_slash(text: str, today: date) -> tuple[Command | None, str]:
    """Return the command that words without a slash name, and the words after it. Days need no blank: 请假三天."""
    if slashed(text):
        return None, ""
    if command := BARE.get(bare(text)):
        return command, ""
    word, rest = _first_word(text)
    if word in BY_WORD and BY_WORD[word].takes_words:
        return BY_WORD[word], rest
    days = text.removeprefix(LEAVE.word)
    return (LEAVE, days) if days != text and typed_spans.span(days.split(), today) else (None, "")


def instead_of_answer(text: str, today: date) -> tuple[Command | None, str]:
    """Return the command that words name which an open question cannot take, and the words after it (docs/rules.md
    12.4). A zero is none: whoever fills in a form has begun to say something else."""
    if bare(text) in HELP or text in QUESTION_MARKS:
        return ROUTES.by_name["help"], ""
    command, rest = without_slash(text, today)
    return (None, "") if command is BY_WORD["zero"] else (command, rest)


def _first_word(text: str) -> tuple[str, str]:
    """Split text at its first blank of any width, or line end."""
    head, *rest = text.split(maxsplit=1) or [""]
    return head, "".join(rest).strip()
