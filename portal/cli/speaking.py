"""The command line in two languages: click's classes with texts translated when they are shown.

click asks the standard library for its own texts, which knows compiled catalogues only; its modules
are given the portal's translations instead, so that one catalogue speaks for both.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Mapping
from typing import Any

import click
from click import core, decorators, exceptions, formatting, parser, termui, types

from portal.errors import PortalError, SettingsError
from portal.i18n import DEFAULT_LANGUAGE, LANGUAGES, Label, _, gettext, language, ngettext
from portal.settings import Settings, load

VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
REFUSED = 1

for _module in (core, decorators, exceptions, formatting, parser, termui, types):
    for _name, _translate in (("_", gettext), ("ngettext", ngettext)):
        if hasattr(_module, _name):
            setattr(_module, _name, _translate)


class Refused(click.ClickException):
    """What the portal refuses: one sentence on the error output, and exit code 1."""

    exit_code = REFUSED


class Formatter(click.HelpFormatter):
    """Help whose headings end as those of the language do: French puts a space before a colon."""

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{heading}{gettext(': ').rstrip(' ')}\n")


class Context(click.Context):
    """What a command is run in."""

    formatter_class = Formatter


class _Told:
    """A help text and a metavar that are translated when they are shown."""

    _help: Label | None = None
    _metavar: Label | None = None

    @property
    def help(self) -> str | None:
        return None if self._help is None else str(self._help)

    @help.setter
    def help(self, text: Label | None) -> None:
        self._help = text

    @property
    def metavar(self) -> str | None:
        return None if self._metavar is None else str(self._metavar)

    @metavar.setter
    def metavar(self, text: Label | None) -> None:
        self._metavar = text


class Option(_Told, click.Option):
    """An option whose texts are lazy."""

    def __init__(self, *args: Any, help: Label | None = None, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.help = help

    def get_help_extra(self, ctx: click.Context) -> Any:
        """What stands in brackets: the least and the most in words, and the default."""
        extra = super().get_help_extra(ctx)
        if "range" in extra and isinstance(self.type, click.IntRange):
            extra["range"] = _between(self.type)
            if "default" in extra:
                told = gettext("default: {default}").format(default=extra.pop("default"))
                extra["range"] += f", {told}"
        return extra


def _between(kind: click.IntRange) -> str:
    if kind.max is None:
        return _("at least {least}").format(least=kind.min)
    return _("from {least} to {most}").format(least=kind.min, most=kind.max)


class Argument(_Told, click.Argument):
    """An argument whose texts are lazy."""

    def __init__(self, *args: Any, help: Label | None = None, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.help = help


class Command(_Told, click.Command):
    """A command whose help is lazy; its group lists it with the first sentence."""

    context_class = Context

    def get_short_help_str(self, limit: int = 0) -> str:
        return (self.help or "").partition("\n\n")[0]

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option --help, which click makes once, in the language of this moment."""
        found: click.Option | None = super().get_help_option(ctx)
        if found is not None:
            found.help = gettext("Show this message and exit.")
        return found


class Group(Command, click.Group):
    """A group of commands whose help is lazy."""

    command_class = Command
    group_class = type

    @property
    def subcommand_metavar(self) -> str:
        return gettext("COMMAND [ARGS]...")

    @subcommand_metavar.setter
    def subcommand_metavar(self, text: str | None) -> None:
        """Nothing: the text is that of the language."""


class Main(Group):
    """The whole command line: it chooses the language, and answers a refusal with one sentence."""

    def main(self, *args: Any, **options: Any) -> Any:
        with language(spoken()):
            return super().main(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PortalError as error:
            raise Refused(_sentences(error)) from error
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            raise Refused(_of_the_system(error)) from error
        except Exception as error:  # whatever went wrong, a person reads a sentence
            if ctx.params.get("debug"):
                raise
            sentence = _("Something unexpected happened ({error}).").format(
                error=type(error).__name__
            )
            remedy = _("Run the same command as 'greffe --debug ...' to see where.")
            raise Refused(f"{sentence} {remedy}") from error


def _sentences(error: PortalError) -> str:
    fields: Mapping[str, object] = getattr(error, "fields", {})
    told = [str(error)]
    told += [str(text) for text in fields.values() if str(text) not in told[0]]
    return " ".join(told)


def _of_the_system(error: OSError) -> str:
    name = error.filename or ""
    if isinstance(error, PermissionError):
        return _("You have no right to write or read '{name}'.").format(name=name)
    if error.errno == errno.ENOSPC:
        return str(_("The disk is full."))
    if name:
        return _("'{name}' cannot be used: {why}.").format(name=name, why=error.strerror)
    return _("The system refuses: {why}.").format(why=error.strerror or type(error).__name__)


def spoken(environ: Mapping[str, str] | None = None) -> str:
    """The language of the terminal when that is French or English, else that of the settings."""
    variables = os.environ if environ is None else environ
    chosen = next((variables[name] for name in VARIABLES if variables.get(name)), "")
    if chosen[:2] in LANGUAGES:
        return chosen[:2]
    try:
        return load().locale.language
    except SettingsError:
        return DEFAULT_LANGUAGE


def option(*names: str, **attributes: Any) -> Callable[[Any], Any]:
    """An option of the command below; `help` and `metavar` may be lazy."""
    return click.option(*names, cls=Option, **attributes)


def argument(name: str, **attributes: Any) -> Callable[[Any], Any]:
    """An argument of the command below; `help` and `metavar` may be lazy."""
    return click.argument(name, cls=Argument, **attributes)


def say(text: object = "") -> None:
    """A line on the standard output."""
    click.echo(str(text))


def note(text: object = "") -> None:
    """A line on the error output, where it mixes with no data."""
    click.echo(str(text), err=True)


def settings() -> Settings:
    """The settings of the instance; raises SettingsError."""
    return load()
