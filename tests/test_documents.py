"""The documents agree with the tree: what they name is there, and nothing cites a paper that is not."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("bench", "bot", "docs", "handlers", "models", "templates", "tests")
DECISIONS = ROOT / "docs" / "decisions"
RULE = re.compile(r"^(?:## )?(\d+(?:\.\d+)?)\.? ", re.MULTILINE)
CITED_RULE = re.compile(r"rules\.md (\d+(?:\.\d+)?(?:(?:, | to )\d+(?:\.\d+)?)*)")
CITED_DECISION = re.compile(r"decisions/(\d{4}-[\w-]+\.md)")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[\w-]*)?\)")
PAPERS = re.compile(r"\b(?:PRODUCT|DESIGN|HOUSE|WORDS)\.md\b")
PLACE = re.compile(r"`((?:bot|handlers|models|templates|tests|docs|bench)/[\w/.]+\.\w+)`")
NO_FILE = {"templates/refusals/file.j2"}  # a name that stands for any


def _texts() -> list[tuple[str, str]]:
    found = [*ROOT.glob("*.*"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.*"))]
    names = sorted(path.relative_to(ROOT).as_posix() for path in found if path.suffix in (".py", ".md", ".j2", ".toml"))
    return [(name, (ROOT / name).read_text("utf-8")) for name in names if name != "tests/test_documents.py"]


def test_the_index_of_decisions_names_each_page_with_its_title_date_and_status() -> None:
    rows = [line for line in (DECISIONS / "README.md").read_text("utf-8").splitlines() if line.startswith("| [")]
    wanted = []
    for page in sorted(DECISIONS.glob("0*.md")):
        head, _, status = page.read_text("utf-8").splitlines()[:3]
        title, (word, _, day) = head.removeprefix("# "), status.removeprefix("Status: ").partition(" · ")
        number = title[:4]
        wanted.append(f"| [{number}]({page.name}) | {title[5:]} | {day} | {word} |")
    assert rows == wanted


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [page.name[:4] for page in DECISIONS.glob("0*.md")]
    assert len(numbers) == len(set(numbers))


def test_every_rule_that_is_cited_is_there() -> None:
    there = set(RULE.findall((ROOT / "docs" / "rules.md").read_text("utf-8")))
    cited = [
        (name, number) for name, text in _texts() for said in CITED_RULE.findall(text)
        for number in re.split(r", | to ", said)
    ]  # fmt: skip
    assert cited, "the pattern finds none"
    assert [it for it in cited if it[1] not in there] == []


def test_every_decision_that_is_cited_is_there() -> None:
    cited = [(name, page) for name, text in _texts() for page in CITED_DECISION.findall(text)]
    assert cited, "the pattern finds none"
    assert [it for it in cited if not (DECISIONS / it[1]).exists()] == []


def test_nothing_cites_a_paper_outside_the_repository() -> None:
    assert [name for name, text in _texts() if PAPERS.search(text)] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{name}: {target}" for name, text in _texts() if name.endswith(".md")
        for target in LINK.findall(text) if not (ROOT / name).parent.joinpath(target).exists()
    ]  # fmt: skip
    assert broken == []


def test_files_that_documents_name_are_there() -> None:
    named = {place for name, text in _texts() if name.endswith(".md") for place in PLACE.findall(text)}
    assert [place for place in sorted(named - NO_FILE) if not (ROOT / place).exists()] == []
