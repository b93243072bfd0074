"""The `attrvis` command group: commands are found when asked for, errors are one line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from attrvis import __version__
from attrvis.cli import guard
from attrvis.cli._table import ROWS
from attrvis.errors import unknown


class Commands(click.Group):
    """A group whose commands are imported on demand and whose errors are one line and a status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the table."""
        return [name for name, _, _ in ROWS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's file and give the command."""
        for name, where, _ in ROWS:
            if name == cmd_name:
                module, _, attribute = where.partition(":")
                command: click.Command = getattr(importlib.import_module(module), attribute)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first word names, or say which there are."""
        name = args[0] if args else ""
        if args and not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(str(unknown("command", name, self.list_commands(ctx))))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, _, line in ROWS])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; a reader that has gone (`| head`) ends it quietly, as it ends others."""
        try:
            outcome = super().invoke(ctx)
            sys.stdout.flush()
            return outcome
        except BrokenPipeError:
            guard.forget_stdout()
            raise click.exceptions.Exit(guard.CLOSED_PIPE) from None

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> Any:  # type: ignore[override]
        """Run, and leave with the status; see `attrvis.cli.guard` for what each status means."""
        extra["standalone_mode"] = False
        sys.exit(guard.status(lambda: super(Commands, self).main(args, **extra)))


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done, 1 failed, 2 bad input, 3 done but for some, 130 interrupted. "
    "ATTRVIS_DEBUG=1 shows where an error came from.",
)
@click.version_option(__version__, prog_name="attrvis", message="%(prog)s %(version)s")
@click.pass_context
def attrvis(ctx: click.Context) -> None:
    """Tell which neurons of a vision network decided, and draw what they look for.

    \b
    attrvis demo                              the first thing to try
    attrvis explain photo.jpg                 with the embedded network
    attrvis explain photo.jpg --model net.pb --preprocess tf --target tabby --layer mixed4d
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
