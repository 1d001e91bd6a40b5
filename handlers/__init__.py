"""Decide what to do: one behaviour, one file. Imports models only."""
