"""Reaches the world: channels, scheduler, delivery, web, command line, and the wiring of it all."""

import gc

gc.set_threshold(20_000, 20, 10)  # before anything is loaded: docs/decisions/0123-what-is-loaded.md
