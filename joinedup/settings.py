"""Settings: one validated class, read from `JOINEDUP_…` variables and `.env`."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds the packages, the dbt project, the suites and the DAGs."""

PUBLISHERS = frozenset(
    {
        "assets.publishing.service.gov.uk",
        "digital.nhs.uk",
        "files.digital.nhs.uk",
        "england.nhs.uk",
        "fingertips.phe.org.uk",
        "geoportal.statistics.gov.uk",
        "www.cqc.org.uk",
        "www.england.nhs.uk",
        "www.gov.uk",
        "www.nomisweb.co.uk",
        "www.ons.gov.uk",
        "www.skillsforcare.org.uk",
    }
)
"""The publishers' servers, the only ones that a fetch from the web contacts."""

FOR_DBT_BY_HAND = {"JOINEDUP_CANDIDATE", "JOINEDUP_DUCKDB_TEMP"}
"""Read by dbt_project/profiles.yml when dbt is run without joinedup."""

MailAddress = Annotated[str, StringConstraints(pattern=r"^[^\s@,;<>]+@[^\s@,;<>]+$")]
"""A plain address, without a name before it."""

HOST_NAME = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)*")


class Settings(BaseSettings):
    """What a data team may set. Everything the program writes lies under `home`."""

    model_config = SettingsConfigDict(
        env_prefix="JOINEDUP_",
        env_file=".env",
        extra="ignore",
        hide_input_in_errors=True,  # what a setting says may be a secret, and errors are logged
    )

    home: Path = Field(Path("var"), description="Folder for everything the program writes.")
    returns: Path | None = Field(None, description="Folder the nightly load fetches from.")
    pseudonym_key: Path | None = Field(
        None, description="File with the secret key that pseudonyms are made with, not in `home`."
    )
    workers: int = Field(2, ge=1, le=64, description="Processes that read files side by side.")
    read_timeout_seconds: int = Field(120, ge=1, description="Longest time one file may take.")
    read_memory_mb: int = Field(1024, ge=128, description="Most memory one reader may take.")
    max_file_mb: int = Field(200, ge=1, description="Largest file that is landed.")
    accept_losses: bool = Field(
        False, description="Release even if figures of the current release are not in the new one."
    )
    scorecard: bool = Field(
        True, description="Make the pages of each release: scorecard, and tables and models."
    )
    keep_releases: int = Field(14, ge=1, description="Newest releases that housekeeping leaves.")
    keep_logs_days: int = Field(90, ge=1, description="How long housekeeping leaves a log.")
    duckdb_memory: str = Field("700MB", pattern=r"^\d+(MB|GB)$", description="DuckDB's limit.")
    parsed: Path | None = Field(
        None, description="Folder where the parsed dbt project is kept; `home`/parsed unless given."
    )
    metadata_database: SecretStr | None = Field(
        None, description="PostgreSQL address of the server's metadata; SQLite without."
    )
    metadata_database_file: Path | None = Field(
        None, description="File that holds this address, readable by its owner alone."
    )
    server_port: int = Field(8080, ge=1, le=65535, description="Port of the server's pages.")
    web: bool = Field(False, description="Fetch from the publishers when no folder is given.")
    web_hosts: Annotated[frozenset[str], NoDecode] = Field(
        PUBLISHERS, description="Hosts that may be contacted, with commas between."
    )
    web_connect_seconds: float = Field(10, gt=0, description="Longest wait for a connection.")
    web_read_seconds: float = Field(30, gt=0, description="Longest silence of a server.")
    web_total_seconds: float = Field(300, gt=0, description="Longest time one file may take.")
    web_run_seconds: float = Field(
        2700, gt=0, description="Longest time of one fetch; the next goes on from there."
    )
    web_retry_after_seconds: float = Field(
        60, ge=0, description="Longest wait that a server may ask for before a retry."
    )
    web_pause_seconds: float = Field(1, ge=0, description="Pause between requests to one host.")
    web_proxy: str | None = Field(
        None, pattern=r"^https?://", repr=False, description="Proxy to go through."
    )
    web_loopback: bool = Field(False, description="For tests: allow this machine, without TLS.")
    alert_mail_to: Annotated[tuple[MailAddress, ...], NoDecode] = Field(
        (), description="Who is told by e-mail, with commas between; nobody unless given."
    )
    alert_mail_from: MailAddress | None = Field(None, description="Sender of the e-mails.")
    alert_mail_host: str | None = Field(None, description="Mail server.")
    alert_mail_port: int = Field(587, ge=1, le=65535, description="Its port.")
    alert_mail_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the line is encrypted; no password is sent without."
    )
    alert_mail_user: str | None = Field(None, description="User at the mail server, if it has any.")
    alert_mail_password_file: Path | None = Field(None, description="File with its password.")
    alert_mail_connection: str | None = Field(
        None, description="Airflow connection (of type SMTP) that names the server instead."
    )
    alert_webhooks_file: Path | None = Field(
        None, description="File with the addresses of webhooks, one a line."
    )
    alert_seconds: float = Field(5, gt=0, le=60, description="Longest wait for one answer.")
    alert_total_seconds: float = Field(
        15, gt=0, le=120, description="Longest time that telling may take of a load."
    )
    alert_again_days: int = Field(
        7, ge=1, description="After so many days a cause that stands is told again."
    )
    marts_database: SecretStr | None = Field(
        None, description="PostgreSQL database that gets a copy of the marts."
    )
    marts_password_file: Path | None = Field(
        None, description="File with the password for it, where the address has none."
    )
    marts_reader: str | None = Field(
        None, min_length=1, description="Role of that database that may read the marts."
    )

    @model_validator(mode="after")
    def _known_names_only(self) -> Self:
        """Refuse a misspelt setting, which would otherwise silently not be set."""
        known = {f"JOINEDUP_{name.upper()}" for name in type(self).model_fields} | FOR_DBT_BY_HAND
        given = {name.upper() for name in (*os.environ, *dotenv_values(".env"))}
        unknown = sorted(n for n in given - known if n.startswith("JOINEDUP_"))
        if unknown:
            raise ValueError(f"no such setting: {', '.join(unknown)} (.env.example lists them)")
        return self

    @field_validator(
        "parsed",
        "metadata_database",
        "metadata_database_file",
        "alert_mail_from",
        "alert_mail_host",
        "alert_mail_user",
        "alert_mail_password_file",
        "alert_mail_connection",
        "alert_webhooks_file",
        mode="before",
    )
    @classmethod
    def _unset(cls, value: object) -> object:
        """Take an empty setting for none: an empty path would mean the working folder."""
        return None if value == "" else value

    @field_validator(
        "home",
        "returns",
        "pseudonym_key",
        "parsed",
        "metadata_database_file",
        "alert_mail_password_file",
        "alert_webhooks_file",
        "marts_password_file",
    )
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        """Resolve once, so that a task in another working folder means the same place."""
        return None if path is None else path.expanduser().resolve()

    @field_validator("web_hosts", mode="before")
    @classmethod
    def _split(cls, hosts: object) -> object:
        return hosts.replace(",", " ").lower().split() if isinstance(hosts, str) else hosts

    @field_validator("alert_mail_to", mode="before")
    @classmethod
    def _split_addresses(cls, addresses: object) -> object:
        return addresses.replace(",", " ").split() if isinstance(addresses, str) else addresses

    @field_validator("web_hosts")
    @classmethod
    def _names_only(cls, hosts: frozenset[str]) -> frozenset[str]:
        """Refuse what is no plain host name: a scheme, a port, a number for an address."""
        wrong = sorted(host for host in hosts if not HOST_NAME.fullmatch(host) or _is_number(host))
        if wrong:
            raise ValueError(f"not plain host names: {', '.join(wrong)}")
        return hosts

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
    def parsed_project(self) -> Path:
        """The dbt project as it was parsed, kept from one build to the next."""
        return self.parsed or self.home / "parsed"

    @property
    def backfills(self) -> Path:
        """Homes in which back-fills are built apart."""
        return self.home / "backfills"

    @property
    def releases(self) -> Path:
        """Immutable releases and the pointer `current`."""
        return self.home / "releases"

    @property
    def alerts(self) -> Path:
        """SQLite: what was told to whom, and what waits to be told."""
        return self.home / "alerts.sqlite"

    @property
    def airflow_home(self) -> Path:
        """The embedded Airflow's own folder."""
        return self.home / "airflow"

    @property
    def server_home(self) -> Path:
        """The server's own Airflow home, with its keys and password: nobody else may read it."""
        return self.home / "server"

    @property
    def server_logs(self) -> Path:
        """Logs of the server's processes and of the tasks that it runs."""
        return self.logs / "server"

    @property
    def logs(self) -> Path:
        """One log file for each run."""
        return self.home / "logs"


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.replace(".", "").isdecimal()
    return True
