"""The files of a return's staging model: its SQL, and the YAML that describes and tests it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import yaml

FOLDER = "dbt_project/models/staging"
WIDTH = 110
COLUMN = "cast({name} as {type}) as {name}"
DBT_TYPES = {"text": "{{ dbt.type_string() }}", "integer": "bigint", "number": "double"} | {
    "date": "date",
    "yes_no": "boolean",
}
"""How dbt spells each type of a record's column; texts are spelled for the database in use."""


@dataclass(frozen=True)
class Staged:
    """What a staging model has to know of a return.

    A statistical return has `subject_types` and `period_types`; a return of records has its
    `columns` with their types, those that are `required`, and the `key` of a file's rows.
    """

    return_id: str
    about: str
    subject_types: Sequence[str] = ()
    period_types: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    required: Sequence[str] = ()
    key: Sequence[str] = ()

    @property
    def is_record(self) -> bool:
        """Tell whether the return is one of records."""
        return bool(self.columns)


def staging_files(staged: Staged) -> dict[str, str]:
    """Return the two files of a staging model, by their path in the project."""
    stem = f"{FOLDER}/stg_{staged.return_id}"
    model = _record_model(staged) if staged.is_record else _model(staged)
    return {f"{stem}.sql": model, f"{stem}.yml": _description(staged)}


def _model(staged: Staged) -> str:
    return f"{{{{ observations_of('{staged.return_id}') }}}}\n"


def _record_model(staged: Staged) -> str:
    columns = [
        f"    {COLUMN.format(name=name, type=DBT_TYPES[kind])}"
        for name, kind in staged.columns.items()
    ]
    source = f"from {{{{ source('lake', '{staged.return_id}') }}}}"
    return "\n".join(["select", ",\n".join(columns), source, ""])


def _description(staged: Staged) -> str:
    """Describe the source and the model, and test what is this return's own."""
    tests = _record_tests(staged) if staged.is_record else _tests(staged)
    lines = [
        f"sources: [{{name: lake, tables: [{{name: {staged.return_id}}}]}}]",
        "models:",
        f"  - name: stg_{staged.return_id}",
        *_folded("    description: ", staged.about),
        "    data_tests:",
        *tests,
    ]
    return "\n".join([*lines, ""])


def _tests(staged: Staged) -> list[str]:
    return [
        "      - allowed_members:",
        "          arguments:",
        "            vocabularies:",
        f"              subject_type: [{', '.join(staged.subject_types)}]",
        f"              period_type: [{', '.join(staged.period_types)}]",
    ]


def _record_tests(staged: Staged) -> list[str]:
    tests = [("never_null", staged.required)]
    if staged.key:
        tests.append(("unique_combination", ["source_sha256", "layout_id", *staged.key]))
    return [
        line
        for name, columns in tests
        for line in (
            f"      - {name}:",
            "          arguments:",
            *_wrapped("            columns: [", columns),
        )
    ]


def _wrapped(beginning: str, names: Sequence[str]) -> list[str]:
    """Write a list in as few lines as the width allows."""
    text = f"{beginning}{', '.join(names)}]"
    return textwrap.wrap(
        text, WIDTH, subsequent_indent=" " * len(beginning), break_on_hyphens=False
    )


def _folded(key: str, words: str) -> list[str]:
    """Write a text that YAML reads back as it is, over several lines if it is long."""
    words = re.sub(r"\{(?=[{%#])", "{ ", words)  # dbt would run it
    if len(key) + len(words) <= WIDTH:
        return [f"{key}{_quoted(words)}"]
    indent = " " * (len(key) - len(key.lstrip()) + 2)
    return [
        f"{key}>-",
        *textwrap.wrap(
            words,
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_on_hyphens=False,
            break_long_words=False,
        ),
    ]


def _quoted(words: str) -> str:
    """Spell a text in one line, in quotes where YAML would read it otherwise."""
    is_plain = not any(c in words for c in ":#'\"{}[]") and _is_read(f"key: {words}", words)
    return words if is_plain else "'" + words.replace("'", "''") + "'"


def _is_read(line: str, words: str) -> bool:
    try:
        return bool(yaml.safe_load(line) == {"key": words})
    except yaml.YAMLError:
        return False
