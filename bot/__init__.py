"""Reach the world: channels, scheduler, delivery, web, command line, and how they are put together."""

import gc

gc.set_threshold(20_000, 20, 10)  # before anything is loaded: docs/decisions/0123-what-is-loaded.md
