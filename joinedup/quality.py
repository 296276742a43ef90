"""Where audits lie, and what their page is made from: earlier releases, published figures, people.

The last audit is the one that a person asks for: that of a refused candidate, if it is newer than
the current release.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from expectations.masking import PRIVATE_FILE
from expectations.page import PAGE_FILE, Earlier, Page, write_page
from expectations.rows import (
    NoRowsError,
    Rows,
    compiled_query,
    query_of,
    rows_of,
    table_rows,
)
from expectations.show import Audit, NoAuditError, Told, find_check, read_audit
from expectations.verdict import QUALITY_FILE, private_folder
from ingestion.catalogue import Catalogue
from joinedup.decisions import decision_rows
from joinedup.run_id import step_run_id
from joinedup.settings import PROJECT_ROOT, Settings
from publishing.pointer import (
    Release,
    ReleaseError,
    current_release,
    find_release,
    is_as_released,
    load_release,
    pointer_target,
)

LAST = "last"
SUITES = PROJECT_ROOT / "expectations" / "suites"
DECISIONS_FILE = "decisions.json"
CHANGES_FILE = "changes.html"
EARLIER = 30
"""So many releases are followed back for the trend."""

_AUDIT_OF = "-quality"
_KEPT = "A candidate is kept for six hours, and only if it was not released"


@dataclass(frozen=True)
class Found:
    """An audit: its folder, what commands call it, and the database that it is of, if kept."""

    folder: Path
    name: str
    database: Path
    work: Path | None = None

    @property
    def is_release(self) -> bool:
        """Whether it is the audit of what was released."""
        return self.work is None

    def read(self) -> Audit:
        """Read it; raises NoAuditError."""
        return read_audit(self.folder)


def find_audit(settings: Settings, wanted: str = LAST) -> Found:
    """Find the last audit, or that of a release or a run; raises NoAuditError, which says which."""
    candidates = sorted(_of_candidates(settings), key=_made)
    if wanted == LAST:
        return _last(settings, candidates)
    named = {one.name: one for one in candidates}
    for name in (wanted, step_run_id(wanted)):
        if name in named:
            return named[name]
    try:
        return _of_release(find_release(settings.releases, wanted))
    except ReleaseError as error:
        runs = f" Audits of candidates: {', '.join(named)}." if named else ""
        raise NoAuditError(f"{error}{runs}") from error


def _last(settings: Settings, candidates: list[Found]) -> Found:
    try:
        current = current_release(settings.releases)
    except ReleaseError as error:
        if not candidates:
            raise NoAuditError(f"{error}, and no candidate was audited.") from error
        return candidates[-1]
    released = None if current is None else _of_release(current)
    if released is None or (candidates and _made(candidates[-1]) > _made(released)):
        if not candidates:
            raise NoAuditError("Nothing was audited yet. Make a load with joinedup run.")
        return candidates[-1]
    return released


def _of_candidates(settings: Settings) -> Iterator[Found]:
    """Audits of candidates that were refused, or are about to be released."""
    for path in settings.candidates.glob(f"*{_AUDIT_OF}/{QUALITY_FILE}"):
        run = path.parent.name.removesuffix(_AUDIT_OF)
        database = settings.candidates / f"{run}.duckdb"
        yield Found(path.parent, run, database, settings.candidates / f"{run}.dbt")


def _of_release(release: Release) -> Found:
    return Found(release.path / "quality", release.id, release.marts)


def _made(found: Found) -> float:
    try:
        return (found.folder / QUALITY_FILE).stat().st_mtime
    except OSError:
        return 0


def rows_of_check(
    settings: Settings, found: Found, name: str, limit: int | None = None
) -> tuple[Told, Rows]:
    """Give a check's result and the rows that it finds; raises NoRowsError, NoAuditError.

    Where what was audited is gone, they are the few that the audit kept.
    """
    told = find_check(found.read(), name)
    try:
        return told, _found_again(settings, found, told, limit)
    except NoRowsError:
        if kept := _kept_rows(found, told):
            return told, Rows("", told.unexpected_count or len(kept), kept[:limit])
        raise


def _found_again(settings: Settings, found: Found, told: Told, limit: int | None) -> Rows:
    if not found.database.is_file():
        raise NoRowsError(
            f"{found.database.name} is not there any more. {_KEPT}; run the load again, or see "
            f"the examples in {found.folder / QUALITY_FILE}."
        )
    query = _of_dbt(found, told.check) if told.is_dbt else query_of(SUITES, told.suite, told.check)
    lake = None if found.is_release else settings.lake
    return rows_of(found.database, query, lake=lake, memory=settings.duckdb_memory, limit=limit)


def _kept_rows(found: Found, told: Told) -> list[dict[str, object]]:
    """The rows of a check that the audit put aside for the operator; none where it is gone."""
    try:
        text = (private_folder(found.folder) / PRIVATE_FILE).read_text(encoding="utf-8")
        kept = json.loads(text)
    except (OSError, ValueError):
        return []
    return [
        row
        for one in kept
        if (one["suite"], one["check"], one["table"]) == (told.suite, told.check, told.table)
        for row in one["examples"]
    ]


def _of_dbt(found: Found, test: str) -> str:
    if found.work is None:
        raise NoRowsError(
            f"{test} is a test of dbt's, which looks at more than is released; the examples are "
            f"in {found.folder / QUALITY_FILE}."
        )
    return compiled_query(found.work, test)


def write_quality_page(
    settings: Settings,
    catalogue: Catalogue,
    candidate: Path,
    folder: Path,
    *,
    is_look_back: bool = False,
) -> Path:
    """Write the page, `checks.csv` and the decisions into an audit's folder; returns the page.

    `candidate` is the audited file, which is opened read-only.
    """
    decisions = decision_rows(catalogue)
    text = json.dumps(decisions, indent=1, ensure_ascii=False)
    (folder / DECISIONS_FILE).write_text(f"{text}\n", encoding="utf-8")
    files = _rows(candidate, "marts.source_file WHERE state = 'read'", settings)
    page = Page(
        audit=read_audit(folder),
        made_on=datetime.now(UTC).date().isoformat(),
        earlier=() if is_look_back else list(earlier_audits(settings.releases)),
        reconciliation=_rows(candidate, "marts.reconciliation", settings),
        decisions=decisions,
        changes=CHANGES_FILE if (folder / CHANGES_FILE).is_file() else "",
        is_synthetic=any(file.get("is_synthetic") for file in files),
    )
    return write_page(folder, page)


def _rows(candidate: Path, table: str, settings: Settings) -> list[dict[str, object]]:
    """Rows of a mart; none where it cannot be read: the audit has said so, and the page is told."""
    try:
        return table_rows(candidate, table, memory=settings.duckdb_memory)
    except NoRowsError:
        return []


def earlier_audits(releases: Path) -> list[Earlier]:
    """Give the audits of the current release and those before it, the oldest first.

    One that was taken away, or that is not as it was released, is left out; the chain goes on as
    far as manifests lead.
    """
    found: list[Earlier] = []
    try:
        release_id = pointer_target(releases)
    except ReleaseError:
        return found
    for _ in range(EARLIER):
        if release_id is None:
            break
        try:
            release = load_release(releases, release_id)
        except ReleaseError:
            break
        if is_as_released(release, f"quality/{QUALITY_FILE}"):
            with suppress(NoAuditError):
                found.append(Earlier(release.id, read_audit(release.path / "quality")))
        release_id = release.manifest.previous
    return found[::-1]


def page_of(found: Found) -> Path | None:
    """The page of an audit, where it has one."""
    page = found.folder / PAGE_FILE
    return page if page.is_file() else None
