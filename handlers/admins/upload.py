"""`/upload`, 上传: a link for one file, for a chat that delivers none."""

from handlers.turn import Turn
from models import uploads


def handle(turn: Turn, words: str) -> None:
    """Where nobody reaches the program from outside there is no link, and the operator has to know."""
    if not turn.fileless:
        turn.say("upload_here")
        return
    base = turn.house.public_url
    link = f"{base}/upload/{uploads.offer(turn.session, turn.here, turn.now)}" if base else None
    turn.say("upload", link=link, until=turn.now + uploads.LASTS)
