"""`verify` by its words and exit codes."""

import json

import pytest

from tests.bot.cli.records import DAY, tamper
from tests.support.program import Office


def test_sound_records_are_exit_code_0_and_a_published_seal_is_found(archive: Office) -> None:
    assert "OK: 4 seals" in archive("verify").stdout
    seal = json.loads(archive("summary", "--day", DAY, "--task", "health", "--unit", "区局").stdout)["seal"]
    assert f"Seal {seal}: health, 2026-11-23" in archive("verify", "--seal", seal[:6].lower()).stdout
    assert "zzzz" in archive("verify", "--seal", "zzzz", code=1).stderr


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE revision SET statement = '无' WHERE kind = 'zero'", "changed content: health 2026-11-23 区局/一站"),
        ("UPDATE revision SET at = '2026-11-23 01:00:00' WHERE kind = 'filled'", "changed author, time or kind"),
        ("UPDATE report SET state = 'zero' WHERE state = 'filled'", "doesn’t match its latest revision"),
        ("UPDATE report SET excused = 'ill' WHERE id = (SELECT max(id) FROM report)", "differ"),
        ("DELETE FROM report WHERE head_id IS NULL AND person_id IS NOT NULL", "differ"),
        ("UPDATE period SET due_at = '2026-11-23 03:00:00'", "differ from the seal"),
        ("DELETE FROM seal WHERE id = 1", "chain of seals is broken"),
    ],
)
def test_tampering_is_exit_code_1_and_named(archive: Office, statement: str, words: str) -> None:
    tamper(archive, statement)
    assert words in archive("verify", code=1).stderr
