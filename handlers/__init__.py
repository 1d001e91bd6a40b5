"""What we do about it: one behaviour, one file. Imports models only."""
