"""The files that go into and come out of the demo for the pictures of campaign.md: a duty table as a lead keeps it in
Excel, and the report of a run as Word."""

import subprocess
import tempfile
from pathlib import Path

from docs.hand import Hand
from tests.support.workbooks import workbook

SHEET = 460  # px: a page's words can still be read
HEADS = {"en": ("Day", "Day 09:00-18:00", "Night 18:00-09:00"), "zh": ("星期", "白班 09:00-18:00", "夜班 18:00-09:00")}
TITLE = {"en": "Duty of Station 3", "zh": "三站值班表"}
STATION = {"en": "Station 3", "zh": "三站"}  # what its sheet is called
DAYS = {"en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "zh": ("一", "二", "三", "四", "五", "六", "日")}
# Who has the day and who the night, by staff number in the demo's roster
WEEK = (("2301", "2302"), ("2302", "2304"), ("2304", "2303"), ("2303", "2301"), ("2301", "2302"), ("2302", "2304"),
        ("2304", "2303"))  # fmt: skip
NAMES = {
    "en": {"2301": "Deng Chao", "2302": "Zeng Hui", "2303": "Peng Fei", "2304": "Xiao Ran"},
    "zh": {"2301": "邓超", "2302": "曾慧", "2303": "彭飞", "2304": "萧然"},
}
WRONG = {"en": ("Zeng Hiu", "Ma Chao"), "zh": ("曾惠", "马超")}  # misspelt, and of another station


def duty_table(language: str, *, wrong: bool = False) -> tuple[str, bytes]:
    """Return the table and its name; with a name misspelt, somebody of another station and somebody twice a day."""
    rows = [[NAMES[language][day], NAMES[language][night]] for day, night in WEEK]
    if wrong:
        rows[1][0], rows[3][1] = WRONG[language]
        rows[5][1] = f"{rows[5][1]}, {rows[5][1]}" if language == "en" else f"{rows[5][1]}、{rows[5][1]}"
    lines = [[day, *row] for day, row in zip(DAYS[language], rows, strict=True)]
    return f"{TITLE[language]}.xlsx", workbook(**{STATION[language]: [[TITLE[language]], HEADS[language], *lines]})


def keep_page(hand: Hand, data: bytes, name: str) -> None:
    """Keep a picture of the first page of a Word file, as a desk's program lays it out."""
    with tempfile.TemporaryDirectory(prefix="zeroreport-") as folder:
        paper = Path(folder, "paper.docx")
        paper.write_bytes(data)
        _run("soffice", f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to", "pdf",
             "--outdir", folder, str(paper))  # fmt: skip
        _run("pdftoppm", "-png", "-r", "110", "-f", "1", "-l", "1", "-singlefile", f"{folder}/paper.pdf",
             f"{folder}/paper")  # fmt: skip
        hand.draw(Path(folder, "paper.png").read_bytes(), name, SHEET)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=180)
