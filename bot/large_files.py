"""Store a large file a part at a time, each in a transaction of its own, before the transaction that refers to it: none
holds the writer for all of it. What never gets a transaction that refers to it is deleted at night, like any file."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from sqlmodel import Session

from models.files import blobs

Transact = Callable[[Callable[[Session], None]], Awaitable[None]]


async def store(transact: Transact, data: bytes) -> None:
    """Store the parts of these bytes, if they are more than one."""
    if len(data) <= blobs.PART:
        return
    file = await asyncio.to_thread(blobs.described, "", "", data)
    for number in range(len(blobs.parts(data))):
        await transact(partial(blobs.keep_part, file=file, number=number, data=data))
