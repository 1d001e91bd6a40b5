"""Read request bodies of bounded size."""

from starlette.requests import Request


async def body_of(request: Request, most: int) -> bytes | None:
    """Return the bytes that were sent, or None as soon as they are more than `most`."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return bytes(body)
