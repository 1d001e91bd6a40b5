"""List the kinds of background jobs that write files."""

from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol

from sqlmodel import Session

from handlers.core.context import Context
from handlers.exports import export_job
from models.operations.jobs import Job


class FileKind(Protocol):
    """Writes what a job of one kind makes, and says in the chat what becomes of it. `order` is all that the process
    which writes has to know; `write_file` runs there. `base` is where links to kept files lead."""

    MOST_BYTES: int

    def order(self, context: Context, job: Job) -> dict[str, Any]: ...

    def write_file(
        self, session: Session, told: Mapping[str, Any], out: IO[bytes], tell: Callable[..., None]
    ) -> dict[str, Any]: ...

    def progress(self, context: Context, job: Job, said: Mapping[str, Any]) -> None: ...

    def finish(self, context: Context, job: Job, found: Mapping[str, Any], size: int, data: bytes | None) -> None: ...

    def end(self, context: Context, job: Job, how: str, **more: Any) -> None: ...

    def base(self, context: Context) -> str: ...


KINDS: Mapping[str, FileKind] = {export_job.JOB: export_job}
