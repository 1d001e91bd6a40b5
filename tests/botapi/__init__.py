"""A local Bot API server and the people who use it: what the tests and benches run against."""

from tests.botapi.people import Group, Person
from tests.botapi.server import TOKEN, BotApi

__all__ = ["TOKEN", "BotApi", "Group", "Person"]
