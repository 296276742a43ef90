"""OpenLineage: each attempt at a step as events that a lineage server understands.

Without configuration of OpenLineage's own, the events are appended to a file below JOINEDUP_HOME.
The client takes a third of a second to import, so it is imported by the functions that need it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

import joinedup
from joinedup.logging_setup import say

if TYPE_CHECKING:
    from openlineage.client import OpenLineageClient
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent
    from openlineage.client.generated.base import DatasetFacet, RunFacet

    from ingestion.catalogue import StepAttempt

FILE = "openlineage.jsonl"
"""Where the events go unless OpenLineage is told otherwise, in the folder of logs."""

PRODUCER = f"urn:joinedup:{joinedup.__version__}"
SEND_SECONDS = 10.0
"""Longest wait, at the end of a step, for a transport that sends in the background."""

MOVES_NO_DATA = frozenset(
    {"choose_returns", "verify_releases", "prune_releases", "sweep_leftovers", "check_lateness"}
)
"""Steps of which OpenLineage is not told: they take no data set and give none."""

MAY_FIND_NOTHING = frozenset({"fetch_returns", "fetch_return", "read_files"})
"""Steps of a night with nothing new. Their start is told at their end, with its own time, or never:
a night on which no data moved is not worth the import of the client."""

Kind = Literal["START", "COMPLETE", "FAIL", "ABORT"]


@dataclass(frozen=True)
class Field:
    """A column of a data set: its name, type and description."""

    name: str
    type: str
    description: str | None


@dataclass(frozen=True)
class Data:
    """A data set that a step took or gave; `rows` and `bytes` are those of what was written.

    `name` is a path within the warehouse, such as `landing/<sha256>`, not of the machine;
    `namespace` names the server of a publisher's file, and is empty for the warehouse's own.
    """

    name: str
    namespace: str = ""
    version: str | None = None
    rows: int | None = None
    bytes: int | None = None
    fields: tuple[Field, ...] = ()


class Teller:
    """Tells OpenLineage of one attempt. What cannot be sent is logged, and ends the telling.

    `held` is when an attempt began whose start waits until something came of it.
    """

    def __init__(self, logs: Path, attempt: StepAttempt) -> None:
        """Take the folder of logs and the attempt; nothing is opened yet."""
        self._logs, self._attempt = logs, attempt
        self._is_silent = attempt.step in MOVES_NO_DATA or not is_wanted()
        self._client: OpenLineageClient | None = None
        self.held: datetime | None = None

    def tell(
        self,
        kind: Kind,
        at: datetime,
        *,
        inputs: Sequence[Data] = (),
        outputs: Sequence[Data] = (),
        error: str | None = None,
    ) -> None:
        """Send what became of the attempt at a time with a zone; never raises."""
        if self._is_silent:
            return
        if kind == "START" and self._attempt.step.partition(":")[0] in MAY_FIND_NOTHING:
            self.held = at
            return
        try:
            self._client = self._client or open_client(self._logs)
            if self.held is not None:
                self._client.emit(event_of("START", self._attempt, self.held))
                self.held = None
            event = event_of(kind, self._attempt, at, inputs=inputs, outputs=outputs, error=error)
            self._client.emit(event)
        except Exception as failure:
            self._is_silent = True
            say("lineage not sent", logging.WARNING, error=type(failure).__name__)

    def close(self) -> None:
        """Wait for what is sent in the background, for a while; never raises."""
        if self._client is not None:
            with suppress(Exception):
                self._client.close(SEND_SECONDS)


def is_wanted() -> bool:
    """Say whether events are to be made at all: OPENLINEAGE_DISABLED=true turns them off."""
    return os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() != "true"


def namespace() -> str:
    """Name the warehouse; several that tell one server have each a name of their own."""
    return os.environ.get("OPENLINEAGE_NAMESPACE") or "joinedup"


def run_uuid(run_id: str) -> UUID:
    """Give a run's id for OpenLineage, always the same for its name."""
    return uuid5(NAMESPACE_URL, f"{namespace()}/{run_id}")


def attempt_uuid(attempt: StepAttempt) -> UUID:
    """Give the id of an attempt at a step: a retry is a run of its own to OpenLineage."""
    return uuid5(run_uuid(attempt.run_id), f"{attempt.step}/{attempt.attempt}")


def open_client(logs: Path) -> OpenLineageClient:
    """Open what OpenLineage is configured to send with, or else the file in the folder of logs."""
    from openlineage.client import OpenLineageClient
    from openlineage.client.transport.file import FileConfig, FileTransport

    file = FileConfig(log_file_path=str(logs / FILE), append=True)
    client = OpenLineageClient(transport=FileTransport(file))
    is_configured = client.config.transport or os.environ.get("OPENLINEAGE_URL")
    return OpenLineageClient() if is_configured else client


def event_of(
    kind: Kind,
    attempt: StepAttempt,
    at: datetime,
    *,
    inputs: Sequence[Data] = (),
    outputs: Sequence[Data] = (),
    error: str | None = None,
) -> RunEvent:
    """Describe what became of an attempt as an event; `at` has a time zone."""
    from openlineage.client import event_v2

    return event_v2.RunEvent(
        eventType=event_v2.RunState[kind],
        eventTime=at.isoformat(),
        run=event_v2.Run(str(attempt_uuid(attempt)), facets=_run_facets(attempt, error)),
        job=event_v2.Job(namespace(), f"joinedup.{attempt.step}"),
        inputs=[_input(data) for data in inputs],
        outputs=[_output(data) for data in outputs],
        producer=PRODUCER,
    )


def _run_facets(attempt: StepAttempt, error: str | None) -> dict[str, RunFacet]:
    from openlineage.client.facet_v2 import error_message_run, parent_run, processing_engine_run

    run = str(run_uuid(attempt.run_id))
    facets: dict[str, RunFacet] = {
        "parent": parent_run.ParentRunFacet(
            run=parent_run.Run(run),
            job=parent_run.Job(namespace(), "joinedup.run"),
            producer=PRODUCER,
        ),
        "processing_engine": processing_engine_run.ProcessingEngineRunFacet(
            version=attempt.code_version, name="joinedup", producer=PRODUCER
        ),
    }
    if error is not None:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(
            message=error, programmingLanguage="PYTHON", producer=PRODUCER
        )
    return facets


def _input(data: Data) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset

    return InputDataset(data.namespace or namespace(), data.name, facets=_facets(data))


def _output(data: Data) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    counted = statistics.OutputStatisticsOutputDatasetFacet(
        rowCount=data.rows, size=data.bytes, producer=PRODUCER
    )
    is_counted = data.rows is not None or data.bytes is not None
    return OutputDataset(
        data.namespace or namespace(),
        data.name,
        facets=_facets(data),
        outputFacets={"outputStatistics": counted} if is_counted else {},
    )


def _facets(data: Data) -> dict[str, DatasetFacet]:
    from openlineage.client.facet_v2 import dataset_version_dataset, schema_dataset

    facets: dict[str, DatasetFacet] = {}
    if data.version is not None:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
            datasetVersion=data.version, producer=PRODUCER
        )
    if data.fields:
        fields = [
            schema_dataset.SchemaDatasetFacetFields(one.name, one.type, one.description)
            for one in data.fields
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(fields=fields, producer=PRODUCER)
    return facets
