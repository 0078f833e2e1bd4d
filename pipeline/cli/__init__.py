"""The command line: options, one call, one echo. Our errors become one line and exit status 1.

A command's module is loaded when the command is called: who crawls needs neither the model nor Datasette.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from pipeline import __version__
from pipeline.errors import LagebildError

_MODULES = {
    "collect": ("crawl", "extract"),
    "sources": ("sources",),
    "corrections": ("corrections",),
    "pins": ("pins",),
    "model": ("analyse", "annotate", "cluster", "evaluate", "group", "train"),
    "subscribers": ("subscribers",),
    "service": ("demo", "digest", "init", "run", "serve"),
    "operation": ("backup", "doctor", "forget", "restore", "status"),
}
_HOMES = {command: module for module, commands in _MODULES.items() for command in commands}


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        commands: list[click.Command] = import_module(f"pipeline.cli.{_HOMES[cmd_name]}").COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LagebildError as exc:
            raise click.ClickException(" ".join(str(exc).split())) from exc


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="lagebild")
def main() -> None:
    """Watch German news and press releases on IT security, data protection and health insurance.

    Settings come from lagebild.toml and LAGEBILD_* variables; `lagebild init` writes the file.

    Example: lagebild demo
    """
