"""What a person decides about the load, and how it is written down: who, when, what and why.

Nothing is deleted by a decision and no decision is ever changed: another one ends it. Each is
done under the writer's lock, by the caller.
"""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ingestion.catalogue import Catalogue, Decision, Reading
from ingestion.held import (
    ACCEPT_DIFFERENCE,
    ACCEPT_LOSS,
    HOLD_ROWS,
    RELEASE,
    SET_ASIDE,
    AcceptedDifference,
    Cell,
    cells_of,
    decide,
    standing,
    subject_of_cells,
    subject_of_difference,
)
from ingestion.read import take_back
from joinedup.settings import PROJECT_ROOT
from publishing.changes import Decided

CONTRACTS = PROJECT_ROOT / "dbt_project" / "seeds" / "metric_contracts.csv"

MOST_CELLS = 10_000
"""More cells than these are no rows to hold but a file to set aside."""

_NUMBER = r"-?[\d,]+(?:\.\d+)?(?:e[+-]?\d+)?"
_DIFFERENCE = re.compile(
    rf" says (?P<says>{_NUMBER}) and .+ (?P<adds_up_to>{_NUMBER})\."
    r"(?: (?P<others>\d+) more cells disagree\.)? Compare the file with the publisher's copy"
)
"""How the reader says that a file's own totals do not agree: the one fault that may be accepted."""


class NotDecidedError(Exception):
    """What was asked for cannot be decided so: the message says why, and what can."""


@dataclass(frozen=True)
class Held:
    """A file, cells or an acceptance that stands, as it is listed. `id` is what releases it."""

    id: str
    what: str
    file: str
    why: str
    since: datetime | None
    by: str
    can_be_released: str


def hold_rows(
    catalogue: Catalogue,
    rows: Sequence[Mapping[str, Any]],
    check: str,
    because: str,
    by: str | None = None,
) -> dict[int, int]:
    """Hold the cells of the rows that a check found; returns how many, by decision.

    Raises NotDecidedError when the rows do not say their cells, or are no figures.
    """
    _require_reason(because)
    if not rows:
        raise NotDecidedError(f"{check} finds no row: there is nothing to hold.")
    cells = {_cell(row, check) for row in rows}
    if len(cells) > MOST_CELLS:
        raise NotDecidedError(
            f"{check} finds {len(cells):,} cells. Set the file aside (joinedup set-aside), or mend "
            "its definition."
        )
    readings = catalogue.readings()
    before = {cell for one in standing(catalogue.decisions()) for cell in _cells(one)}
    by_file: dict[str, list[Cell]] = {}
    for cell in sorted(cells - before):
        by_file.setdefault(cell.source_sha256, []).append(cell)
    for sha256 in by_file:
        _require_figures(readings.get(sha256), sha256)
    if not by_file:
        raise NotDecidedError(f"All {len(cells):,} cells that {check} finds are held already.")
    return {
        decide(catalogue, HOLD_ROWS, subject_of_cells(found, check), because, by=by): len(found)
        for found in by_file.values()
    }


def _cells(decided: Decision) -> list[Cell]:
    return cells_of(decided) if decided.kind == HOLD_ROWS else []


def _cell(row: Mapping[str, Any], check: str) -> Cell:
    names = ("source_sha256", "source_sheet", "source_row", "source_column")
    if any(row.get(name) is None for name in names):
        raise NotDecidedError(
            f"The rows of {check} do not say which cells they are, so they cannot be held. Hold "
            "those of a check of a staging model, or set the file aside (joinedup set-aside)."
        )
    sha256, sheet, line, column = (row[name] for name in names)
    return Cell(str(sha256), str(sheet), int(line), str(column))


def _require_figures(reading: Reading | None, sha256: str) -> None:
    """Only figures of a file that was read can lack a value; a record would be lost whole."""
    if reading is None or reading.state != "read":
        raise NotDecidedError(f"File {sha256[:12]} is not read now, so nothing of it is shown.")
    if (reading.lake_path or "").startswith("records/"):
        raise NotDecidedError(
            f"File {sha256[:12]} holds records, not figures. Set it aside (joinedup set-aside)."
        )


def release(catalogue: Catalogue, wanted: str, because: str, by: str | None = None) -> str:
    """Let go of what is held: a decision by its number, or a quarantined file by its sha256.

    A file that the reader quarantined is released only where that is a matter of judgement: its
    totals do not agree. Returns what was done, in words; raises NotDecidedError.
    """
    _require_reason(because)
    if wanted.isdecimal() and len(wanted) < 8:
        return _end(catalogue, int(wanted), because, by)
    return _release_file(catalogue, wanted, because, by)


def _end(catalogue: Catalogue, number: int, because: str, by: str | None) -> str:
    decisions = catalogue.decisions()
    found = [one for one in standing(decisions) if one.decision_id == number]
    if not found:
        known = any(one.decision_id == number for one in decisions)
        why = "does not stand any more" if known else "does not exist"
        raise NotDecidedError(f"Decision {number} {why}. joinedup quality held lists those.")
    if found[0].kind == SET_ASIDE:
        return _release_file(catalogue, found[0].subject, because, by)
    decide(catalogue, RELEASE, str(number), because, by=by)
    if found[0].kind == ACCEPT_DIFFERENCE:
        catalogue.forget_reading(json.loads(found[0].subject)["sha256"])
    return f"Decision {number} is ended: {subject_words(found[0])}. The next run goes without it."


def _release_file(catalogue: Catalogue, sha256: str, because: str, by: str | None) -> str:
    names = {file.sha256: file.file_name for file in catalogue.landed()}
    found = [name for name in names if name.startswith(sha256.lower())]
    if len(found) != 1 or len(sha256) < 8:
        raise NotDecidedError(
            f"{len(found)} landed files begin with '{sha256}'; give the number of a decision, or "
            "at least 8 digits that belong to one file. joinedup quality held lists them."
        )
    name, reading = names[found[0]], catalogue.readings().get(found[0])
    if reading is None or reading.state != "quarantined":
        raise NotDecidedError(f"{name} is not quarantined.")
    try:
        take_back(catalogue, found[0], because, by=by)
    except KeyError:
        return _accept_difference(catalogue, reading, name, because, by)
    return f"{name} is released; the next run reads it again."


def _accept_difference(
    catalogue: Catalogue, reading: Reading, name: str, because: str, by: str | None
) -> str:
    """Accept that a file's totals do not agree, for exactly these two figures."""
    accepted = difference_of(reading)
    if accepted is None:
        raise NotDecidedError(
            f"{name} cannot be released by a decision: {reading.reason} Only totals that do not "
            "agree can be accepted as they are; for a changed wording see joinedup map-diff."
        )
    decide(catalogue, ACCEPT_DIFFERENCE, subject_of_difference(accepted), because, by=by)
    catalogue.forget_reading(reading.sha256)
    others = _others(reading)
    more = f" {others} more cells disagree: each needs its own decision." if others else ""
    return (
        f"{name}: that cell {accepted.cell} of sheet '{accepted.sheet}' says {accepted.says:,g}, "
        f"and its parts {accepted.adds_up_to:,g}, is accepted; the next run reads it again.{more}"
    )


def difference_of(reading: Reading) -> AcceptedDifference | None:
    """The two figures for which a file was quarantined; None when it was for something else."""
    found = _DIFFERENCE.search(reading.reason or "")
    if not found or not (reading.return_id and reading.sheet and reading.cell):
        return None
    says, adds_up_to = (float(found[name].replace(",", "")) for name in ("says", "adds_up_to"))
    return AcceptedDifference(
        reading.sha256, reading.return_id, reading.sheet, reading.cell, says, adds_up_to
    )


def _others(reading: Reading) -> str | None:
    found = _DIFFERENCE.search(reading.reason or "")
    return found["others"] if found else None


def accept_loss(
    catalogue: Catalogue,
    metric: str,
    because: str,
    by: str | None = None,
    until: date | None = None,
) -> int:
    """Accept what became of a metric's closed figures; returns the decision's number.

    Raises NotDecidedError for a metric that there is none of, or a last day that is past.
    """
    _require_reason(because)
    if metric not in known_metrics():
        raise NotDecidedError(f"There is no metric {metric}: they are listed in mart metric.")
    if until is not None and until < datetime.now(UTC).date():
        raise NotDecidedError(f"{until} is past: give a day to come, or none.")
    return decide(catalogue, ACCEPT_LOSS, metric, because, by=by, until=until)


def known_metrics() -> set[str]:
    """Give the metrics of the contracts."""
    with CONTRACTS.open(encoding="utf-8", newline="") as file:
        return {row["metric_id"] for row in csv.DictReader(file)}


def _require_reason(because: str) -> None:
    if not because.strip():
        raise NotDecidedError("Say why, in a few words: --because.")


def held(catalogue: Catalogue) -> list[Held]:
    """List what stands: files in quarantine, by hand or by the reader, cells, acceptances."""
    names = {file.sha256: file.file_name for file in catalogue.landed()}
    decisions = standing(catalogue.decisions())
    by_hand = {one.subject: one for one in decisions if one.kind == SET_ASIDE}
    since = catalogue.read_at()
    found = []
    for sha256, reading in catalogue.readings().items():
        if reading.state != "quarantined":
            continue
        decided = by_hand.get(sha256)
        is_judged = decided is not None or difference_of(reading) is not None
        found.append(
            Held(
                id=sha256[:12],
                what="file set aside by hand" if decided else "file set aside by the reader",
                file=names.get(sha256, ""),
                why=_where(reading) + (reading.reason or ""),
                since=decided.decided_at if decided else since.get(sha256),
                by=decided.decided_by if decided else "the reader",
                can_be_released="yes" if is_judged else "no: mend the file or the definition",
            )
        )
    return found + [_listed(one, names) for one in decisions if one.kind != SET_ASIDE]


def _where(reading: Reading) -> str:
    sheet = f"sheet '{reading.sheet}'" if reading.sheet else ""
    place = ", ".join(filter(None, [sheet, f"cell {reading.cell}" if reading.cell else ""]))
    return f"{place}: " if place else ""


def _listed(decided: Decision, names: Mapping[str, str]) -> Held:
    of = json.loads(decided.subject)["sha256"] if decided.subject.startswith("{") else ""
    until = f", until {decided.until}" if decided.until else ""
    return Held(
        id=str(decided.decision_id),
        what=subject_words(decided) + until,
        file=names.get(of, of[:12]),
        why=decided.reason,
        since=decided.decided_at,
        by=decided.decided_by,
        can_be_released="yes",
    )


def subject_words(decided: Decision) -> str:
    """What a decision is about, for a person."""
    if decided.kind == HOLD_ROWS:
        cells = cells_of(decided)
        sheets = Counter(cell.source_sheet for cell in cells)
        one = f" {cells[0].source_column}{cells[0].source_row}" if len(cells) == 1 else ""
        places = ", ".join(f"'{sheet}'{one}" for sheet in sheets)
        check = json.loads(decided.subject)["check"]
        held = f"{len(cells):,} cell{'s' if len(cells) > 1 else ''} held"
        return f"{held} on {places}, found by {check}"
    if decided.kind == ACCEPT_DIFFERENCE:
        accepted = AcceptedDifference(**json.loads(decided.subject))
        return f"difference accepted on sheet '{accepted.sheet}', cell {accepted.cell}"
    if decided.kind == ACCEPT_LOSS:
        return f"lost figures of {decided.subject} accepted"
    if decided.kind == RELEASE:
        return f"decision {decided.subject} ended"
    return f"file {decided.subject[:12]} {decided.kind.replace('_', ' ')}"


def decided_of(decisions: Sequence[Decision]) -> list[Decided]:
    """Give those that stand, as the comparison of releases takes them."""
    return [
        Decided(
            *(one.decision_id, one.kind, one.subject, one.reason, one.decided_by),
            decided_at=one.decided_at,
            until=one.until,
        )
        for one in standing(decisions)
    ]


def decision_texts(catalogue: Catalogue) -> list[str]:
    """What stands, as part of what a release is made from: one text each, in their order."""
    return [
        json.dumps([one.kind, one.subject, str(one.until or "")], ensure_ascii=False)
        for one in standing(catalogue.decisions())
    ]


def decision_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every decision as a release tells of it: without the name of whoever decided."""
    return [
        {
            "decision": one.decision_id,
            "decided_on": one.decided_at.date().isoformat(),
            "kind": one.kind.replace("_", " "),
            "about": subject_words(one),
            "because": one.reason,
            "until": one.until.isoformat() if one.until else None,
        }
        for one in catalogue.decisions()
    ]
