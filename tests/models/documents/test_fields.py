"""The fields of Word templates are documented for admins, in both languages."""

import re
from pathlib import Path

import pytest

from models.documents.fields import LISTS, TEXTS

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", ["admin.md", "admin.zh-CN.md"])
def test_the_guide_lists_every_field_and_no_other(name: str) -> None:
    said = (DOCS / name).read_text("utf-8").partition("{{ unit }}")[2]
    texts, lists = re.findall(r"^\|---\|---\|\n((?:\|.*\n)+)", said, re.MULTILINE)[:2]
    assert set(re.findall(r"`(\w+)`", texts)) == set(TEXTS)
    rows = {line.split("`")[1]: set(re.findall(r"`(\w+)`", line)[1:]) for line in lists.splitlines()}
    assert rows == {of: set(names) for of, names in LISTS.items()}
