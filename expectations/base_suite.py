"""The suite of a staging model: what every return has to hold, and room for its own checks."""

from __future__ import annotations

FOLDER = "expectations/suites"
SUITE = """\
table: staging.stg_{return_id}
base: {base}
needs_a_return: [{return_id}]
owner: data team
poisons: [source_file]
"""


def suite_file(return_id: str, *, is_record: bool) -> dict[str, str]:
    """Return the file of a return's suite, by its path in the project."""
    base = "records" if is_record else "observations"
    return {f"{FOLDER}/stg_{return_id}.yml": SUITE.format(return_id=return_id, base=base)}
