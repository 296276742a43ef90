"""The marts in PostgreSQL: a copy of a release, into the database that the settings name."""

from __future__ import annotations

from datetime import UTC, datetime

from joinedup.run_log import Result
from joinedup.secret_files import SecretFileError, read_secret
from joinedup.settings import Settings
from publishing.pointer import ReleaseError, current_release, find_release
from publishing.postgres_copy import Copied, PostgresCopyError, Report, Target, copy_release


def copy_marts(run_id: str) -> Result:
    """Copy the current release; `copied` is false where the settings name no database for it.

    Raises PostgresCopyError, which may be better later, and ReleaseError.
    """
    del run_id  # every step has it
    settings = Settings()
    if settings.marts_database is None:
        return {"copied": False}
    copied = publish(settings)
    return {
        "copied": True,
        "release_id": copied.release_id,
        "rows": copied.rows,
        "is_new": copied.is_new,
    }


def publish(
    settings: Settings,
    release_id: str | None = None,
    *,
    again: bool = False,
    report: Report | None = None,
) -> Copied:
    """Copy a release, the current one by default, into the database of the settings.

    Raises PostgresCopyError, and ReleaseError where there is no such release.
    """
    target = _target(settings)
    releases = settings.releases
    found = find_release(releases, release_id) if release_id else current_release(releases)
    if found is None:
        raise ReleaseError("There is no release yet; make one with joinedup run.")
    return copy_release(
        found,
        target,
        now=datetime.now(UTC),
        again=again,
        memory=settings.duckdb_memory,
        report=report,
    )


def _target(settings: Settings) -> Target:
    if settings.marts_database is None:
        raise PostgresCopyError(
            "Nothing was copied: JOINEDUP_MARTS_DATABASE does not name a database."
        )
    file, password = settings.marts_password_file, None
    if file is not None:
        try:
            password = read_secret(file)
        except SecretFileError as error:
            raise PostgresCopyError(f"Nothing was copied: {error}") from error
    return Target(
        address=settings.marts_database.get_secret_value(),
        password=password,
        reader=settings.marts_reader,
    )
