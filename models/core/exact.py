"""Keep quantities and money exactly: as whole numbers of their smallest part, which both databases store and
add without loss."""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, TypeDecorator

MOST = Decimal(10) ** 12  # far more than any amount, and far less than a column holds


class Exact(TypeDecorator[Decimal]):
    """A Decimal with so many `places` behind the point. Raises ValueError for one that has more, or is too large."""

    impl = BigInteger
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        parts = Decimal(value).scaleb(self.places)
        if parts != parts.to_integral_value() or abs(value) >= MOST:
            raise ValueError(f"{value} does not fit {self.places} places")
        return int(parts)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-self.places).normalize() + 0


QUANTITY, MONEY = Exact(2), Exact(2)
NOTHING = Decimal(0)
