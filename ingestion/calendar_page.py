"""The publication calendar as a page in Markdown, held against the days that files say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from ingestion.cadence import Cadence
from ingestion.calendar import Kept, kept_to
from ingestion.catalogue import Reading
from ingestion.definition import Definition
from ingestion.markdown import NOTHING, code, table, words

HEAD = """\
<!-- Made by `joinedup calendar --write docs/calendar.md` in a home that has read the publishers' files. Do not edit. -->
# Publication calendar
When each return is published, as `cadence` of its definition says ([returns.md](returns.md)), and how
well the publishers' own files bear it out. `joinedup status` goes by it.

* **comes out**: the day on which a period is expected. A day that the publisher announced goes before
  the rule. A weekday is a rule only where the files or the publisher say so. Bank holidays are not known:
  the days that a publication may be later allow for them.
* **a whole issue**: each file has everything again, and the newest file tells which issue is held.
* **late after**: so many days later it is called late; from an announced day, one night.
* **periods seen**: those of which a file says when it was first published, since the rule holds. Then how many
  came out on the expected day, and the earliest and the latest of them in days from it. A file that came
  later than the calendar allows is named below the table."""  # noqa: E501

_ORDINAL = {1: "", 2: "2nd ", 3: "3rd "}


def first_published(readings: Iterable[Reading]) -> dict[str, dict[date, date]]:
    """Return the day on which each period was first published, as files say, by return and end."""
    found: dict[str, dict[date, date]] = {}
    for one in readings:
        if one.state != "read" or one.is_synthetic or one.return_id is None:
            continue
        if one.period_end is not None and one.first_published_on is not None:
            days = found.setdefault(one.return_id, {})
            day = days.get(one.period_end, one.first_published_on)
            days[one.period_end] = min(day, one.first_published_on)
    return found


def calendar_page(
    definitions: Mapping[str, Definition], published: Mapping[str, Mapping[date, date]]
) -> str:
    """Return the page, ending in a line break."""
    kept = {
        name: kept_to(one.cadence, published.get(name, {})) for name, one in definitions.items()
    }
    heads = (
        *("return", "every", "comes out", "late after", "first", "last"),
        *("periods seen", "on the day", "earliest", "latest"),
    )
    rows = [(*rule_cells(one), *_seen(kept[name])) for name, one in definitions.items()]
    blocks = [HEAD, table(heads, rows, right=heads[6:])]
    late = list(_later_than_allowed(definitions, kept))
    blocks += ["## Later than the calendar allows", "\n".join(late) or "None."]
    blocks += ["## Announced, skipped and paused", "\n".join(_exceptions(definitions)) or "None."]
    return "\n\n".join(blocks) + "\n"


def rule_cells(definition: Definition) -> tuple[str, ...]:
    """Return what a definition says: how often, on which day, when late, first and last month."""
    cadence = definition.cadence
    waits = cadence.every not in ("once", "irregular")
    return (
        code(definition.return_id),
        cadence.every,
        rule_words(cadence),
        f"{cadence.usual_give} days" if waits else NOTHING,
        cadence.first,
        cadence.last or NOTHING,
    )


def rule_words(cadence: Cadence) -> str:
    """Say on which day a return comes out."""
    if cadence.every == "irregular":
        return "when it is announced"
    if cadence.every == "once":
        return "came out once"
    rule = cadence.comes_on
    if rule is None:
        after = cadence.published_after_days
        plain = f"{after} days after the period" if after else "at the end of the period"
        return f"{plain}, a whole issue" if cadence.covers == "issue" else plain
    months = rule.months_after
    of_month = f"{_ORDINAL.get(months, f'{months}th ')}month after"
    day = f"{rule.which} {rule.weekday.capitalize()} of the {of_month}"
    return f"{day}, since {rule.since}" if rule.since else day


def _seen(kept: list[Kept]) -> tuple[str, ...]:
    if not kept:
        return (NOTHING,) * 4
    days = [one.days for one in kept]
    return (str(len(days)), str(days.count(0)), str(min(days)), str(max(days)))


def _later_than_allowed(
    definitions: Mapping[str, Definition], kept: Mapping[str, list[Kept]]
) -> Iterator[str]:
    for name, found in kept.items():
        for one in found:
            if one.days > definitions[name].cadence.usual_give:
                yield f"* {code(name)}: {one.period.end:%Y-%m}, by {one.days} days"


def _exceptions(definitions: Mapping[str, Definition]) -> Iterator[str]:
    for name, definition in definitions.items():
        for day in definition.cadence.announced:
            yield f"* {code(name)}: {day.period} announced for {day.day} (<{day.source}>)"
        for skip in definition.cadence.skipped:
            until = f"to {skip.to}" if skip.to else "until further notice"
            why = f"{words(skip.reason)} (<{skip.source}>)"
            yield f"* {code(name)}: nothing from {skip.start} {until}: {why}"
