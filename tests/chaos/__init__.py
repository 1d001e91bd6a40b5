"""Play a working day in which everything that can break breaks: the real programs on one database."""
