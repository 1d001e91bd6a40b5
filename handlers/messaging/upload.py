"""`/upload`, 上传: a link for one file, for a chat that delivers none."""

from handlers.core.router import ADMIN, Router
from handlers.core.turn import Turn
from models.messaging import upload_links

router = Router("upload", ADMIN)


@router.command("upload", word="上传")
def handle(turn: Turn, words: str) -> None:
    """Where nobody reaches the program from outside there is no link, and the operator has to know."""
    if not turn.fileless:
        turn.say("messaging/upload_here")
        return
    base = turn.defaults.public_url
    link = f"{base}/upload/{upload_links.offer(turn.session, turn.here, turn.now)}" if base else None
    turn.say("messaging/upload", link=link, until=turn.now + upload_links.LASTS)
