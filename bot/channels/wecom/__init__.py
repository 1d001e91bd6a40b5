"""WeCom, as the rest of the program knows it."""

from collections.abc import Iterable

from bot.channels.package import Finding, Installed, Package, Services
from bot.channels.wecom.settings import WeComSettings


def _bot(settings: WeComSettings) -> str | None:
    return settings.wecom.app if settings.wecom else None


def _make(settings: WeComSettings, services: Services) -> Installed | None:
    access = settings.ready_wecom()
    if access is None:
        return None
    from bot.channels.wecom import callback  # loaded where it is set up: it takes 8 MB
    from bot.channels.wecom.channel import WeCom

    made = WeCom(access, services.database, services.worker, services.locale)
    made.inbox.alive = services.alive
    if made.profile.real:  # the clock of a server on this machine is this machine's
        made.api.hear = services.outside.hear
    return Installed(made, made.close, [callback.route(made)], begin=lambda: made.catch_up(services.desk))


def _checks(settings: WeComSettings, public_url: str) -> Iterable[Finding]:
    if settings.wecom is None:
        return []
    from bot.channels.wecom.checks import verify  # loaded where it is set up: it takes 8 MB

    return verify(settings.wecom, public_url)


PACKAGE = Package("wecom", WeComSettings, _bot, _make, _checks)
