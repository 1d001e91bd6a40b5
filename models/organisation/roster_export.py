"""Write the roster as a file: everybody, so that it imports again unchanged, or an empty one to fill in. People get
words of their language, scripts get codes (`CODES`), and an import takes either."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import BytesIO

from sqlalchemy import ColumnElement, and_, case, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from models.organisation.people import Membership, Person, here
from models.organisation.roster_headings import HEADINGS, LABELS
from models.organisation.roster_rows import EXAMPLES, KINDS, LOCALES, NO_REST, ROLES
from models.organisation.units import Unit, below
from models.spreadsheets.reader import letters
from models.spreadsheets.writer import FORMULA
from models.time.calendars import WEEKDAYS

COLUMNS = tuple(dict.fromkeys(HEADINGS.values()))
CODES = "codes"  # in place of a locale
WORDS: Mapping[str, Mapping[str, Mapping[str, str]]] = {  # locale → column → stored value → its word in a roster
    "zh_CN": {
        "role": {str(role): word for word, role in ROLES.items() if word and not word.isascii()},
        "kind": {str(kind): word for word, kind in KINDS.items() if word and not word.isascii()},
        "locale": {"zh_CN": "中文", "en": "英文"},
    },
    "en": {"locale": {"zh_CN": "Chinese", "en": "English"}},
    CODES: {"locale": {"zh_CN": "zh"}},
}
CHOSEN = ("role", "kind", "locale")  # columns with words to choose from
FILLED_IN = 1000  # rows of the template that have lists to choose from


def headings(locale: str) -> list[str]:
    """Return the columns' headings in a language, or in codes."""
    if locale == CODES:
        return list(COLUMNS)
    if locale == "zh_CN":
        chinese = {name: heading for heading, name in HEADINGS.items() if not heading.isascii()}
        return [chinese[name] for name in COLUMNS]
    return [LABELS[name]["en"][0].upper() + LABELS[name]["en"][1:] for name in COLUMNS]


def rows(session: Session, locale: str, today: date, tops: Sequence[Unit] = ()) -> Iterator[list[str]]:
    """Yield the heading and a line per membership of everybody who has not left by `today`, unit by unit in the
    roster's order, but a person's home first: importing them changes nothing here, and makes the same organisation
    elsewhere. `tops` narrow it to their subtrees."""
    reporter, homed, home = aliased(Person), aliased(Membership), aliased(Unit)
    yield headings(locale)
    query = (
        select(Person, Membership.role, Unit.path, col(reporter.staff_no))
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .join(reporter, col(reporter.id) == col(Person.reporter_id), isouter=True)
        .join(homed, (col(homed.person_id) == col(Person.id)) & col(homed.home).is_(True))
        .join(home, col(home.id) == col(homed.unit_id))
        .where(_whose(today, tops))
        .order_by(
            case((col(Unit.rank) < home.rank, home.rank), else_=col(Unit.rank)),
            col(Membership.home).desc(),
            col(Person.id),
        )
        .execution_options(yield_per=2000)
    )
    for person, role, path, reports in session.exec(query):
        yield [
            person.staff_no, person.name, path, word("role", role, locale), word("kind", person.kind, locale),
            reports or "", word("locale", person.locale or "", locale), person.timezone or "",
            rest_days(person.rest_days, locale), person.wecom_id or "", person.phone or "",
        ]  # fmt: skip


def word(column: str, value: str, locale: str) -> str:
    """Return a stored role, kind or locale as a roster in this language writes it."""
    return WORDS[locale].get(column, {}).get(value, value)


def rest_days(stored: str | None, locale: str) -> str:
    """Return the weekly days off as a roster in this language writes them; "" if the calendar alone decides."""
    chinese = locale == "zh_CN"
    if stored == "":
        return NO_REST[chinese]
    if stored and chinese:
        return " ".join("一二三四五六日"[WEEKDAYS.index(day)] for day in stored.split(","))
    return (stored or "") if locale == CODES else ", ".join(it.capitalize() for it in (stored or "").split(","))


def quoted(line: Sequence[str]) -> list[str]:
    """Return the cells so that no spreadsheet takes them for formulas, and `roster_reader.read` gives them back as they
    were."""
    return ["'" + cell if cell.startswith(("'", *FORMULA)) else cell for cell in line]


def number(session: Session, today: date, tops: Sequence[Unit] = ()) -> int:
    """Return how many lines `rows` has below its heading."""
    query = select(func.count()).select_from(Membership).join(Person).join(Unit).where(_whose(today, tops))
    return session.exec(query).one()


def _whose(today: date, tops: Sequence[Unit]) -> ColumnElement[bool]:
    return and_(here(today), or_(*(below(top.path) for top in tops)) if tops else true())


def template(locale: str, example: Mapping[str, str], told: Mapping[str, str], names: tuple[str, str]) -> bytes:
    """Return an empty roster in Excel. `example` is a line by column, `told` a sentence on each column, `names` those
    of the two sheets. The example's staff number says that it is one; such a line is never imported."""
    from openpyxl import Workbook  # 7 MB, loaded where a workbook is made
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.worksheets[0])
    page, help_page = (book.create_sheet(name) for name in names)
    page.append(headings(locale))
    line = {**example, "staff_no": EXAMPLES[0 if locale == "zh_CN" else 1]}
    page.append([line.get(name, "") for name in COLUMNS])
    for at, name in enumerate(COLUMNS, 1):
        letter = letters(at)
        page.column_dimensions[letter].width = 24 if name == "unit" else 14
        page.column_dimensions[letter].number_format = page.cell(2, at).number_format = "@"
        page.cell(1, at).font = Font(bold=True)
        if name in CHOSEN:
            choices = ",".join(word(name, value, locale) for value in _values(name))
            rule = DataValidation(type="list", formula1=f'"{choices}"', allow_blank=True)
            rule.add(f"{letter}2:{letter}{FILLED_IN + 1}")
            page.add_data_validation(rule)
    page.freeze_panes = "A2"
    for heading, name in zip(headings(locale), COLUMNS, strict=True):
        help_page.append([heading, told[name]])
    help_page.column_dimensions["A"].width, help_page.column_dimensions["B"].width = 14, 90
    for (cell,) in help_page.iter_rows(min_col=2, max_col=2):
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _values(column: str) -> list[str]:
    known: dict[str, list[str | None]] = {
        "role": [*ROLES.values()],
        "kind": [*KINDS.values()],
        "locale": [*LOCALES.values()],
    }
    return [str(value) for value in dict.fromkeys(known[column]) if value]
