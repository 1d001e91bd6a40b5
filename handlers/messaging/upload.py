"""`/upload`, 上传: give a link for one file, for a chat that delivers none."""

from handlers.core.access import LEAD
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.messaging import upload_links

router = Router("upload", LEAD)


@router.command("upload", word="上传")
def handle(turn: Turn, words: str) -> None:
    """Give a link, or say that there is none because nobody reaches the program from outside."""
    if not turn.fileless:
        turn.say("messaging/upload_here")
        return
    base = turn.defaults.public_url
    link = f"{base}/upload/{upload_links.offer(turn.session, turn.here, turn.now)}" if base else None
    turn.say("messaging/upload", link=link, until=turn.now + upload_links.LASTS)
