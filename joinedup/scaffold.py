"""The files beside a definition: its staging model, the model's description, its suite."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dbt_project.staging import Staged, staging_files
from expectations.base_suite import suite_file
from ingestion.definition import Definition
from ingestion.outcome import period_types, subject_types
from ingestion.record_reader import PROVENANCE
from ingestion.records import RecordLayout
from joinedup.project import AuthoringError

STAGED_TYPES = {"day": "date", "compact_day": "date", "day_month_first": "date"}
PROVENANCE_TYPES = {"Int32": "integer", "String": "text"}


def files_beside(definition: Definition) -> dict[str, str]:
    """Return the text of each file that goes with a definition, by its path in the project."""
    staged = staged_of(definition)
    return staging_files(staged) | suite_file(staged.return_id, is_record=staged.is_record)


def differing(project: Path, files: dict[str, str]) -> dict[str, str]:
    """Return those files that are not as they should be; a suite that is there is its owner's."""
    return {
        name: text
        for name, text in files.items()
        if not (path := project / name).exists()
        or (not name.startswith("expectations/") and _says(path) != text)
    }


def _says(path: Path) -> str | None:
    """Return what a file says; None for one that is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
    except OSError as error:
        raise AuthoringError(f"{path} cannot be read: {error.strerror}.") from error


def staged_of(definition: Definition) -> Staged:
    """Return what the staging model has to know of a return."""
    about = f"{definition.title} ({definition.publisher})."
    if not definition.records:
        return Staged(
            definition.return_id, about, subject_types(definition), period_types(definition)
        )
    layouts = list(definition.records.values())
    return Staged(
        definition.return_id,
        about,
        columns=_columns(layouts),
        required=[*_required(layouts), *PROVENANCE],
        key=_key(layouts),
    )


def _columns(layouts: Iterable[RecordLayout]) -> dict[str, str]:
    columns = {
        name: STAGED_TYPES.get(column.type, column.type)
        for layout in layouts
        for name, column in layout.columns.items()
    }
    return columns | {name: PROVENANCE_TYPES[str(kind)] for name, kind in PROVENANCE.items()}


def _required(layouts: list[RecordLayout]) -> list[str]:
    """Name the columns that no layout lets be blank or absent."""
    return [
        name
        for name in layouts[0].columns
        if all((c := layout.columns.get(name)) and c.is_required for layout in layouts)
    ]


def _key(layouts: list[RecordLayout]) -> list[str]:
    """Return the key of a file's rows, if it is the same in every layout."""
    keys = {tuple(layout.key) for layout in layouts}
    return list(keys.pop()) if len(keys) == 1 else []
