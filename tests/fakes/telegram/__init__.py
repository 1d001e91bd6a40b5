"""A local Bot API server and the people who use it: what the tests and benches run against."""

from tests.fakes.telegram.people import Group, Person
from tests.fakes.telegram.server import TOKEN, BotApi

__all__ = ["TOKEN", "BotApi", "Group", "Person"]
