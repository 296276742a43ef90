"""The server's metadata database: which it is, whether it will do, and what it needs to hold."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from joinedup.secret_files import SecretFileError, read_secret, write_secret
from joinedup.serving.keys import ADDRESS_FILE, KEYS_FOLDER, USER, close_folder
from joinedup.settings import Settings

OLDEST_POSTGRESQL = 14
POSTGRESQL_PORT = 5432
CONNECT_SECONDS = 5
DATABASE_FILE = "airflow.db"
FORM = "write postgresql://user:password@host:5432/database"
INSTALL = "install requirements-server.lock, as `make up` does"


class MetadataError(Exception):
    """The metadata database cannot be used; the text says why, without its password."""


@dataclass(frozen=True)
class Metadata:
    """The address of the database, for SQLAlchemy, and its name to be shown."""

    url: str = field(repr=False)
    name: str
    is_postgresql: bool


def metadata_of(settings: Settings, address_file: Path | None = None) -> Metadata:
    """Find out which database is meant: that of `address_file`, of the settings, or SQLite.

    Raises MetadataError for an address that cannot be read or is not PostgreSQL's.
    """
    address = _address(settings, address_file)
    return _sqlite(settings.server_home) if address is None else _postgresql(address)


def keep_metadata(server_home: Path, metadata: Metadata) -> None:
    """Put the address where Airflow's processes read it; it stays when the server is ended."""
    folder = server_home / KEYS_FOLDER
    close_folder(folder)
    write_secret(folder / ADDRESS_FILE, metadata.url)


def kept_metadata(server_home: Path) -> Metadata | None:
    """Give the database that was meant last, None before the first start.

    Raises SecretFileError.
    """
    file = server_home / KEYS_FOLDER / ADDRESS_FILE
    if not file.exists():
        return None
    address = read_secret(file)
    return _sqlite(server_home) if address.startswith("sqlite:") else _postgresql(address)


def _sqlite(server_home: Path) -> Metadata:
    file = server_home / DATABASE_FILE
    return Metadata(f"sqlite:///{file}", f"SQLite, {file}", is_postgresql=False)


def _postgresql(address: str) -> Metadata:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise MetadataError(f"The address of the metadata database is none: {FORM}.") from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise MetadataError(f"The metadata database must be PostgreSQL: {FORM}.")
    url = url.set(drivername="postgresql+psycopg2")
    place = f"{url.host or 'localhost'}:{url.port or POSTGRESQL_PORT}/{url.database}"
    return Metadata(
        url.render_as_string(hide_password=False),
        f"PostgreSQL, {url.username}@{place}",
        is_postgresql=True,
    )


def _address(settings: Settings, address_file: Path | None) -> str | None:
    in_file = address_file or settings.metadata_database_file
    given = settings.metadata_database
    if in_file is not None:
        if given is not None and address_file is None:
            raise MetadataError(
                "Give JOINEDUP_METADATA_DATABASE or JOINEDUP_METADATA_DATABASE_FILE, not both."
            )
        try:
            return read_secret(in_file)
        except SecretFileError as error:
            raise MetadataError(f"The address of the metadata database: {error}") from error
    return None if given is None else given.get_secret_value().strip()


def require_usable(metadata: Metadata) -> None:
    """Connect to a PostgreSQL and look at its version and rights; raises MetadataError."""
    if not metadata.is_postgresql:
        return
    for package in ("psycopg2", "asyncpg"):
        if find_spec(package) is None:
            raise MetadataError(f"{package} is not installed: {INSTALL}.")
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    engine = create_engine(metadata.url, connect_args={"connect_timeout": CONNECT_SECONDS})
    try:
        with engine.connect() as connection:
            version = int(connection.scalar(text("show server_version_num"))) // 10_000
            may_create = connection.scalar(
                text("select has_schema_privilege(current_schema(), 'create')")
            )
    except SQLAlchemyError as error:
        reason = _first_line(getattr(error, "orig", None) or error)
        raise MetadataError(
            f"The metadata database does not answer ({metadata.name}): {reason}"
        ) from error
    finally:
        engine.dispose()
    if version < OLDEST_POSTGRESQL:
        raise MetadataError(
            f"The metadata database is PostgreSQL {version}; Airflow needs {OLDEST_POSTGRESQL} "
            "or newer."
        )
    if not may_create:
        raise MetadataError(
            f"This user may not make tables in the metadata database ({metadata.name}); let the "
            "user own the database, or grant create on its schema."
        )


def prepare(metadata: Metadata, password: str, *, rotated: bool) -> None:
    """Bring the database to this Airflow's version; make the pools and the user. Takes seconds.

    The environment must be set. With `rotated`, all that is stored encrypted is encrypted with
    the newest Fernet key.

    Raises MetadataError.
    """
    from airflow.providers_manager import ProvidersManager
    from airflow.utils import db

    from joinedup.embedded_airflow import ensure_pools

    ProvidersManager().initialize_providers_configuration()
    try:
        db.upgradedb()
    except (Exception, SystemExit) as error:
        raise MetadataError(
            f"The metadata database could not be brought to this Airflow's version "
            f"({metadata.name}); it may be of a newer one: {_first_line(error)}"
        ) from error
    ensure_pools()
    _require_readable()
    if rotated:
        _encrypt_anew()
    _ensure_user(password)


def _require_readable() -> None:
    """Refuse a Fernet key that does not open what is stored: tasks would fail one by one."""
    from airflow.models import Connection, Variable
    from airflow.models.crypto import get_fernet
    from airflow.utils.session import create_session
    from cryptography.fernet import InvalidToken
    from sqlalchemy import select

    with create_session() as session:
        stored = [
            *session.scalars(select(Connection._password).where(Connection.is_encrypted)),
            *session.scalars(select(Connection._extra).where(Connection.is_extra_encrypted)),
            *session.scalars(select(Variable._val).where(Variable.is_encrypted)),
        ]
    try:
        for text in filter(None, stored):
            get_fernet().decrypt(text.encode())
    except InvalidToken as error:
        raise MetadataError(
            "Connections or variables in the metadata database were encrypted with another Fernet "
            "key. Put that key into keys/fernet, behind the present one and a comma."
        ) from error


def _encrypt_anew() -> None:
    from airflow.cli.commands.rotate_fernet_key_command import rotate_fernet_key

    rotate_fernet_key(Namespace())


def _ensure_user(password: str) -> None:
    """Make the one user, or give it the password of the file, which is the one that counts."""
    from airflow.providers.fab.auth_manager.models import User
    from airflow.utils.session import create_session
    from sqlalchemy import select
    from werkzeug.security import check_password_hash

    with create_session() as session:
        known = session.scalar(select(User.password).where(User.username == USER))
    if known is not None and check_password_hash(known, password):
        return
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        users = builder.sm
        user = users.find_user(USER)
        if user is not None:
            made = users.reset_password(user.id, password)
        else:
            made = users.add_user(
                USER, "joinedup", USER, f"{USER}@localhost", users.find_role("Admin"), password
            )
    if not made:
        raise MetadataError("The user could not be made in the metadata database.")


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
