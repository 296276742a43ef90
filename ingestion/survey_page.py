"""A survey as a page in Markdown: files read by return, files refused, files of no return.

The page says nothing that changes from run to run: no place, no time, no fingerprint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Sized
from itertools import groupby

from ingestion.catalogue import Reading
from ingestion.definition import Definition
from ingestion.markdown import NOTHING, code, table, words
from ingestion.period import Period, later
from ingestion.survey import Survey, SurveyedFile

FEW_FILES = 2
"""Of so many files a note names each; of more, their number."""

HEAD = """\
<!-- Made by `joinedup survey FOLDER --write PAGE`. Do not edit. -->
# Files read
What `joinedup survey` says of a folder of publishers' files: which of them are read, by which
layout, and why the others are not. A load of the same folder does the same.

* **period** is that of the file; a series of months is one span. **published on** is the later of
  first publication and revision, where the file says it.
* **checks that held**, each with how many figures it compared, besides what is checked in every
  file ([returns.md](returns.md#what-is-checked-in-each-file)). A figure that fails one refuses it,
  unless it is listed as the publisher's own slip; a note says so then. A total of which a part is
  withheld or not given can be compared with nothing: *0 of 94* is a check that has shown nothing.
* **notes** are counted, and given below each table: sheets that are not read, slips that are read
  as what they stand for, totals that the publisher printed wrong."""


def render(survey: Survey, definitions: Mapping[str, Definition]) -> str:
    """Return the page, ending in a line break."""
    blocks = [
        HEAD,
        _counts(survey),
        *_read(survey, definitions),
        *_refused(survey),
        *_of_no_return(survey),
        *_left_out(survey),
        *_without_files(survey, definitions),
    ]
    return "\n\n".join(blocks) + "\n"


def _counts(survey: Survey) -> str:
    read, refused, none = map(survey.of_state, ("read", "quarantined", "unrecognised"))
    returns = {file.reading.return_id for file in read}
    return (
        f"{_number(survey.files, 'file')}: {len(read):,} read ({_number(returns, 'return')}), "
        f"{len(refused):,} refused, {len(none):,} of no return."
    )


def _read(survey: Survey, definitions: Mapping[str, Definition]) -> Iterator[str]:
    yield "## Read"
    files = sorted(survey.of_state("read"), key=_return_of)
    for return_id, own in groupby(files, key=_return_of):
        yield from _return(definitions[return_id], list(own))


def _return_of(file: SurveyedFile) -> str:
    return file.reading.return_id or ""


def _return(definition: Definition, files: Sequence[SurveyedFile]) -> Iterator[str]:
    what = "records" if definition.records else "figures"
    total = sum(file.reading.observations for file in files)
    yield f"### {definition.return_id}"
    yield (
        f"{words(definition.title)}. [{words(definition.publisher)}]({definition.landing_page}), "
        f"{definition.licence}. {_number(files, 'file')}, {total:,} {what}."
    )
    yield table(
        ("file", "period", "published on", "layout", what, "checks that held", "notes"),
        map(_row, files),
        right=(what, "notes"),
    )
    notes = Counter(note for file in files for note in file.reading.notes)
    if notes:
        yield "\n".join(f"* {words(note)}{_whose(note, files)}" for note in sorted(notes))


def _row(file: SurveyedFile) -> tuple[str, ...]:
    reading = file.reading
    published = later(reading.first_published_on, reading.revised_on)
    return (
        _file(file),
        _period(reading),
        str(published or NOTHING),
        ", ".join(code(name) for name in (reading.layout_id or "").split(",")),
        f"{reading.observations:,}",
        _checks(reading),
        f"{len(reading.notes):,}" if reading.notes else NOTHING,
    )


def _period(reading: Reading) -> str:
    if reading.period_start is None or reading.period_end is None:
        return NOTHING
    is_month = reading.period_type == "month"
    return str(Period(reading.period_start, reading.period_end, "month" if is_month else "span"))


def _checks(reading: Reading) -> str:
    """Name the checks that were made of a file, each with how many figures it compared."""
    named = (
        f"{code(name)} {compared:,}" + (f" of {possible:,}" if compared < possible else "")
        for name, compared, possible in reading.checks
        if possible
    )
    return ", ".join(named) or NOTHING


def _whose(note: str, files: Sequence[SurveyedFile]) -> str:
    """Say which files have a note, where it is not every one."""
    own = [file.names[0] for file in files if note in file.reading.notes]
    if len(own) == len(files):
        return ""
    if len(own) > FEW_FILES:
        return f" ({_number(own, 'file')})"
    return f" ({', '.join(code(name) for name in own)})"


def _refused(survey: Survey) -> Iterator[str]:
    yield "## Refused"
    rows = [
        (
            _file(file),
            code(file.reading.return_id or ""),
            code(file.reading.sheet or ""),
            file.reading.cell or NOTHING,
            words(file.reason),
        )
        for file in survey.of_state("quarantined")
    ]
    yield table(("file", "return", "sheet", "cell", "reason"), rows) if rows else "None."


def _of_no_return(survey: Survey) -> Iterator[str]:
    yield "## Of no return"
    rows = [
        (_file(file), words(file.reason) or "**No reason is known.**")
        for file in survey.of_state("unrecognised")
    ]
    yield table(("file", "reason"), rows) if rows else "None."


def _left_out(survey: Survey) -> Iterator[str]:
    if survey.left_out:
        yield "## Passed over"
        yield "\n".join(f"* {words(line)}" for line in survey.left_out)


def _without_files(survey: Survey, definitions: Mapping[str, Definition]) -> Iterator[str]:
    """Name the returns of which the folder has no file, so that nothing here shows they work."""
    seen = {file.reading.return_id for file in survey.files}
    lacking = [d for name, d in sorted(definitions.items()) if name not in seen]
    if lacking:
        yield "## Returns without a file here"
        yield "\n".join(f"* {code(d.return_id)}: {words(d.title)} {_made_from(d)}" for d in lacking)


def _made_from(definition: Definition) -> str:
    is_described = definition.evidence == "described"
    return "(made from a description only)" if is_described else "(made from files)"


def _file(file: SurveyedFile) -> str:
    """Give a file's names; the same bytes under another name are the same file."""
    first, *others = map(code, file.names)
    return f"{first} (also {', '.join(others)})" if others else first


def _number(things: Sized, name: str) -> str:
    return f"{len(things):,} {name}{'' if len(things) == 1 else 's'}"
