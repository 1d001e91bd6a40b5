"""Who changed what."""

import ast
import re
from pathlib import Path

import pytest

from handlers.core import rendering
from models.operations import audit_log
from tests.support.world import World

ROOT = Path(__file__).parents[3]


def test_the_audit_tells_who_changed_what(world: World) -> None:
    world.says("周敏", "/people move 1005 区局/二站 今天")
    world.taps("周敏", "确认")
    said = world.says("周敏", "/audit 李梅")
    assert "周敏 · 调动 · 1005 李梅 区局/一站 → 区局/二站" in said
    assert "调动" in world.says("周敏", "留痕")
    assert "调动" in world.says("周敏", "/audit 今天")
    assert "没有记录" in world.says("周敏", "/audit 11-01")


@pytest.mark.sqlite
def test_it_is_written_in_words_and_days_as_everywhere(world: World) -> None:
    world.says("周敏", "/calendar 12-05 work")
    world.taps("周敏", "确认")
    world.at("08:00")
    world.says("李梅", "零报告")
    receipt = world.last("李梅").text.split("回执")[1][:4]
    world.says("周敏", f"/why {receipt}")
    said = world.says("周敏", "/audit")
    assert "12月5日" in said
    assert "查阅报告或数字" in said
    assert "2026-1" not in said
    assert "why" not in said


def _noted() -> set[str]:
    """Return the verbs that the program writes into the audit as they stand in its source."""
    found = set()
    for folder in ("bot", "handlers", "models"):
        for file in (ROOT / folder).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and len(call.args) >= 5:
                    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
                    verb = call.args[3]
                    if name == "note" and isinstance(verb, ast.Constant) and isinstance(verb.value, str):
                        found.add(verb.value)
    return found


def test_every_verb_of_the_audit_can_be_looked_for() -> None:
    chosen = {verb for verbs in audit_log.KINDS.values() for verb in verbs}
    source = (ROOT / "templates/chat/changes/_changes.j2").read_text("utf-8").partition("{% macro verb(what) %}")[2]
    told = source.partition("{% endmacro %}")[0]
    assert set(re.findall(r'(?<!_\()"([a-z. ]+)"', told)) == chosen
    assert _noted() <= chosen


@pytest.mark.parametrize("verb", sorted(_noted()))
def test_every_verb_of_the_audit_has_words(verb: str) -> None:
    source = '{% import "chat/changes/_changes.j2" as changes %}{{ changes.verb(what) }}'
    said = rendering.environment_of("zh_CN", html_text=False).from_string(source).render(what=verb).strip()
    assert said != verb
