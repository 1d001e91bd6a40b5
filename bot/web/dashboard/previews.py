"""Show a message as each channel would: by the channel's own code that writes what it sends."""

from bot.channels.previews import Preview, as_it_is
from bot.channels.registry import CHANNELS
from handlers.core.rendering import Renderer
from models.messaging.contents import Content


def previews(content: Content, words: Renderer) -> list[Preview]:
    """Return one preview for each channel, the browser chat's last."""
    shown = [it.preview(content, words) if it.preview else as_it_is(it.name, content) for it in CHANNELS]
    return [*shown, as_it_is("web", content)]
