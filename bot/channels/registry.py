"""List the channels besides the browser chat. A new channel is a package beside these, and its name here."""

from importlib import import_module

from bot.channels.package import Package

NAMES = ("telegram", "wecom")
CHANNELS: tuple[Package, ...] = tuple(import_module(f"bot.channels.{name}").PACKAGE for name in NAMES)
