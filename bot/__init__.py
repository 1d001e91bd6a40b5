"""Reaches the world: channels, scheduler, delivery, web, command line, and the wiring of it all."""
