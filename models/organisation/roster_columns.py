"""Decide which column of a sheet is which, from its headings and from what people have answered."""

from collections.abc import Sequence

from models.core.errors import Note, Refusal, Refusals
from models.organisation.roster_headings import (
    ACCOUNT,
    FIRST,
    HEADINGS,
    KNOWN,
    LABELS,
    LAST,
    NEEDED,
    NUMBER,
    USER_ID,
    WECOM,
)
from models.organisation.roster_questions import BOTH, NOTHING, SHEET_NAME, Answers, Option, Question, Unclear
from models.spreadsheets import headings
from models.spreadsheets.headings import Headings, plain
from models.spreadsheets.reader import Line, Sheet

SHOWN = 8  # columns to choose from
_PLAIN_SHEETS = (
    "sheet", "table", "roster", "people", "staff", "employees", "data",
    "工作表", "表", "花名册", "名册", "人员", "人员名单", "名单", "通讯录", "成员", "员工", "员工花名册",
)  # fmt: skip


def heading_of(sheet: Sheet, answers: Answers) -> Headings | None:
    """Return the heading line of a sheet of people; None if it is no such sheet."""
    learnt = {key.removeprefix("heading:"): column for key, column in answers.items() if key.startswith("heading:")}
    known = KNOWN | {word: column for word, column in learnt.items() if column != NOTHING}
    return headings.find(sheet, known, [*NEEDED])


def is_of_people(found: Headings | None, sheet: Sheet) -> bool:
    """Say whether a sheet has the headings of people: a number or a name, and something else of what is needed."""
    if found is None:
        return False
    known = {_stands_for(name) for name in found.known()} & set(NEEDED)
    return len(known) >= 2


def is_sheet_of_people(sheet: Sheet) -> bool:
    """Say whether a sheet is one of people, as far as headings alone tell."""
    try:
        return is_of_people(heading_of(sheet, {}), sheet)
    except Refusal:  # its headings stand in two lines
        return True


def _stands_for(name: str) -> str:
    return {ACCOUNT: "staff_no", NUMBER: "staff_no", USER_ID: "staff_no", FIRST: "name", LAST: "name"}.get(name, name)


class Columns:
    """The columns of one sheet by name, each with its positions; `notes` say what was taken for what."""

    def __init__(self, sheet: Sheet, found: Headings, answers: Answers, alone: bool) -> None:
        self.sheet, self.found, self.answers, self.alone = sheet, found, answers, alone
        self.by_name: dict[str, list[int]] = {name: found.at(name) for name in found.known()}
        self.unit: str | None = None
        self.notes: list[Note] = []
        self._learnt()
        self._one_each()
        self._number()
        self._person()
        self._place()
        wrong = headings.misspelt(found, HEADINGS)
        if wrong:
            raise Refusals([it.at(it.line, sheet.name) for it in wrong])

    def _learnt(self) -> None:
        """Note the headings that mean a column because somebody said so."""
        for at, name in enumerate(self.found.names):
            word = plain(self.words(at)) if at < len(self.found.line.cells) else ""
            if name in LABELS and word not in KNOWN and self.answers.get(f"heading:{word}") == name:
                self.notes.append(Note("headings.learnt", {"heading": self.words(at)[:40], "column": LABELS[name]}))

    def words(self, at: int) -> str:
        return self.found.line.words(at)

    def _one_each(self) -> None:
        """Ask where two columns might be the same one of ours; two with one heading must say the same."""
        for name, places in list(self.by_name.items()):
            places = [at for at in places if self._used(at)] or places[:1]
            places = [at for n, at in enumerate(places) if not any(self._same(at, it) for it in places[:n])]
            if len({plain(self.words(at)) for at in places}) < len(places):
                refusal = Refusal("headings.twice", heading=self.words(places[-1])[:40])
                raise Refusals([refusal.at(self.found.line.number, self.sheet.name)])
            if len(places) > 1 and name in (ACCOUNT, NUMBER, USER_ID):
                places = places[:1]
            if len(places) > 1:
                places = self._chosen(name, places)
            self.by_name[name] = places

    def _used(self, at: int) -> bool:
        return any(at < len(line.cells) and line.cells[at] for line in self.found.below)

    def _same(self, one: int, other: int) -> bool:
        return all(line.words(one) == line.words(other) for line in self.found.below)

    def _chosen(self, name: str, places: list[int]) -> list[int]:
        said = {plain(self.words(at)): at for at in places}
        key = f"which:{name}:" + "|".join(sorted(said))
        answer = self.answers.get(key, "")
        if answer == BOTH or answer in said:
            chosen = places if answer == BOTH else [said[answer]]
            heading = "/".join(self.words(at)[:40] for at in chosen)
            self.notes.append(Note("headings.learnt", {"heading": heading, "column": LABELS[name]}))
            self._leave_out([at for at in places if at not in chosen])
            return chosen
        options = [Option(plain(self.words(at)), self.words(at)[:40]) for at in places]
        if name == "unit" and len(places) == 2:
            options.append(Option(BOTH, "/".join(self.words(at)[:20] for at in places)))
        words = [self.words(at)[:40] for at in places]
        refusal = Refusal("headings.unclear", column=LABELS[name], headings=words)
        values: dict[str, object] = {"column": LABELS[name], "headings": words, "sample": self._sample(places)}
        raise Unclear(
            Question(key, "which", options, values),
            refusal.at(self.found.line.number, self.sheet.name),
        )

    def _sample(self, places: Sequence[int]) -> str:
        line = next((it for it in self.found.below if all(it.words(at) for at in places)), None)
        return " · ".join(line.words(at)[:40] for at in places) if line else ""

    def _number(self) -> None:
        """Find the staff numbers: in their own column, else in one of accounts or numbers."""
        own = self.by_name.get("staff_no")
        if own and not self._used(own[0]) and any(self.by_name.get(it) for it in (ACCOUNT, USER_ID)):
            del self.by_name["staff_no"]
        spare = [it for it in (ACCOUNT, USER_ID, NUMBER) if it in self.by_name]
        if "staff_no" in self.by_name:
            self._account()
        elif ACCOUNT in spare or USER_ID in spare:
            self._take(spare[0])
        elif spare and not self._counts(self.by_name[NUMBER][0]):
            self._take(NUMBER)
        for name in (ACCOUNT, USER_ID, NUMBER):
            if name in self.by_name:
                self._leave_out(self.by_name.pop(name))
        if "staff_no" not in self.by_name:
            self._ask("staff_no")

    def _take(self, name: str) -> None:
        self.by_name["staff_no"] = self.by_name.pop(name)
        heading = self.words(self.by_name["staff_no"][0])
        self.notes.append(Note("headings.taken", {"heading": heading[:40], "column": LABELS["staff_no"]}))

    def _counts(self, at: int) -> bool:
        """Say whether a column only counts the lines: 1, 2, 3."""
        said = [line.words(at) for line in self.found.below if line.words(at)]
        return said == [str(n) for n in range(1, len(said) + 1)]

    def _account(self) -> None:
        """Find out whether accounts beside the staff numbers are those of WeCom."""
        if ACCOUNT not in self.by_name or "wecom_id" in self.by_name:
            return
        at = self.by_name[ACCOUNT][0]
        key = f"heading:{plain(self.words(at))}"
        of_wecom = len(WECOM & {plain(self.words(n)) for n in self.found.unknown()}) >= 2
        if not of_wecom and key not in self.answers:
            options = [Option("wecom_id"), Option(NOTHING)]
            question = Question(key, "account", options, {"heading": self.words(at)[:40], "sample": self._sample([at])})
            refusal = Refusal("headings.unclear", column=LABELS["wecom_id"], headings=[self.words(at)[:40]])
            raise Unclear(question, refusal.at(self.found.line.number, self.sheet.name))
        if of_wecom or self.answers[key] == "wecom_id":
            self.by_name["wecom_id"] = self.by_name.pop(ACCOUNT)
            self.notes.append(Note("headings.taken", {"heading": self.words(at)[:40], "column": LABELS["wecom_id"]}))

    def _leave_out(self, places: list[int]) -> None:
        for at in places:
            self.found.names[at] = None

    def _person(self) -> None:
        if "name" in self.by_name:
            self._leave_out([*self.by_name.pop(FIRST, []), *self.by_name.pop(LAST, [])])
        elif not (FIRST in self.by_name and LAST in self.by_name):
            self._leave_out([*self.by_name.pop(FIRST, []), *self.by_name.pop(LAST, [])])
            self._ask("name")

    def _place(self) -> None:
        if "unit" in self.by_name:
            return
        name = self.sheet.name or ""
        if not self.alone and not _is_plain(name):
            self.unit = name
            self.notes.append(Note("roster.sheet_is_unit", {"sheet": name}))
        else:
            self._ask("unit")

    def _ask(self, name: str) -> None:
        """Ask which column it is, if one may be; else refuse the sheet."""
        answer = self.answers.get(f"sheet:{name}", "")
        sheet = self.sheet.name or ""
        if name == "unit" and answer == SHEET_NAME and sheet and not _is_plain(sheet):
            self.unit = sheet
            return
        refusal = headings.missing(self.found, self.sheet, LABELS, NEEDED)
        refusal.values["missing"] = [LABELS[it] for it in NEEDED if it not in self.by_name and self._lacks(it)]
        choices = [at for at in self.found.unknown() if self._used(at)][:SHOWN]
        options = [Option(plain(self.words(at)), self.words(at)[:40]) for at in choices]
        if name == "unit" and sheet and not _is_plain(sheet):
            options.append(Option(SHEET_NAME, sheet))
        if not options:
            raise Refusals([refusal])
        found = [c for c in self.found.line.cells if isinstance(c, str) and c]
        values: dict[str, object] = {"asked": name, "column": LABELS[name], "found": found[:20]}
        raise Unclear(Question(f"sheet:{name}", "column", options, values), refusal)

    def _lacks(self, name: str) -> bool:
        return not (name == "name" and FIRST in self.by_name) and not (name == "unit" and self.unit)


def _is_plain(sheet: str) -> bool:
    """Say whether a sheet's name says nothing about what is on it."""
    bare = plain(sheet).rstrip("0123456789()（）")
    return bare in _PLAIN_SHEETS or not bare


def is_heading_again(line: Line, found: Headings) -> bool:
    """Say whether this is the heading once more, as on printed pages."""
    said = [plain(line.words(at)) for at in range(len(line.cells))]
    heading = [plain(found.line.words(at)) for at in range(len(found.names))]
    return [it for it in said if it] == [it for it in heading if it]
