"""The settings: lagebild.toml, then LAGEBILD_* variables, in one frozen value."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.sources import TomlConfigSettingsSource

from pipeline import __version__
from pipeline.errors import SettingsError

Kept = Literal["polls", "fetches", "article_versions", "digests"]  # tables of which rows are kept for a time
CONFIG_FILE = Path("lagebild.toml")


def resources() -> Path:
    """The folder that holds data/, models/ and metadata.yml: the checkout, or inside an installed wheel."""
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent


class Settings(BaseSettings):
    """Everything an operator may set. Each name is also a variable: LAGEBILD_DB, LAGEBILD_SMTP_HOST, …"""

    model_config = SettingsConfigDict(
        env_prefix="LAGEBILD_", frozen=True, extra="forbid", env_ignore_empty=True, validate_default=False
    )

    db: Path = Field(Path("data/lagebild.db"), description="the SQLite file")
    sources: Path = Field(resources() / "data" / "sources.yml", description="the sources file")
    model: Path = Field(resources() / "models" / "de_lagebild", description="the trained spaCy pipeline")
    contact: str = Field("", description="address or web page in the user agent, so that publishers can reach you")
    allow_private: bool = Field(False, description="let the crawler reach loopback and private addresses")
    timeout: float = Field(30.0, gt=0, description="seconds that one request may take in all")
    max_bytes: int = Field(10_000_000, gt=0, description="bytes that one body may have")
    host_delay: float = Field(
        1.0, ge=0, description="seconds between two requests to one host where robots.txt names none; 0 on loopback"
    )
    purpose: Literal["general", "research"] = Field(
        "general",
        description="research (§ 60d UrhG): texts are kept where mining is reserved; general: only title, link, date "
        "and the feed's teaser are",
    )
    archive: Path = Field(Path("data/archive"), description="where raw pages are kept, in WARC files, one a day")
    archive_days: int = Field(30, ge=0, description="days that raw pages are kept; 0: none are")
    keep_days: dict[Kept, Annotated[int, Field(ge=0)]] = Field(
        {"polls": 400, "fetches": 400, "digests": 400},
        description="days that rows of these tables are kept: polls, fetches, article_versions, digests; 0 or none: for ever",
    )
    backup_folder: Path = Field(Path("data/backups"), description="where the nightly copies of the database lie")
    backups: int = Field(7, ge=0, description="nightly copies that are kept; 0: none are made")
    log_format: Literal["human", "json"] = Field(
        "human", description="how the service tells what it does, on standard error"
    )
    browse_url: str = Field("http://127.0.0.1:8001", description="where readers of the digest reach the pages")
    analysts: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="who signs in where `lagebild serve --public` serves others: a table of names with the hashes of their "
        "passwords, made at /-/password-tool",
    )
    digest_from: str = Field("lagebild@localhost", description="sender of the digest")
    digest_hour: int = Field(7, ge=0, le=23, description="hour of the digest of everything, Europe/Berlin")
    smtp_host: str = Field("", description="mail server; empty: no mail is sent")
    smtp_port: int = Field(587, gt=0, le=65535, description="its port")
    smtp_user: str = Field("", description="login at the mail server; empty: none")
    smtp_password: SecretStr = Field(SecretStr(""), description="its password")
    smtp_starttls: bool = Field(True, description="require STARTTLS")
    delivery: Literal["at_most_once", "at_least_once"] = Field(
        "at_most_once",
        description="what happens to a mail when nobody knows whether it arrived: at_most_once leaves it, at_least_once "
        "sends it once more",
    )

    @property
    def user_agent(self) -> str:
        """The name with which the crawler introduces itself."""
        return f"Lagebild/{__version__}" + (f" (+{self.contact})" if self.contact else "")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, CONFIG_FILE)


def differences(before: Settings, now: Settings) -> list[str]:
    """The names of the settings that differ."""
    return [name for name in Settings.model_fields if getattr(before, name) != getattr(now, name)]


def load_settings(**given: Any) -> Settings:
    """The settings in force; what is given wins over variables, variables over lagebild.toml.

    Raises SettingsError, naming the setting.
    """
    try:
        return Settings(**{key: value for key, value in given.items() if value is not None})
    except ValidationError as exc:
        first = exc.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"setting {name} (lagebild.toml or LAGEBILD_{name.upper()}): {first['msg']}") from exc
    except ValueError as exc:
        raise SettingsError(f"{CONFIG_FILE}: {exc}") from exc


def template() -> str:
    """The text of a fresh lagebild.toml: every setting with its meaning and default, commented out."""
    lines = ["# Settings of Lagebild. A variable LAGEBILD_NAME wins over the line here.", ""]
    for name, setting in Settings.model_fields.items():
        lines += [f"# {setting.description}", f"#{name} = {_toml(setting.get_default(call_default_factory=True))}", ""]
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
