"""Name kinds of people and roles in units: words of a roster, known without a database."""

from enum import StrEnum


class Role(StrEnum):
    MEMBER = "member"
    LEAD = "lead"
    ADMIN = "admin"


class Kind(StrEnum):
    STAFF = "staff"
    WARD = "ward"
    OUTSIDE = "outside"  # a shop, a household: no account, asked by links only (docs/rules.md 32.1)
