"""Draw a report as PDF with Typst: the layout stands in templates/documents/report.typ, and everything it shows comes
beside it as data."""

import json
from importlib.util import find_spec
from pathlib import Path

import typst

from models.documents import columns
from models.documents.paper import Paper

LAYOUT = Path(__file__).parents[2] / "templates" / "documents" / "report.typ"


def draw(paper: Paper) -> bytes:
    """Return the PDF."""
    told = {
        "fields": paper.fields, "words": paper.words, "locale": paper.locale, "about": paper.about, "red": paper.red,
        "widths": {
            "units": columns.widths(columns.units(paper.about), paper.locale),
            "days": columns.widths(columns.DAYS, paper.locale),
            "steps": columns.widths(columns.STEPS, paper.locale),
            "indicators": columns.widths(columns.INDICATORS, paper.locale),
        },
    }  # fmt: skip
    report = json.dumps(told, ensure_ascii=False)
    made = typst.compile(LAYOUT, font_paths=[fonts()], sys_inputs={"report": report}, pdf_standards="a-2b")
    return bytes(made)


def fonts() -> Path:
    """Return the folder of the font that is installed with the program; its package is found without being imported."""
    spec = find_spec("manimgx_fonts_cjk")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("manimgx_fonts_cjk")
    return Path(spec.origin).parent
