"""All tables, imported so that their metadata is complete."""

from models import (
    absences,
    addresses,
    assignments,
    audit,
    cards,
    deputies,
    drafts,
    excuses,
    figures,
    leases,
    messages,
    people,
    periods,
    posts,
    reports,
    seals,
    seen,
    versions,
)

__all__ = [
    "absences", "addresses", "assignments", "audit", "cards", "deputies", "drafts", "excuses", "figures", "leases",
    "messages", "people", "periods", "posts", "reports", "seals", "seen", "versions",
]  # fmt: skip
