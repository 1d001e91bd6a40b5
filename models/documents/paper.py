"""Hold an official report that is to be drawn as Word or PDF: plain data, so that the process that draws it knows
nothing else."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Format = Literal["word", "pdf"]
ENDINGS: Mapping[str, str] = {"word": "docx", "pdf": "pdf"}
TYPES: Mapping[str, str] = {
    "word": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@dataclass(frozen=True)
class Paper:
    """A report: `fields` are what templates may show (`models/documents/fields.py`), `words` the headings and labels of
    our own layout in the reader's language. `red` puts the organisation in red above it. `template` is an
    organisation's own Word template, None for ours; `about` is "day", "range" or, for a template that serves both,
    "both"; "timeline" is a unit's timeline, as Word only; "run" is the report of a runbook's run, of which a drill has
    its `mark` among the words: it stands on every page. `blank`: our template itself is wanted, not
    filled in."""

    fields: Mapping[str, Any]
    words: Mapping[str, str]
    locale: str
    about: str
    red: bool = False
    template: bytes | None = None
    blank: bool = False

    @property
    def plain(self) -> "Paper":
        """Return the paper without the organisation's own template."""
        return replace(self, template=None)

    def packed(self, kind: Format) -> bytes:
        """Return the paper and the format it is wanted in, for the process that draws it."""
        template = b64encode(self.template).decode() if self.template else None
        told = {
            "as": kind, "fields": self.fields, "words": self.words, "locale": self.locale, "about": self.about,
            "red": self.red, "blank": self.blank, "template": template,
        }  # fmt: skip
        return json.dumps(told, ensure_ascii=False).encode()


def unpacked(data: bytes) -> tuple[Paper, Format]:
    told = json.loads(data)
    template = b64decode(told["template"]) if told["template"] else None
    made = Paper(told["fields"], told["words"], told["locale"], told["about"], told["red"], template, told["blank"])
    return made, told["as"]
