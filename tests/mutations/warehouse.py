"""Real files read into a lake of their own, built, audited and held against the good candidate."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from dbt_project.build import BuildResult
from expectations.gate import audit_candidate
from expectations.verdict import Verdict
from ingestion.catalogue import Catalogue, Reading
from ingestion.definition import load_definitions
from ingestion.lake import write_index, write_shapes
from ingestion.read import fingerprints
from ingestion.record_reader import record_schema
from ingestion.register import load_register
from ingestion.worker import Context, Job, make_context, read_one
from joinedup.settings import PROJECT_ROOT
from joinedup.steps import cadences
from publishing.history import write_history
from publishing.release import release_marts
from publishing.run_table import write_runs
from tests.dbt_project.rebuilt import Recipe
from tests.publishing.few_marts import step_of_a_run

MEMORY = "700MB"
CODE = "0" * 12
TODAY = date(2026, 11, 22)
SUITES = PROJECT_ROOT / "expectations" / "suites"


@dataclass(frozen=True)
class Landed:
    """A file that is part of a load: its bytes, and the name it is known by."""

    path: Path
    name: str
    sha256: str

    @classmethod
    def of(cls, path: Path, folder: Path) -> Landed:
        """Describe a file of a folder of returns."""
        return cls(path, path.relative_to(folder).as_posix(), _sha256(path))


@dataclass
class Lake:
    """A lake whose files are read once, whatever loads they are part of."""

    path: Path
    readings: dict[str, Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the reader ready, as a reading process is."""
        definitions = load_definitions()
        register = load_register(PROJECT_ROOT / "dbt_project" / "seeds")
        make_context(Context(definitions, fingerprints(definitions, register), register))
        records = {name: d for name, d in definitions.items() if d.records}
        write_shapes(self.path, {name: record_schema(d) for name, d in records.items()})

    def read(self, file: Landed) -> Reading:
        """Read a file, or tell how it was read before."""
        if file.sha256 not in self.readings:
            job = Job(file.sha256, file.name, file.path, self.path)
            self.readings[file.sha256] = read_one(job)
        return self.readings[file.sha256]

    def index(self, files: Sequence[Landed], work: Path) -> None:
        """Make these files, landed in this order, the contents of the lake."""
        with Catalogue(work / "catalogue.sqlite") as catalogue:
            for file in files:
                catalogue.add_landed(file.sha256, file.path.stat().st_size, file.name, "load")
            for sha256 in {file.sha256: None for file in files}:
                catalogue.set_reading(self.readings[sha256], "load")
            write_index(self.path, catalogue)


def build(lake: Lake, files: Sequence[Landed], work: Path, recipe: Recipe) -> BuildResult:
    """Build the candidate of a load of these files."""
    work.mkdir(parents=True)
    for file in files:
        lake.read(file)
    lake.index(files, work)
    return recipe.rebuild(lake.path, work, memory=MEMORY)


def compare(candidate: Path, releases: Path) -> None:
    """Put into a candidate what its audit compares with, as the nightly load does."""
    write_history(
        candidate,
        releases,
        today=TODAY,
        code_fingerprint=CODE,
        cadences=cadences({}),
        decisions=[],
        is_look_back=False,
        memory=MEMORY,
    )


def audit(lake: Lake, built: BuildResult, work: Path) -> Verdict:
    """Run the gate on a candidate, as the nightly load does."""
    return audit_candidate(
        built.path,
        SUITES,
        work / "quality",
        lake=lake.path,
        build_tests=[vars(test) for test in built.tests],
        made_from=built.made_from,
        memory=MEMORY,
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def release(candidate: Path, quality: Path, releases: Path) -> None:
    """Release the good candidate, for the others to be compared with."""
    write_runs([step_of_a_run()], quality)
    release_marts(
        candidate,
        quality,
        releases,
        inputs_fingerprint="00c0ffee",
        run_id="good",
        code_fingerprint=CODE,
        now=datetime(2026, 11, 21, tzinfo=UTC),
        memory=MEMORY,
    )
