"""Write and compare manifests: what is known of a backup when it is made, in a file beside it, so that later damage is
named."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from models.core.errors import Refusal

END = ".json"
AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """The facts of one backup. `differs` is how many differences `verify` found; None if it could not run, because the
    tables are of another version. `seal` is the digest of the newest seal. `itself` is the digest of all other fields.
    """

    file: str
    size: int
    sha256: str
    engine: str
    made_at: str
    program: str
    schema: str
    seals: int
    revisions: int
    seal: str
    differs: int | None
    itself: str = ""

    def signed(self) -> "Manifest":
        bare = json.dumps(asdict(replace(self, itself="")), sort_keys=True)
        return replace(self, itself=hashlib.sha256(bare.encode()).hexdigest())

    def written(self) -> bytes:
        return (json.dumps(asdict(self.signed()), indent=2) + "\n").encode()


def of(backup: Path) -> Path:
    """Return where a backup's manifest is."""
    return backup.with_name(backup.name + END)


def read(backup: Path) -> Manifest:
    """Return the manifest of a backup, which has to be byte for byte what we would write. Raise `backup.no_manifest` or
    `backup.bad_manifest`."""
    path = of(backup)
    try:
        there = path.read_bytes()
    except FileNotFoundError:
        raise Refusal("backup.no_manifest", path=str(backup), manifest=path.name) from None
    except OSError as error:
        raise Refusal("cli.unreadable", path=str(path), reason=error.strerror) from None
    try:
        found = Manifest(**json.loads(there))
    except (ValueError, TypeError):
        found = None
    if found is None or found.written() != there:
        raise Refusal("backup.bad_manifest", path=str(path))
    return found


def compare(found: Manifest, backup: Path, size: int, sha256: str) -> None:
    """Raise `backup.altered` if a file is not the one that was written."""
    if size != found.size:
        raise Refusal("backup.cut", path=str(backup), size=size, was=found.size)
    if sha256 != found.sha256:
        raise Refusal("backup.altered", path=str(backup))


def digest(source: BinaryIO, into: BinaryIO | None = None) -> tuple[int, str]:
    """Return size and digest of a file. With `into`, copy the file on the way, so that the copied bytes are the checked
    ones."""
    made, size = hashlib.sha256(), 0
    for chunk in _chunks(source):
        made.update(chunk)
        size += len(chunk)
        if into:
            into.write(chunk)
    return size, made.hexdigest()


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(AT_ONCE):
        yield chunk
