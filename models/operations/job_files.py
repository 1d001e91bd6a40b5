"""Keep a file that a job wrote and that no chat takes, a part at a time, until its link expires: neither the program's
memory nor a transaction holds more than a part."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Field, Session, col, select

from models.core.table import Table
from models.messaging.dashboard_keys import LASTS, Kind
from models.operations.jobs import Job

PART = 1024 * 1024  # bytes
AT_A_TIME = 8  # parts that one transaction deletes
LASTING = LASTS[Kind.FILE]


class JobPart(Table, table=True):
    """One of the parts of a job's file; `number` counts them from 0."""

    job_id: int = Field(foreign_key="job.id", primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    data: bytes


def add(session: Session, job_id: int, number: int, data: bytes) -> None:
    """Keep a part; a second time changes nothing."""
    session.merge(JobPart(job_id=job_id, number=number, data=data))


def part(session: Session, job_id: int, number: int) -> bytes | None:
    """Return a part of a job's file; None behind the last one, and when the file is gone."""
    return session.exec(select(JobPart.data).where(JobPart.job_id == job_id, JobPart.number == number)).first()


def drop(session: Session, job_id: int) -> bool:
    """Delete the next parts of a job's file; say whether there may be more."""
    numbers = select(JobPart.number).where(JobPart.job_id == job_id).limit(AT_A_TIME)
    return _delete(session, [(job_id, number) for number in session.exec(numbers).all()])


def forget(session: Session, now: datetime) -> bool:
    """Delete the next parts of files whose links have expired; say whether there may be more."""
    over = select(JobPart.job_id, JobPart.number).join(Job, col(Job.id) == col(JobPart.job_id))
    over = over.where(col(Job.done_at) < now - LASTING).limit(AT_A_TIME)
    return _delete(session, [(job_id, number) for job_id, number in session.exec(over).all()])


def _delete(session: Session, parts: list[tuple[int, int]]) -> bool:
    for job_id, number in parts:
        session.connection().execute(
            delete(JobPart).where(col(JobPart.job_id) == job_id, col(JobPart.number) == number)
        )
    return len(parts) == AT_A_TIME
