"""What people decided about files and cells: which decisions stand, and which cells are held.

A held cell stays where it is. Models see it without its value, as missing, so that every sum of
which it is a part says that it lacks one.
"""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from ingestion.catalogue import Catalogue, Decision
from ingestion.definition import Definition, KnownDifference
from ingestion.lake import write_parquet

HELD = "held.parquet"

SET_ASIDE, TAKE_BACK = "set_aside", "take_back"
HOLD_ROWS, RELEASE = "hold_rows", "release"
ACCEPT_DIFFERENCE, ACCEPT_LOSS = "accept_difference", "accept_loss"

_SCHEMA = pl.Schema(
    {
        "source_sha256": pl.String,
        "source_sheet": pl.String,
        "source_row": pl.Int32,
        "source_column": pl.String,
        "decision_id": pl.Int64,
    }
)


@dataclass(frozen=True, order=True)
class Cell:
    """A cell of a landed file."""

    source_sha256: str
    source_sheet: str
    source_row: int
    source_column: str


@dataclass(frozen=True)
class AcceptedDifference:
    """A total and its parts that do not agree, and are read as they are, in one file."""

    sha256: str
    return_id: str
    sheet: str
    cell: str
    says: float
    adds_up_to: float


def decide(
    catalogue: Catalogue,
    kind: str,
    subject: str,
    reason: str,
    *,
    by: str | None = None,
    until: date | None = None,
) -> int:
    """Note a decision, made now; returns its number. Without `by` it is the user's."""
    return catalogue.add_decision(
        Decision(kind, subject, reason, by or user(), datetime.now(UTC), until)
    )


def user() -> str:
    """Give the name that the system has for whoever runs this."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def standing(decisions: Sequence[Decision]) -> list[Decision]:
    """Give the decisions that no later one has ended."""
    ended = {decided.subject for decided in decisions if decided.kind == RELEASE}
    ended_at: dict[str, int] = {}
    for decided in decisions:
        if decided.kind in {SET_ASIDE, TAKE_BACK}:
            ended_at[decided.subject] = decided.decision_id
    return [
        decided
        for decided in decisions
        if decided.kind not in {RELEASE, TAKE_BACK}
        and str(decided.decision_id) not in ended
        and ended_at.get(decided.subject, decided.decision_id) == decided.decision_id
    ]


def subject_of_cells(cells: Sequence[Cell], check: str) -> str:
    """Write down cells of one file, and the check for which they are held."""
    (sha256,) = {cell.source_sha256 for cell in cells}
    places = [[c.source_sheet, c.source_column, c.source_row] for c in sorted(set(cells))]
    return json.dumps({"sha256": sha256, "check": check, "cells": places}, ensure_ascii=False)


def cells_of(decided: Decision) -> list[Cell]:
    """Read the cells of a decision that holds some."""
    subject = json.loads(decided.subject)
    return [
        Cell(subject["sha256"], sheet, int(row), column) for sheet, column, row in subject["cells"]
    ]


def held_cells(decisions: Sequence[Decision]) -> dict[Cell, Decision]:
    """Give the cells that are held now, each with the decision that holds it."""
    return {
        cell: decided
        for decided in standing(decisions)
        if decided.kind == HOLD_ROWS
        for cell in cells_of(decided)
    }


def write_held(lake: Path, decisions: Sequence[Decision]) -> None:
    """Write the held cells beside the lake's index; for none, there is no such file."""
    cells = held_cells(decisions)
    path = lake / HELD
    if not cells:
        path.unlink(missing_ok=True)
        return
    rows = [(*asdict(cell).values(), cells[cell].decision_id) for cell in sorted(cells)]
    write_parquet(pl.DataFrame(rows, schema=_SCHEMA, orient="row"), path)


def held_fingerprint(lake: Path) -> str:
    """Give hex digits that change when other cells are held; none where none is."""
    path = lake / HELD
    if not path.exists():
        return ""
    cells = pl.read_parquet(path).drop("decision_id").sort(pl.all())
    return hashlib.sha256(json.dumps(cells.rows(), ensure_ascii=False).encode()).hexdigest()


def subject_of_difference(accepted: AcceptedDifference) -> str:
    """Write down a difference that is accepted."""
    return json.dumps(asdict(accepted), ensure_ascii=False)


def accepted_differences(decisions: Sequence[Decision]) -> list[tuple[AcceptedDifference, str]]:
    """Give the differences that are accepted now, each with the reason."""
    return [
        (AcceptedDifference(**json.loads(decided.subject)), decided.reason)
        for decided in standing(decisions)
        if decided.kind == ACCEPT_DIFFERENCE
    ]


def with_accepted(
    definitions: Mapping[str, Definition], decisions: Sequence[Decision]
) -> dict[str, Definition]:
    """Give the definitions with what was accepted among the known differences of its file."""
    found = dict(definitions)
    for accepted, reason in accepted_differences(decisions):
        definition = found.get(accepted.return_id)
        if definition is None:
            continue
        known = KnownDifference(
            sha256=accepted.sha256,
            sheet=accepted.sheet,
            cell=accepted.cell,
            says=accepted.says,
            adds_up_to=accepted.adds_up_to,
            reason=f"Accepted by decision: {reason}",
        )
        more = [*definition.known_differences, known]
        found[accepted.return_id] = definition.model_copy(update={"known_differences": more})
    return found
