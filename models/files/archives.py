"""Write a table and the files it names into one zip, file by file: never more than one file is in memory."""

from collections.abc import Callable, Iterable
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from sqlmodel import Session

from models.files import blobs

MIME = "application/zip"


def write(
    session: Session, name: str, table: Callable[[IO[bytes]], None], files: Iterable[tuple[str, str]], out: IO[bytes]
) -> None:  # fmt: skip
    """Write the zip: `table` writes the file `name`; `files` are names and digests, and go into the folder `files`."""
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        with archive.open(name, "w", force_zip64=True) as part:
            table(part)
        for file, digest in files:
            data = blobs.data_of(session, digest)
            archive.writestr(f"files/{file}", data, ZIP_STORED)  # photos and voice are compressed already
