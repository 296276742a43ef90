"""What one whole load leaves for those who watch: run log, lines, lineage and mart `run`."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attr
import pytest
from openlineage.client import event_v2, generated

from ingestion.catalogue import Catalogue, StepAttempt
from joinedup.open_lineage import FILE, attempt_uuid, run_uuid
from joinedup.run_log import log_file
from joinedup.runs import Run, runs_of
from joinedup.settings import Settings
from publishing.mart_tables import describe, open_read_only
from publishing.pointer import Release, current_release
from tests.joinedup.conftest import Load

STEPS = ["fetch_returns", "read_files", "build_candidate", "audit_candidate", "release_marts"]
Event = dict[str, Any]


@pytest.fixture(scope="module")
def settings(demonstration_load: Load) -> Settings:
    """The settings of the loaded home."""
    return Settings(home=demonstration_load.home)


@pytest.fixture(scope="module")
def run(settings: Settings) -> Run:
    """The run that loaded it."""
    with Catalogue(settings.catalogue) as catalogue:
        (found,) = runs_of(catalogue)
    return found


@pytest.fixture(scope="module")
def release(settings: Settings) -> Release:
    """The release that came of it."""
    found = current_release(settings.releases)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def events(settings: Settings) -> list[Event]:
    """The events that were told, in their order."""
    return _lines(settings.logs / FILE)


def _lines(path: Path) -> list[Event]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_step_is_in_the_run_log(run: Run, settings: Settings, release: Release) -> None:
    """Given a load, then each step ended well, once, with what it wrote; the run was released."""
    assert (run.outcome, run.release) == ("released", release.id)
    assert [(one.step, one.attempt, one.outcome) for one in run.attempts] == [
        (step, 1, "ok") for step in STEPS
    ]
    fetched, read, built, audited, released = run.attempts
    with Catalogue(settings.catalogue) as catalogue:
        landed = catalogue.landed()
        readings = catalogue.readings().values()
    assert run.new["landed"] == len(landed)
    assert (fetched.rows_written, fetched.bytes_written) == (None, sum(f.bytes for f in landed))
    assert read.rows_written == sum(r.observations for r in readings if r.state == "read")
    assert built.rows_written
    assert built.rows_written > 1000
    assert audited.bytes_written
    assert audited.bytes_written > 1000
    assert released.rows_written == sum(t.rows for t in release.manifest.tables.values())
    assert all((one.bytes_written or 0) > 0 and (one.seconds or 0) > 0 for one in run.attempts)


def test_each_file_is_in_the_lines(run: Run, settings: Settings) -> None:
    """Given a load, then its log names each file by its sha256, as landed and as read or not."""
    told = _lines(log_file(settings, run.run_id))
    assert {line["run"] for line in told} == {run.run_id}
    with Catalogue(settings.catalogue) as catalogue:
        landed = {file.sha256 for file in catalogue.landed()}
        states = {sha: (one.state, one.return_id) for sha, one in catalogue.readings().items()}
    assert {line["sha256"] for line in told if line["event"] == "file landed"} == landed
    read = {
        line["sha256"]: (line["event"].removeprefix("file "), line["return"])
        for line in told
        if line["event"].startswith("file ") and line["step"] == "read_files"
    }
    assert read == states
    assert [line["step"] for line in told if line["event"] == "step ended"] == STEPS


def test_the_events_are_openlineage(events: list[Event], run: Run) -> None:
    """Given the events of a load, then each is one by the specification's own classes, facets too,
    and each attempt starts and completes under the id that its name gives.
    """
    for event in events:
        _as_specified(event)
    told = [(event["eventType"], event["run"]["runId"]) for event in events]
    assert told == [
        (kind, str(attempt_uuid(attempt)))
        for attempt in run.attempts
        for kind in ("START", "COMPLETE")
    ]
    parents = {event["run"]["facets"]["parent"]["run"]["runId"] for event in events}
    assert parents == {str(run_uuid(run.run_id))}


def test_the_events_lead_from_the_marts_back_to_the_files(
    events: list[Event], settings: Settings, release: Release
) -> None:
    """Given the events of a load, then outputs of one step are inputs of the next, from the landed
    files to the released marts, which have their columns with them.
    """
    given: dict[str, list[tuple[str, str]]] = {}
    taken: dict[str, list[tuple[str, str]]] = {}
    for event in events:
        step = event["job"]["name"].removeprefix("joinedup.")
        given.setdefault(step, []).extend(_keys(event["outputs"]))
        taken.setdefault(step, []).extend(_keys(event["inputs"]))
    with Catalogue(settings.catalogue) as catalogue:
        landed = [f"landing/{file.sha256}" for file in catalogue.landed()]
    assert sorted(name for name, _ in given["fetch_returns"]) == sorted(landed)
    assert sorted(given["fetch_returns"]) == sorted(taken["read_files"])
    assert given["read_files"] == taken["build_candidate"]
    assert given["build_candidate"] == taken["audit_candidate"] == taken["release_marts"]
    with open_read_only(release.marts) as marts:
        shapes = {f"marts/{table.name}": table for table in describe(marts, "marts")}
    outputs = {data["name"]: data for data in events[-1]["outputs"]}
    assert outputs.keys() == shapes.keys()
    for name, data in outputs.items():
        assert data["facets"]["version"]["datasetVersion"] == release.id
        assert [
            (field["name"], field["type"], field["description"])
            for field in data["facets"]["schema"]["fields"]
        ] == [(column.name, column.type, column.comment) for column in shapes[name].columns]


def test_the_release_tells_of_the_way_to_it(run: Run, release: Release) -> None:
    """Given a release, then its mart `run` has each step up to the audit, as the run log has it."""
    with open_read_only(release.marts) as marts:
        rows = marts.execute(
            "select run_id, step, attempt, outcome, duration_seconds, rows_written, bytes_written, "
            "peak_memory_bytes, code_version from run order by started_at"
        ).fetchall()
    assert rows == [_row(attempt) for attempt in run.attempts[:-1]]


def _row(one: StepAttempt) -> tuple[object, ...]:
    return (
        *(one.run_id, one.step, one.attempt, one.outcome, one.seconds),
        *(one.rows_written, one.bytes_written, one.peak_memory_bytes, one.code_version),
    )


def _keys(data: list[Event]) -> list[tuple[str, str]]:
    return [(one["name"], one["facets"]["version"]["datasetVersion"]) for one in data]


def _as_specified(event: Event) -> None:
    """Build an event, and its facets, out of the classes that are made from the specification."""
    kinds = _facet_classes()
    run, job = event["run"], event["job"]
    groups = [run["facets"], job["facets"]]
    for data in (*event["inputs"], *event["outputs"]):
        groups += [data["facets"], data.get("inputFacets", {}), data.get("outputFacets", {})]
    for group in groups:
        for facet in group.values():
            _require_shape(kinds[facet["_schemaURL"].rpartition("/")[2]], facet)
    built = event_v2.RunEvent(
        eventType=event_v2.RunState[event["eventType"]],
        eventTime=event["eventTime"],
        run=event_v2.Run(run["runId"]),
        job=event_v2.Job(job["namespace"], job["name"]),
        inputs=[event_v2.InputDataset(one["namespace"], one["name"]) for one in event["inputs"]],
        outputs=[event_v2.OutputDataset(one["namespace"], one["name"]) for one in event["outputs"]],
        producer=event["producer"],
    )
    assert built.schemaURL == event["schemaURL"]


def _facet_classes() -> Mapping[str, type]:
    modules = (
        importlib.import_module(f"{generated.__name__}.{found.name}")
        for found in pkgutil.iter_modules(generated.__path__)
    )
    return {
        name: kind
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and attr.has(kind) and kind.__module__ == module.__name__
    }


def _require_shape(kind: type, facet: Event) -> None:
    fields = {field.name: field for field in attr.fields(kind)}
    assert facet.keys() <= fields.keys(), kind
    needed = {name for name, field in fields.items() if field.default is attr.NOTHING}
    assert needed <= facet.keys(), kind
    assert facet["_schemaURL"] == kind._get_schema()  # type: ignore[attr-defined]
