"""The lines of a seal file, and what a database says against them."""

import json
from datetime import date
from pathlib import Path

from models.core.database import Database
from models.evidence import seal_lines

THURSDAY = date(2026, 11, 26)


def seal_numbers(path: Path) -> list[int]:
    return [json.loads(line)["seal"] for line in path.read_text().splitlines()]


def differs(database: Database, path: Path) -> list[tuple[str, str, str]]:
    with database.reading() as session:
        return seal_lines.compare(session, path.read_text().splitlines()).differs
