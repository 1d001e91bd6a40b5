"""Sources of forms, and what is wrong with them."""

from pathlib import Path

import pytest

from models.core.errors import Refusals
from models.forms.spec import FormSpec
from models.forms.yaml_reader import parse_form

ROOT = Path(__file__).parents[3]
HEAD = "code: a\ntitle: A\nstatement: Nothing.\nquestions:\n"  # 4 lines


def form(name: str) -> FormSpec:
    return parse_form((ROOT / "templates" / "forms" / f"{name}.yaml").read_bytes())


HEALTH, DELIVERY = form("health"), form("delivery")


def wrongs(source: str | bytes) -> list[tuple[int | None, str]]:
    with pytest.raises(Refusals) as refused:
        parse_form(source)
    return [(it.line, it.key.removeprefix("forms.")) for it in refused.value.refusals]
