"""`python -m bot` is `zeroreport`."""

from bot.cli import main

main()
