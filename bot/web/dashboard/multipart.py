"""Read a form with files in it (RFC 7578) as browsers send it."""

import re
from dataclasses import dataclass
from email.message import Message

MOST_FIELDS = 20
NAME = re.compile(r'[; ]name="([^"]*)"')
FILE = re.compile(r'[; ]filename="([^"]*)"')
MIME = re.compile(r"content-type: *([\w.+-]{1,60}/[\w.+-]{1,80}) *(?:;.*)?$", re.ASCII | re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Part:
    """A field, or a file if it has a `filename`; `mime` is what the browser says of the file, "" if it says nothing."""

    name: str
    data: bytes
    filename: str | None = None
    mime: str = ""


def parts(content_type: str, body: bytes, most: int = MOST_FIELDS) -> list[Part]:
    """Return the fields and files in their order, `most` at most; none for a body that is no such form."""
    about = Message()
    about["Content-Type"] = content_type
    boundary = about.get_param("boundary") if about.get_content_type() == "multipart/form-data" else None
    if not isinstance(boundary, str) or not 0 < len(boundary) <= 70:
        return []
    found = []
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode(), most)[1:]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        said = head.decode(errors="replace")
        name, called, mime = NAME.search(said), FILE.search(said), MIME.search(said)
        if name or called:
            file = called[1].replace("%22", '"') if called else None
            found.append(Part(name[1] if name else "", data, file, mime[1].lower() if mime else ""))
    return found


def read(content_type: str, body: bytes) -> tuple[dict[str, str], tuple[str, bytes]]:
    """Return the fields, and the name and bytes of the file; all of them empty for a body that is no such form."""
    found = parts(content_type, body)
    files = [(it.filename, it.data) for it in found if it.filename is not None]
    fields = {it.name: it.data.decode(errors="replace") for it in found if it.filename is None}
    return fields, files[-1] if files else ("", b"")
