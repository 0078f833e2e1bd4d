"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

db = click.option(
    "--db",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The database; default data/lagebild.db or LAGEBILD_DB.",
)
json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
again = click.option("--again", is_flag=True, help="Do it anew for every article.")
model = click.option(
    "--model", type=click.Path(path_type=Path), help="The trained pipeline; default models/de_lagebild."
)
