"""Write docs/commands.md from the registry: `.venv/bin/python -m docs.commands`."""

from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path

from handlers import registry
from handlers.core.access import Access
from handlers.core.rendering import Renderer
from handlers.core.router import Button
from handlers.registry import ROUTES

PAGE = Path(__file__).with_suffix(".md")
ROLES = {Access.ANYBODY: "anybody", Access.MEMBER: "member", Access.LEAD: "lead", Access.ADMIN: "admin"}
HEAD = """# Commands and buttons

Written from `handlers/registry.py` by `python -m docs.commands`; a test fails if it is out of date. Role is the lowest role allowed, checked on every use; whether the person may act on the row that an id names is checked by the behaviour.
"""  # noqa: E501


def main() -> None:
    PAGE.write_text(page(), "utf-8")


def page() -> str:
    return "\n".join([HEAD, *_commands(), "", *_buttons(), "", *_confirmed(), "", *_due()]) + "\n"


def _commands() -> Iterator[str]:
    words = Renderer("en")
    yield "## Commands\n\n| command | 中文 | role | |\n|---|---|---|---|"
    for it in ROUTES.commands:
        yield f"| `/{it.name}` | {it.word} | {ROLES[it.role]} | {words.line('core/command', name=it.name)} |"


def _buttons() -> Iterator[str]:
    yield "## Buttons\n\n| button | carries | role | |\n|---|---|---|---|"
    for it in ROUTES.buttons.values():
        yield f"| `{it.name}` | {_carried(it)} | {ROLES[it.role]} | {_first_line(it)} |"


def _carried(button: Button) -> str:
    return ", ".join(f"{it.name}: {' or '.join(it.choices)}" if it.choices else it.name for it in button.arguments)


def _first_line(button: Button) -> str:
    """Return the first sentence of its function's docstring."""
    told = " ".join((getdoc(button.run) or "").split("\n\n")[0].split())
    return told.partition(". ")[0].rstrip(".").replace("|", "\\|")


def _confirmed() -> Iterator[str]:
    yield "## Asked first\n\n| done after a yes | role |\n|---|---|"
    for it in ROUTES.confirmed.values():
        yield f"| `{it.action}` | {ROLES[it.role]} |"


def _due() -> Iterator[str]:
    yield "## By the clock\n\n| due work, in the order in which it is looked for | |\n|---|---|"
    for it in registry.DUE_WORK:
        steps = ", ".join(registry.STEPS) if it.name == "steps" else ""
        yield f"| `{it.name}` | {steps} |"


if __name__ == "__main__":
    main()
