"""What a person is, and is in a unit: words that a roster says, known without a database."""

from enum import StrEnum


class Role(StrEnum):
    MEMBER = "member"
    LEAD = "lead"
    ADMIN = "admin"


class Kind(StrEnum):
    STAFF = "staff"
    WARD = "ward"
