"""The first commands: `init`, and what each command says of a database that is not ready."""

import pytest

from tests.support.program import SOON, Office, code_in, running, until


def test_init_works_bare_and_says_what_to_do_next(office: Office) -> None:
    said = office("init").stdout
    assert code_in(said)
    assert "zeroreport run" in said
    assert "checklist" in said


def test_init_takes_names_and_speaks_the_language_of_the_terminal(office: Office) -> None:
    chinese = Office(office.folder, office.url, "zh_CN.UTF-8")
    said = chinese("init", "云溪区局", "周敏", "--staff-no", "0007").stdout
    assert "云溪区局" in said
    assert "周敏（0007）" in said
    assert code_in(said.replace("0007", ""))
    again = chinese("init", "云溪区局", "周敏", code=2)
    assert "已" in again.stderr
    assert again.stdout == ""


@pytest.mark.parametrize("names", [("a/b",), ("  ", "x"), ("a", " ")])
def test_init_refuses_names_that_are_none(office: Office, names: tuple[str, ...]) -> None:
    assert "name" in office("init", *names, code=2).stderr
    office("init", "After all")


def test_run_on_an_empty_database_says_what_to_do(office: Office) -> None:
    with running(office, "run") as program:
        until(lambda: "zeroreport init" in program.output)
        assert program.get("/healthz").status == 200
        assert program.stop() < SOON
        assert program.process.returncode == 0


@pytest.mark.parametrize(
    "command",
    ["export --day 2026-11-23", "summary --day 2026-11-23 --unit X", "verify", "invite 1"],
)
def test_questions_to_a_database_without_tables_say_what_to_do(office: Office, command: str) -> None:
    assert "zeroreport init" in office(*command.split(), code=2).stderr
