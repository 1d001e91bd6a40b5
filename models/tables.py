"""All tables, imported so that their metadata is complete."""

from models import (
    addresses,
    assignments,
    audit,
    cards,
    drafts,
    figures,
    leases,
    messages,
    people,
    periods,
    posts,
    reports,
    seals,
    seen,
    totals,
    versions,
)

__all__ = [
    "addresses", "assignments", "audit", "cards", "drafts", "figures", "leases", "messages", "people", "periods",
    "posts", "reports", "seals", "seen", "totals", "versions",
]  # fmt: skip
