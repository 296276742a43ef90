"""Small synthetic workbooks in the publishers' layouts, as rows that a test may change."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

Rows = list[list[object]]
Book = dict[str, Rows]

COUNCILS = [("507", "Derby UA"), ("506", "Derbyshire"), ("9901", "Resident in Scotland")]
REASONS_2011 = [
    "A) COMPLETION OF ASSESSMENT",
    "B) PUBLIC FUNDING",
    "C) WAITING FURTHER NHS NON-ACUTE CARE",
    "DI) AWAITING RESIDENTIAL HOME PLACEMENT OR AVAILABILITY",
    "DII) AWAITING NURSING HOME PLACEMENT OR AVAILABILITY",
    "E) AWAITING CARE PACKAGE IN OWN HOME",
    "F) AWAITING COMMUNITY EQUIPMENT AND ADAPTIONS",
    "G) PATIENT OR FAMILY CHOICE",
    "H) DISPUTES",
    "I) HOUSING - PATIENTS NOT COVERED BY NHS AND COMMUNITY CARE ACT",
]
REASONS_2018 = [
    "A) Awaiting completion of assessment",
    "B) Awaiting public funding",
    "C) Awaiting further non-acute NHS care",
    "Di) Awaiting residential home placement or availability",
    "Dii) Awaiting nursing home placement or availability",
    "E) Awaiting care package in own home",
    "F) Awaiting community equipment and adaptations",
    "G) Patient or family choice",
    "H) Disputes",
    "I) Housing - patients not covered by Care Act",
    "O) Other",
]
PUBLISHED = {
    "May 2011": "24th June 2011",
    "April 2013": "24th May 2013",
    "November 2018": "10th January 2019",
}
ACTIVITY = [
    "Elective G&A Ordinary Admissions (FFCEs)",
    "Elective G&A Daycase Admissions (FFCEs)",
    "Elective G&A Total Admissions (FFCEs)",
    "Elective G&A Planned Ordinary Admissions (FFCEs)",
    "Elective G&A Planned Daycase Admissions (FFCEs)",
    "Elective G&A Planned Total Admissions (FFCEs)",
    "Elective G&A Admissions (FFCEs) -NHS Treatment Centres (TCs) ",
    "Total Non-elective G&A Admissions (FFCEs)",
    "GP Referrals Made (All specialties) ",
    "GP Referrals Seen (All specialties) ",
    "GP Referrals Made (G&A) ",
    "GP Referrals Seen (G&A) ",
    "Other Referrals Made (G&A) ",
    "All 1st Outpatient Attendances (G&A) ",
]


def title_block(period: str, basis: str, title: str, *, revised: str = "-") -> Rows:
    """Thirteen rows as the publisher's, the SYNTHETIC line among them."""
    return [
        [],
        ["", "Title:", title],
        ["", "Summary:", "SYNTHETIC figures made by a test"],
        ["", "SYNTHETIC"],
        ["", "Period:", period],
        ["", "Source:", "A test"],
        ["", "Basis:", basis],
        ["", "Published:", PUBLISHED.get(period, "27th May 2011")],
        ["", "Revised:", revised],
        ["", "Status:", "Published"],
        ["", "Contact:", "-"],
        [],
        [],
    ]


def delayed_transfers(
    period: str = "April 2011", *, layout: int = 1, factor: int = 1, revised: str = "-"
) -> Book:
    """Delayed transfers by council: layout 1 (2011) or 6 (November 2018), three places."""
    title = "Delayed Transfer of Care, NHS Organisations, England"
    reasons = REASONS_2011 if layout == 1 else REASONS_2018
    tables = {
        "LA - by Type of Care": ["Acute", "Non-Acute"],
        "LA - by responsible org": ["NHS", "Social Care", "Both"],
        "LA - by reason": reasons,
    }
    book: Book = {"England": title_block(period, "Local Authority", title, revised=revised)}
    for sheet, parts in tables.items():
        has_beds = layout == 6 and sheet != "LA - by reason"
        block = title_block(period, "Local Authority", title, revised=revised)
        book[sheet] = block + _council_table(parts, layout, factor, has_beds=has_beds)
        if has_beds:
            book[sheet][12] = (
                ["", "", "", "", "", "Delayed Days"]
                + [""] * len(parts)
                + [
                    "",
                    "DTOC Beds",
                ]
            )
    return book


def _council_table(parts: list[str], layout: int, factor: int, *, has_beds: bool) -> Rows:
    places = ["SHA", "Code", "Name"] if layout == 1 else ["Region", "ONS Geography", "Code", "Name"]
    headings = [*parts, "Total"]
    # Derby has 12 days, Derbyshire 24, the residents of Scotland none, all in the first two parts.
    rows = [
        _figures(parts, (4 * factor, 8 * factor)),
        _figures(parts, (8 * factor, 16 * factor)),
        ["-"] * len(headings),
    ]
    england = [sum(r[i] for r in rows[:2]) for i in range(len(headings))]  # type: ignore[misc]
    lines: Rows = [["", *places, *headings, *(["", *headings] if has_beds else [])]]
    for (code, name), figures in zip(
        [("-", "England"), ("", ""), *COUNCILS], [england, [], *rows], strict=True
    ):
        if not figures:
            lines.append([])
            continue
        about = ["-", code, name] if layout == 1 else ["East Midlands", "-", code, name]
        beds = [f if f == "-" else f / 30 for f in figures]  # type: ignore[operator]
        lines.append(["", *about, *figures, *(["", *beds] if has_beds else [])])
    return lines


def _figures(parts: list[str], two: tuple[int, int]) -> list[object]:
    return [*two, *([0] * (len(parts) - 2)), sum(two)]


def monthly_activity(
    period: str = "April 2013", *, year: str = "2013-14", month: str = "APRIL", factor: int = 1
) -> Book:
    """Monthly activity by commissioner in its Area Team layout: two CCGs of one team, and X24."""
    title = "Monthly Hospital Activity"
    ccgs = [
        ("Q44", "CHESHIRE AREA TEAM", "01C", "NHS EASTERN CHESHIRE CCG"),
        ("Q44", "CHESHIRE AREA TEAM", "01R", "NHS SOUTH CHESHIRE CCG"),
        ("XDH", "DEPARTMENT OF HEALTH", "X24", "NHS ENGLAND"),
    ]
    figures = [[(i + 1) * (j + 1) * factor for j in range(len(ACTIVITY))] for i in range(3)]
    england = [sum(row[j] for row in figures) for j in range(len(ACTIVITY))]
    team = [figures[0][j] + figures[1][j] for j in range(len(ACTIVITY))]
    when = ["", year, month]
    commissioner: Rows = [
        [
            "",
            "Year",
            "Period",
            "Area Team Code",
            "Area Team Name",
            "Org Code",
            "Org Name",
            *ACTIVITY,
        ],
        [*when, "", "", "", "England", *england],
        [],
        *([*when, *ccg, *row] for ccg, row in zip(ccgs, figures, strict=True)),
    ]
    parent: Rows = [
        ["", "Year", "Period", "Area Team Code", "Area Team Name", *ACTIVITY],
        [*when, "", "England", *england],
        [],
        [*when, "Q44", "CHESHIRE AREA TEAM", *team],
        [*when, "XDH", "DEPARTMENT OF HEALTH", *figures[2]],
    ]
    block = title_block(period, "Commissioner", title)
    return {
        "Commissioner": block + commissioner,
        "Area Team": block + parent,
        "Notes": [["", "Notes"]],
    }


def write(book: Book, path: Path) -> Path:
    """Write the sheets as a workbook; None and '' leave a cell empty."""
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in book.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value not in ("", None):
                        sheet.write(number, column, value)
    return path


def find(rows: Rows, text: str) -> tuple[int, int]:
    """Return row and column, from 0, of the first cell with this text."""
    for number, row in enumerate(rows):
        if text in row:
            return number, row.index(text)
    raise AssertionError(f"no cell says {text}")
