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
    nights,
    parking,
    people,
    periods,
    posts,
    reports,
    seals,
    seen,
    versions,
)

__all__ = [
    "addresses", "assignments", "audit", "cards", "drafts", "figures", "leases", "messages",
    "nights", "parking", "people", "periods",
    "posts", "reports", "seals", "seen", "versions",
]  # fmt: skip
