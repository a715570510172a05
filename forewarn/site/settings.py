"""What ``forewarn.toml`` says: database, sinks, plugins; environment variables named ``FOREWARN_…`` win over it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from forewarn.errors import BadSettings, Place

SETTINGS_FILE = "forewarn.toml"


class DatabaseSettings(BaseModel):
    """``[database]``: where the store is. A relative SQLite path is taken from the site's folder.

    ``url`` may be a reference, ``env:NAME`` or ``file:PATH``, so that a password need not stand in the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: SecretStr = SecretStr("sqlite:///forewarn.db")


class PluginSettings(BaseModel):
    """``[plugins]``: which installed plugins may load (all, unless ``allow`` lists names), and for how long.

    ``seconds`` bounds the import of a plugin and each of its hooks, ``flow_seconds`` each run of a flow, event action
    or observer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow: tuple[str, ...] | None = None
    seconds: float = Field(default=20.0, gt=0, le=600)
    flow_seconds: float = Field(default=10.0, gt=0, le=600)


class SinkTable(BaseModel):
    """One ``[sinks.NAME]`` table: its kind, whether it is on, how it is used, and the options that the kind knows.

    ``time_limit`` is in seconds; ``batch``, ``per_minute`` and ``rest_after`` are counts; ``takes`` lists what it gets,
    ``tmf621`` is the version of the trouble tickets in events, ``publisher`` the one whose events it carries.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str
    enabled: bool = True
    time_limit: float = Field(default=120.0, gt=0, le=3600)
    batch: int = Field(default=200, ge=1, le=1000)
    per_minute: int | None = Field(default=None, ge=1)
    rest_after: int = Field(default=5, ge=1, le=100)
    takes: tuple[Literal["customer notifications", "trouble ticket events"], ...] = Field(
        default=("customer notifications",), min_length=1
    )
    tmf621: Literal["v4", "v5"] = "v4"
    publisher: Literal["openMessageBus", "hermes"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _publisher_takes_events(cls, table: Any) -> Any:
        """A sink that carries a publisher takes trouble ticket events, said or not, and nothing else."""
        if not isinstance(table, dict) or table.get("publisher") is None:
            return table
        if list(table.get("takes", ["trouble ticket events"])) != ["trouble ticket events"]:
            raise ValueError('a sink with a publisher takes ["trouble ticket events"] and nothing else')
        return {**table, "takes": ("trouble ticket events",)}

    @property
    def options(self) -> dict[str, Any]:
        """The options that belong to the sink itself."""
        return dict(self.model_extra or {})


FindingCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]+[0-9]*$")]
"""A code of findings, or its beginning: ``FW203``, ``FW2``."""


class SheetCheckSettings(BaseModel):
    """``[check.sheets."Name"]``: codes of findings that are not told on one sheet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ignore: tuple[FindingCode, ...] = ()


class CheckSettings(BaseModel):
    """``[check]``: which findings ``forewarn check`` tells, by codes or their beginnings.

    ``select`` tells only those, ``ignore`` all but those, ``sheets`` says so of one sheet. A table that is refused
    stays refused, told or not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    select: tuple[FindingCode, ...] = ()
    ignore: tuple[FindingCode, ...] = ()
    sheets: dict[str, SheetCheckSettings] = Field(default_factory=dict)

    def tells(self, code: str, sheet: str | None) -> bool:
        """Whether a finding of that code on that sheet is told."""
        own = self.sheets.get(sheet or "", SheetCheckSettings())
        if code.startswith((*self.ignore, *own.ignore)):
            return False
        return not self.select or code.startswith(self.select)


class SiteSettings(BaseSettings):
    """All of ``forewarn.toml``. ``FOREWARN_DATABASE__URL`` and the like win over the file."""

    model_config = SettingsConfigDict(
        env_prefix="FOREWARN_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    name: str = ""
    database: DatabaseSettings = DatabaseSettings()
    plugins: PluginSettings = PluginSettings()
    sinks: dict[str, SinkTable] = Field(default_factory=dict)
    check: CheckSettings = CheckSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file, nothing else."""
        return env_settings, init_settings


def read_settings(root: Path) -> SiteSettings:
    """Read the settings of the site in ``root``; raises BadSettings naming the file and the setting."""
    path = root / SETTINGS_FILE
    if not path.is_file():
        raise BadSettings(
            f"{root} is not a site: it holds no {SETTINGS_FILE}", hint=f"make one with: forewarn init {root}"
        )
    place = Place(workbook=str(path))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"this is not valid TOML: {error}", place=place) from error
    except OSError as error:
        raise BadSettings(f"cannot be read: {error.strerror}", place=place) from error
    try:
        return SiteSettings(**content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = ", ".join(sorted(SiteSettings.model_fields)) if len(first["loc"]) == 1 else None
            raise BadSettings(
                f"{where}: no such setting", place=place, hint=known and f"settings and tables: {known}"
            ) from error
        raise BadSettings(f"{where}: {first['msg']}", place=place) from error


def resolve_reference(value: str, root: Path, *, setting: str) -> str:
    """The text behind ``env:NAME`` or ``file:PATH``; any other text is itself.

    Raises BadSettings naming the setting, never the secret, where the variable or the file is missing.
    """
    if value.startswith("env:"):
        name = value.removeprefix("env:")
        found = os.environ.get(name)
        if found is None:
            raise BadSettings(f"{setting}: the environment variable {name} is not set")
        return found
    if value.startswith("file:"):
        path = root / value.removeprefix("file:")
        try:
            return path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSettings(f"{setting}: {path} cannot be read: {error.strerror}") from error
    return value
