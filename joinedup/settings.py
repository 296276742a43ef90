"""Settings: one validated class, read from `JOINEDUP_…` variables and `.env`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds the packages, the dbt project, the suites and the DAGs."""


class Settings(BaseSettings):
    """What a data team may set. Everything the program writes lies under `home`."""

    model_config = SettingsConfigDict(env_prefix="JOINEDUP_", env_file=".env", extra="ignore")

    home: Path = Field(Path("var"), description="Folder for everything the program writes.")
    returns: Path | None = Field(None, description="Folder the nightly load fetches from.")
    workers: int = Field(2, ge=1, le=64, description="Processes that read files side by side.")
    read_timeout_seconds: int = Field(120, ge=1, description="Longest time one file may take.")
    read_memory_mb: int = Field(1024, ge=128, description="Most memory one reader may take.")
    max_file_mb: int = Field(200, ge=1, description="Largest file that is landed.")
    accept_losses: bool = Field(
        False, description="Release even if figures of the current release are not in the new one."
    )
    duckdb_memory: str = Field("700MB", pattern=r"^\d+(MB|GB)$", description="DuckDB's limit.")

    @field_validator("home", "returns")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """Resolve once, so that a task in another working folder means the same place."""
        return None if path is None else path.expanduser().resolve()

    @property
    def landing(self) -> Path:
        """Bytes as fetched, named by their sha256."""
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        """Typed observations, one Parquet file for each landed file that was read."""
        return self.home / "lake"

    @property
    def catalogue(self) -> Path:
        """SQLite: what was landed, where it was found, how it was read, each run."""
        return self.home / "catalogue.sqlite"

    @property
    def candidates(self) -> Path:
        """Warehouses built but not yet released."""
        return self.home / "candidates"

    @property
    def releases(self) -> Path:
        """Immutable releases and the pointer `current`."""
        return self.home / "releases"

    @property
    def airflow_home(self) -> Path:
        """The embedded Airflow's own folder."""
        return self.home / "airflow"

    @property
    def logs(self) -> Path:
        """One log file for each run."""
        return self.home / "logs"
