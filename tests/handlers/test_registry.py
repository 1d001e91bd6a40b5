"""The registry lists all there is: no behaviour is forgotten, and no button is called by a name of its own."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from jinja2 import nodes

from docs import commands
from handlers import registry
from handlers.core.button_values import LONGEST
from handlers.core.incoming import Event
from handlers.core.locales import TEMPLATES
from handlers.core.rendering import environment_of
from handlers.core.router import Router
from handlers.registry import ROUTES
from models.changes import performing
from models.channels.webchat import Message
from models.conversations.expected_input import Purpose
from models.files.downloads import RemoteFile
from models.messaging.contents import StoredContent
from models.organisation.people import Membership

ROOT = Path(registry.__file__).parent


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.rglob("*.py")):
        yield ".".join(("handlers", *path.relative_to(ROOT).with_suffix("").parts)), ast.parse(path.read_text("utf-8"))


def _makes_a_router(tree: ast.Module) -> bool:
    made = (it for it in ast.walk(tree) if isinstance(it, ast.Call))
    return any(isinstance(it.func, ast.Name) and it.func.id == "Router" for it in made)


def test_every_module_with_a_router_is_listed_once() -> None:
    made = [name for name, tree in _modules() if _makes_a_router(tree)]
    listed = [router.name for router in registry.ROUTERS]
    for name in made:
        router = import_module(name).router
        assert isinstance(router, Router)
        assert router in registry.ROUTERS, f"{name} is not in handlers/registry.py"
    assert len(made) == len(listed) == len(set(listed))


def test_the_data_of_a_button_fits_every_platform_with_the_largest_ids() -> None:
    for button in ROUTES.buttons.values():
        assert len(button.longest.encode()) <= LONGEST, button.longest
        found, values = ROUTES.button(button.longest)
        assert found is button
        if "f" * 17 not in button.longest:
            assert button.read(values) or not button.arguments


def test_no_id_that_is_remembered_outside_the_database_is_given_to_a_later_row() -> None:
    """Buttons carry ids; calls under way, files being fetched, pages and the ledger remember them."""
    carried = {it.table for button in ROUTES.buttons.values() for it in button.arguments if it.table}
    remembered = carried | {StoredContent, RemoteFile, Message, Membership}
    tables = [it.__table__ for it in remembered]  # type: ignore[attr-defined]
    assert [it.name for it in tables if not it.dialect_options["sqlite"]["autoincrement"]] == []


def _names(node: nodes.Node) -> list[str]:
    """Return a name, or both names of a condition."""
    if isinstance(node, nodes.CondExpr):
        assert node.expr2 is not None
        return [*_names(node.expr1), *_names(node.expr2)]
    assert isinstance(node, nodes.Const), f"line {node.lineno}: a button without a name"
    return [node.value]


def _shown() -> Iterator[tuple[str, str, int]]:
    """Yield every button of every template: where, its name, how many values it carries."""
    for path in sorted(TEMPLATES.rglob("*.j2")):
        tree = environment_of("en", html_text=True).parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "button":
                for name in _names(call.args[1]):
                    yield f"{path.relative_to(TEMPLATES)}:{call.lineno}", name, len(call.args) - 2
            if isinstance(call.node, nodes.Name) and call.node.name == "press":
                data = call.args[0]  # of a page: "name." ~ value ~ "." ~ value, or what a message's button carries
                if isinstance(data, nodes.Getattr):
                    continue
                carried = data.nodes if isinstance(data, nodes.Concat) else [data]
                parts = "".join(it.value if isinstance(it, nodes.Const) else "?" for it in carried).split(".")
                yield f"{path.relative_to(TEMPLATES)}:{call.lineno}", ".".join(parts[:2]), len(parts) - 2


def test_every_button_that_is_shown_is_one_that_is_answered() -> None:
    shown = list(_shown())
    for where, name, count in shown:
        assert name in ROUTES.buttons, f"{where}: nobody answers {name}"
        assert count == len(ROUTES.buttons[name].arguments), f"{where}: {name}"
    assert {name for _, name, _ in shown} == set(ROUTES.buttons), "each is shown somewhere"


def test_whatever_may_come_has_somebody_who_answers() -> None:
    assert set(ROUTES.events) == set(Event)
    assert set(ROUTES.expected) == set(Purpose) - {Purpose.NOTHING}
    assert set(ROUTES.confirmed) == {
        "invite", "import", "import.undo", "calendar.day", "reopen", "bind", "unbind", "unit.add", "unit.rename",
        "unit.move", "links.renew", "template", "people.phone", "topic.set", "topic.end", "faq.withdraw",
        "notice.urgent",
        "notice.withdraw", "rollcall.call", "rollcall.close", "donations.publish", "donations.close", "honours.award",
        "runbook.begin", "runbook.retire", "handup.join", "handup.end", "handup.decide", "duty.week", "duty.table",
        "second.send", "timeline.write",
        *performing.PERFORMED,
    }  # fmt: skip


def test_files_are_offered_to_open_questions_first() -> None:
    assert [it.run.__module__.rpartition(".")[2] for it in ROUTES.files] == [
        "incident", "ask", "answering", "notice", "draft", "entry_draft", "steps", "words_only",
        "proxy", "form_input", "leave",
        "template_upload", "duty_table", "roster_import", "attach", "help",
    ]  # fmt: skip


def _literals(path: Path) -> Iterator[str]:
    """Yield the string literals except the keys of refusals."""
    tree = ast.parse(path.read_text("utf-8"))
    calls = [it for it in ast.walk(tree) if isinstance(it, ast.Call) and isinstance(it.func, ast.Name)]
    keys = {id(it.args[0]) for it in calls if it.func.id == "Refusal" and it.args}  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in keys:
            yield node.value


@pytest.mark.parametrize("room", ["handlers", "bot", "models"])
def test_no_other_module_holds_a_copy_of_a_buttons_name(room: str) -> None:
    """But for names that are also what a confirmation is kept under."""
    names = set(ROUTES.buttons) - set(ROUTES.confirmed)
    copies = [
        (path.relative_to(ROOT.parent).as_posix(), text)
        for path in sorted((ROOT.parent / room).rglob("*.py"))
        for text in _literals(path)
        if ROUTES.named(text) in names
    ]
    assert copies == []


def test_the_page_of_commands_is_written_from_the_registry() -> None:
    assert commands.PAGE.read_text("utf-8") == commands.page(), "python -m docs.commands"


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
@pytest.mark.parametrize("source", [it.name for it in registry.DUE_WORK if it.name != "steps"])
def test_due_work_that_fails_has_a_name_that_admins_read(source: str, locale: str) -> None:
    module = environment_of(locale, html_text=False).get_template("chat/core/_stumbles.j2").module
    named = str(module.what(source)).strip()  # type: ignore[attr-defined]
    assert named and named != source
