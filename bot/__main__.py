"""`python -m bot` is `zeroreport`."""

from bot.cli.main import main

main()
