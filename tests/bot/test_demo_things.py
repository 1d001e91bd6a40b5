"""The demo's bureau has a store to play with, and two collections of 16,550 yuan in all."""

import pytest
from sqlmodel import col, func, select

from bot.demo import stage
from handlers.core.context import Defaults
from models.core.database import Database
from models.donations.collections import CollectionSum
from models.evidence import verification
from models.supplies.items import Item
from models.supplies.movements import Stock

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_the_demo_begins_with_masks_disinfectant_and_two_collections(database: Database, locale: str) -> None:
    with database.writing() as session:
        stage._found(session, Defaults(locale))
    with database.reading() as session:
        assert session.exec(select(func.sum(CollectionSum.given), func.count())).one() == (16550, 2)
        held = dict(session.exec(select(Item.measure, col(Stock.balance)).join(Stock)).all())
        assert sorted(held.values()) == [120, 900]
        assert verification.verify(session).differs == []
