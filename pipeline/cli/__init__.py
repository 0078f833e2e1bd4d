"""The command line: options, one call, one echo. Our errors become one line and exit status 1."""

from __future__ import annotations

from typing import Any

import click

from pipeline import __version__
from pipeline.errors import LagebildError


class _Group(click.Group):
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


def _add_commands() -> None:
    # here, so that the modules can import what they share from this package
    from pipeline.cli import collect, model, service

    for module in (collect, model, service):
        for command in module.COMMANDS:
            main.add_command(command)


_add_commands()
