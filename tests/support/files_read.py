"""Read the file that somebody sends as bot/workers/file_reader.py does, in this process."""

from dataclasses import replace

from handlers.core import file_reading
from handlers.core.incoming import Incoming
from models.changes import file_answers, file_readings
from models.core.database import Database
from models.files import blobs


def read(database: Database, incoming: Incoming) -> Incoming:
    """Return the same with what the file says, if there is one that is read."""
    with database.reading() as session:
        if incoming.file is None or incoming.reading:
            return incoming
        kept = blobs.find(session, incoming.file.digest)  # none of a file too large to be fetched
    return read_data(database, incoming, kept) if kept else incoming


def read_data(database: Database, incoming: Incoming, data: bytes) -> Incoming:
    """Do the same with the bytes of a file that is not kept yet."""
    with database.reading() as session:
        if incoming.file is None or not file_reading.is_read(session, incoming, data, incoming.at.date()):
            return incoming
        answers = file_answers.known(session)
    lines = b"".join(file_readings.written(file_readings.read(incoming.file.name, data, answers))).split(b"\n")
    return replace(incoming, reading=file_readings.restored(lines))
