"""The documents agree with the tree: what they name is there, and nothing cites a paper that is not."""

import importlib
import re
import shlex
from pathlib import Path

import pytest

from bot.cli.group import COMMANDS, cli
from handlers.registry import ROUTES
from tests.support.program import Office, running
from tests.support.workbooks import workbook

ROOT = Path(__file__).parents[1]
FOLDERS = ("bench", "bot", "docs", "handlers", "models", "templates", "tests")
DECISIONS = ROOT / "docs" / "decisions"
RULE = re.compile(r"^(?:## )?(\d+(?:\.\d+)?)\.? ", re.MULTILINE)
CITED_RULE = re.compile(r"rules\.md (\d+(?:\.\d+)?(?:(?:, | to )\d+(?:\.\d+)?)*)")
CITED_DECISION = re.compile(r"decisions/(\d{4}-[\w-]+\.md)")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[\w-]*)?\)")
PART = re.compile(r"\]\(([^)#:\s]*)#([\w-]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SLASH = re.compile(r"`/([a-z]+)")
PICTURE = re.compile(r"\]\(campaign/([\w-]+\.webp)\)")
COMMAND = re.compile(r"`zeroreport ([^`]+)`|^zeroreport ([^#\n]+)", re.MULTILINE)
OPTION = re.compile(r"\[?--\w")
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


def _anchors(page: Path) -> set[str]:
    """Return the names that a page's headings have in links."""
    return {re.sub(r"[^\w\- ]", "", it.lower()).replace(" ", "-") for it in HEADING.findall(page.read_text("utf-8"))}


def test_links_to_a_part_of_a_document_meet_its_heading() -> None:
    links = [
        (name, target, part) for name, text in _texts() if name.endswith(".md") for target, part in PART.findall(text)
    ]  # fmt: skip
    assert links, "the pattern finds none"
    pages = [(it, (ROOT / it[0]).parent / it[1] if it[1] else ROOT / it[0]) for it in links]
    assert [it for it, page in pages if it[2] not in _anchors(page)] == []


def test_every_command_line_that_documents_show_has_its_command_and_options() -> None:
    for module in COMMANDS:
        importlib.import_module(f"bot.cli.{module}")
    wrong, shown = [], 0
    for name, text in _texts():
        for words in (a or b for a, b in COMMAND.findall(text) if name.endswith(".md")):
            shown += 1
            verb, *rest = words.split()
            command = cli.commands.get(verb.rstrip("…")) or (cli if verb == "--help" else None)
            known = {option for it in command.params for option in it.opts} if command else set()
            if command is None or any(it.strip("[]") not in known | {"--help"} for it in rest if OPTION.match(it)):
                wrong.append(f"{name}: {words}")
    assert shown > 40, "the pattern finds none"
    assert wrong == []


@pytest.mark.parametrize("page", ["campaign.md", "campaign.zh-CN.md"])
def test_the_pages_of_the_campaign_name_commands_that_there_are(page: str) -> None:
    named = set(SLASH.findall((ROOT / "docs" / page).read_text("utf-8")))
    assert len(named) > 10, "the pattern finds none"
    assert named - set(ROUTES.by_name) == set()


def test_the_pages_of_the_campaign_show_every_picture_that_was_taken_each_in_its_language() -> None:
    shown = {
        it for page in ("campaign.md", "campaign.zh-CN.md")
        for it in PICTURE.findall((ROOT / "docs" / page).read_text("utf-8"))
    }  # fmt: skip
    assert shown == {it.name for it in (ROOT / "docs" / "campaign").glob("*.webp")}
    assert {it.replace("-en.", "-zh.") for it in shown if "-en." in it} == {it for it in shown if "-zh." in it}


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_commands_under_use_it_do_what_they_say(readme: str, tmp_path: Path) -> None:
    block = (ROOT / readme).read_text("utf-8").split("```sh")[2].split("```")[0]
    lines = [shlex.split(line, comments=True)[1:] for line in block.splitlines() if line.startswith("zeroreport")]
    *first, (last,) = lines
    office = Office(tmp_path, f"sqlite:///{tmp_path / 'zeroreport.db'}")
    unit, roster = lines[0][1], lines[1][1]
    (tmp_path / roster).write_bytes(
        workbook(people=[["staff_no", "name", "unit"], *([n, f"人{n}", unit] for n in lines[3][1:])])
    )
    for line in first:
        office(*line)
    assert last == "run"
    with running(office, last) as program:
        assert program.get("/healthz").status == 200


def test_files_that_documents_name_are_there() -> None:
    named = {place for name, text in _texts() if name.endswith(".md") for place in PLACE.findall(text)}
    assert [place for place in sorted(named - NO_FILE) if not (ROOT / place).exists()] == []
