"""What cannot be told from a file alone is asked, once: which column is which, what separates units, which encoding it
is. An answer is remembered under the question's key (models/changes/file_answers.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.core.errors import Refusal

Answers = Mapping[str, str]
SHEET_NAME, NOTHING, BOTH = "=sheet", "=none", "=both"  # answers that are no heading


@dataclass(frozen=True)
class Option:
    """One answer: `value` is what it is stored as, `label` the words of the file it shows."""

    value: str
    label: str = ""


@dataclass(frozen=True)
class Question:
    """Something that a person must say before a file can be read. `kind` chooses the words (`column`, `which`,
    `account`, `several`, `levels`, `encoding`), `values` go into them; `lasts` says whether the answer holds for later
    files too."""

    key: str
    kind: str
    options: list[Option]
    values: dict[str, object] = field(default_factory=dict)
    lasts: bool = True


class Unclear(Exception):
    """Raised with a question where reading stops until it is answered. `refusal` says it where nobody can be asked."""

    def __init__(self, question: Question, refusal: Refusal) -> None:
        super().__init__(question.key)
        self.question = question
        self.refusal = refusal
