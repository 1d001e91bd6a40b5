"""Say click's help and complaints in the language of whoever sits at the terminal, and say them whole."""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

import click


def spoken() -> str:
    """Return the language of whoever sits at the terminal."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh_CN" if told.startswith("zh") else "en"


def _(words: str) -> str:
    """Mark words for the catalog; `said` looks them up when they are shown."""
    return words


def said(words: str) -> str:
    if spoken() == "en":
        return words
    from handlers.core.locales import translations  # 0.4 s that English help saves

    return str(translations(spoken()).gettext(words)) if words else words


class _Told:
    """Whatever has a help text: it is looked up in the catalog each time it is shown."""

    _help: str | None = None

    @property
    def help(self) -> str | None:
        return said(self._help) if self._help else self._help

    @help.setter
    def help(self, words: str | None) -> None:
        self._help = words


class Option(_Told, click.Option):
    """An option of a command."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        found = super().get_help_record(ctx)
        if found is None:
            return None
        return found[0], found[1].replace("[required]", said(_("[required]"))).replace(
            "default: ", said(_("default: "))
        )


option = partial(click.option, cls=Option)


class Command(_Told, click.Command):
    """A command whose help is told in one language."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), said(_("Usage: ")))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [p for p in self.get_params(ctx) if isinstance(p, click.Option)]
        rows = [it for it in (p.get_help_record(ctx) for p in options) if it]
        with formatter.section(said(_("Options"))):
            formatter.write_dl(rows)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found:
            found.help = said(_("Show this message and exit."))
        return found


class Group(Command, click.Group):
    """The group of all commands."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section(said(_("Commands"))):
            formatter.write_dl([(name, self.commands[name].help or "") for name in self.list_commands(ctx)])


def _missing(error: click.MissingParameter) -> str:
    name = error.param.get_error_hint(error.ctx) if error.param and error.ctx else ""
    return said(_("%(name)s is missing.")) % {"name": name}


def _bad_value(error: click.BadParameter) -> str:
    name = error.param.get_error_hint(error.ctx) if error.param and error.ctx else ""
    kind = error.param.type if error.param else None
    if isinstance(kind, click.Choice):
        return said(_("%(name)s must be one of: %(known)s.")) % {"name": name, "known": ", ".join(kind.choices)}
    if isinstance(kind, click.IntRange):
        return said(_("%(name)s must be a whole number from %(least)s to %(most)s.")) % {
            "name": name, "least": kind.min, "most": kind.max,
        }  # fmt: skip
    return error.format_message()


def _no_option(error: click.NoSuchOption) -> str:
    return said(_("There is no option “%(name)s”.")) % {"name": error.option_name}


def _no_command(error: click.NoSuchCommand) -> str:
    return said(_("There is no command “%(name)s”.")) % {"name": error.command_name}


SENTENCES: dict[type[click.ClickException], Callable[[Any], str]] = {  # the subclass stands before its class
    click.MissingParameter: _missing,
    click.BadParameter: _bad_value,
    click.NoSuchOption: _no_option,
    click.NoSuchCommand: _no_command,
}


def complain(error: click.ClickException) -> None:
    """Print what is wrong with a command line, and how to see what would be right."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    sentence = next((say(error) for kind, say in SENTENCES.items() if isinstance(error, kind)), error.format_message())
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx:
        click.echo(ctx.get_usage(), err=True)
    click.echo(sentence, err=True)
    if ctx:
        click.echo(said(_("For help: %(command)s --help")) % {"command": ctx.command_path}, err=True)
