"""A working day under fire: the real programs on one database, and everything that can break breaks."""
