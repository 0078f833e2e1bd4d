"""The command line: options, one call, one echo. Our errors become one line and exit status 1."""

from __future__ import annotations

from typing import Any

import click

import pipeline.cli.collect as collect
import pipeline.cli.model as model
import pipeline.cli.service as service
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


for command in (*collect.COMMANDS, *model.COMMANDS, *service.COMMANDS):
    main.add_command(command)
