"""Read what makes a form a quiz (docs/rules.md 31.1): points, explanations, the pass mark and how many attempts."""

import re
from collections.abc import Mapping, Sequence

from models.forms import points
from models.forms.expressions import Expression
from models.forms.spec import Choice, Question, Quiz
from models.forms.yaml_nodes import Keys, Node, NodeReader

MOST_POINTS, MOST_ATTEMPTS, ATTEMPTS = 100, 20, 3  # of an answer; what an admin may allow; where the form says nothing
SETTINGS = ("pass_mark", "attempts")


def choice_score(reader: NodeReader, keys: Keys) -> int:
    """Return the points of a choice, 0 if none are written."""
    words = reader.words(keys, "score")
    if words and not (re.fullmatch("[0-9]{1,3}", words) and int(words) <= MOST_POINTS):
        reader.wrong("bad_score", keys["score"], typed=words[:40], most=MOST_POINTS)
        return 0
    return int(words or 0)


def check_score(reader: NodeReader, keys: Keys, name: str, score: Expression | None, choices: Sequence[Choice]) -> None:
    """Check the `score` of a question: whatever is answered, it comes to 0 to `MOST_POINTS` whole points."""
    if score is None:
        return
    found = points.bounds(score.source)
    if any(choice.score for choice in choices):
        reader.wrong("two_scores", keys["score"], name=name)
    elif not score.names:
        reader.wrong("score_constant", keys["score"], name=name)
    elif found is None:
        reader.wrong("score_unknown", keys["score"], source=score.source[:60])
    elif found[0] < 0 or not 1 <= found[1] <= MOST_POINTS:
        reader.wrong("score_range", keys["score"], source=score.source[:60], most=MOST_POINTS)


def quiz(
    reader: NodeReader, keys: Keys, questions: Mapping[str, Question], explained: Sequence[Node]
) -> Quiz | None:  # fmt: skip
    """Return what the form asks for as a quiz; None if no answer gives points, and then nothing else of a quiz may be
    there. `explained` are the explanations."""
    reachable = sum(points.most(question) for question in questions.values())
    if not reachable:
        if not _has_wrong_score(reader):
            for node in [*(keys[it] for it in SETTINGS if it in keys), *explained[:1]]:
                reader.wrong("no_scores", node)
        return None
    attempts = reader.words(keys, "attempts") or str(ATTEMPTS)
    if not re.fullmatch("[0-9]{1,3}", attempts) or not 1 <= int(attempts) <= MOST_ATTEMPTS:
        reader.wrong("bad_attempts", keys["attempts"], typed=attempts[:40], most=MOST_ATTEMPTS)
        attempts = str(ATTEMPTS)
    return Quiz(_pass_mark(reader, keys, reachable), int(attempts))


def _pass_mark(reader: NodeReader, keys: Keys, reachable: int) -> int:
    words = reader.words(keys, "pass_mark")
    if not words:
        if "title" in keys:
            reader.wrong("pass_mark_missing", keys["title"], reachable=reachable)
    elif not re.fullmatch("[0-9]{1,5}", words) or int(words) < 1:
        reader.wrong("bad_pass_mark", keys["pass_mark"], typed=words[:40], reachable=reachable)
    elif int(words) > reachable and not _has_wrong_score(reader):
        reader.wrong("pass_mark_high", keys["pass_mark"], mark=int(words), reachable=reachable)
    else:
        return int(words)
    return 1


def _has_wrong_score(reader: NodeReader) -> bool:
    """Say whether points were written that cannot be read: the sum says nothing then."""
    wrong = ("forms.bad_score", "forms.score_unknown", "forms.score_range", "forms.score_constant")
    return any(it.key in wrong or it.key.startswith("forms.expression") for it in reader.problems)
