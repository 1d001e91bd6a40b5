"""A local WeCom and the people who use it: what the tests and benches run against."""

from tests.fakes.wecom.callbacks import Answered, sealed
from tests.fakes.wecom.people import Member
from tests.fakes.wecom.server import WeComServer, settings, wecom
from tests.fakes.wecom.state import AES_KEY, AGENT, CORP, SECRET, TOKEN, Shown

__all__ = [
    "AES_KEY",
    "AGENT",
    "CORP",
    "SECRET",
    "TOKEN",
    "Answered",
    "Member",
    "Shown",
    "WeComServer",
    "sealed",
    "settings",
    "wecom",
]
