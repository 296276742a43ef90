"""Choose whom the rows, columns or sheets of a drafted table are about."""

from __future__ import annotations

from dataclasses import replace

from demonstration.bodies import Body, bodies_by_code, bodies_of, handful
from demonstration.drafts import Setting, levels_of
from demonstration.spelling import placeholders, spell
from ingestion.file_checks import ChildrenAddUp
from ingestion.layouts import Subject, SubjectKind, Table, TableLayout, blocks
from ingestion.patterns import fits
from ingestion.period import Period
from ingestion.wording import slug


def table_bodies(setting: Setting, table_id: str) -> list[Body]:
    """Return the bodies that a table has rows (or columns, or sheets) for."""
    layout, subject = setting.layout(table_id), setting.subject(table_id)
    table = setting.definition.tables[table_id]
    period = setting.table_period(table_id)
    if subject.code is not None:
        return [Body(subject.kind or "country", subject.code, subject.name or "")]
    if not subject.is_given and not _names_codes(setting, layout, subject):
        bodies = _named_only(table.unnamed_code, subject, period)
    else:
        bodies = _with_unnamed(_of_subject(setting, table_id, subject, period), table)
    if subject.identified_by == "name":
        bodies = [replace(body, code=body.name) for body in bodies]
    if (control := table.control_total) is not None and len(subject.kinds) > 1:
        bodies = [body for body in bodies if body.kind != control.kind]
    return _under_parents(setting, table_id, bodies)


def _with_unnamed(bodies: list[Body], table: Table) -> list[Body]:
    """Add the bodies whose code the definition gives, as their rows have only a name."""
    control = table.control_total
    names = {
        code: spell(name)
        for name, code in table.unnamed_code.items()
        if control is None or code != control.code
    }
    own = [
        replace(body, name=names[body.code], is_unnamed=True) if body.code in names else body
        for body in bodies
    ]
    first = bodies[0]
    others = [code for code in names if code not in {body.code for body in bodies}]
    if table.subject.complete:
        return own
    return own + [
        Body(_kind(table.subject, c, first), c, names[c], level=first.level, is_unnamed=True)
        for c in others
    ]


def _kind(subject: Subject, code: str, other: Body) -> SubjectKind:
    """Return the kind that a code tells, or that of another body of the table."""
    told = (kind for pattern, kind in subject.by_code.items() if fits(code, pattern))
    return next(told, other.kind)


def _names_codes(setting: Setting, layout: TableLayout, subject: Subject) -> bool:
    """Tell whether rows or headings give codes, so that any body of the kind can be shown."""
    if subject.identified_by == "name":
        return True
    rows = setting.definition.row_headings[layout.rows].values()
    headings = [
        h
        for block in blocks(layout)
        for name in block
        for h in setting.definition.column_headings[name]
    ]
    return any(
        row.is_ == "code" or (row.is_ == "name" and "code" in placeholders(row.as_ or ""))
        for row in rows
    ) or any("code" in placeholders(heading) for heading in headings)


def _named_only(codes: dict[str, str], subject: Subject, period: Period) -> list[Body]:
    """Return bodies whose codes the definition gives, as the file gives only names."""
    known = {body.code: body for kind in sorted(subject.kinds) for body in bodies_of(kind, period)}
    bodies = []
    for name, code in codes.items():
        kind = known[code].kind if code in known else sorted(subject.kinds)[0]
        bodies.append(Body(kind, code, spell(name), is_unnamed=True))
    return bodies


def _of_subject(setting: Setting, table_id: str, subject: Subject, period: Period) -> list[Body]:
    rng = setting.rng("bodies", *sorted(subject.kinds))
    ons = _uses_ons_codes(setting, table_id)
    registered = _is_registered(setting)
    if subject.by_code:
        few = max(2, setting.subjects // 2)
        is_name = subject.identified_by == "name"
        return bodies_by_code(subject.by_code, period, few, rng, by_name=is_name)
    levels = dict(levels_of(subject))
    found: list[Body] = []
    for kind in levels.values() if levels else sorted(subject.kinds):
        bodies = bodies_of(kind, period, ons_codes=ons, registered=registered)
        some = bodies if has_all(setting, kind) else handful(bodies, setting.subjects, rng)
        level = next((level for level, of in levels.items() if of == kind), "")
        found += [replace(body, level=level) for body in some]
    return found


def _uses_ons_codes(setting: Setting, table_id: str) -> bool:
    """Tell whether the codes of a table are those of the ONS, by the words above them."""
    layout = setting.layout(table_id)
    rows = setting.definition.row_headings[layout.rows]
    words = {slug(heading) for heading, row in rows.items() if row.is_ == "code"}
    return any(part in word for word in words for part in ("ons", "geography", "gss", "ecode"))


def _is_registered(setting: Setting) -> bool:
    """Tell whether names have to be those of the register in some table of the layout."""
    tables = setting.definition.layouts[setting.layout_id].tables
    return any(setting.subject(table_id).complete for table_id in tables)


REGISTERED = ("council", "commissioner")
"""Kinds of bodies that a reader knows each of."""


def has_all(setting: Setting, kind: SubjectKind) -> bool:
    """Tell whether some table of the layout needs every body of a kind that is registered."""
    if kind not in REGISTERED:
        return False
    tables = setting.definition.layouts[setting.layout_id].tables
    subjects = [setting.subject(table_id) for table_id in tables]
    return any(subject.complete and kind in subject.kinds for subject in subjects)


def _under_parents(setting: Setting, table_id: str, bodies: list[Body]) -> list[Body]:
    """Put bodies under those that another table of the layout adds them up to."""
    tables = setting.definition.layouts[setting.layout_id].tables
    for check in setting.definition.checks:
        if not isinstance(check, ChildrenAddUp):
            continue
        if (check.children, check.parents in tables) != (table_id, True):
            continue
        parents = table_bodies(setting, check.parents)
        return [
            replace(body, parent_code=parent.code, parent_name=parent.name)
            for number, body in enumerate(bodies)
            for parent in [parents[number % len(parents)]]
        ]
    return bodies
