"""The mutations: which real file, what is done to it, and where it is put."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from tests.mutations import changes as do
from tests.mutations.books import Book, Cell
from tests.mutations.changes import BODY, CARE, COUNCILS, REASON, Change

FAMILIES = {
    "values": "Values: digits, signs, points, blanks, texts",
    "rows": "Rows: lost, doubled, moved",
    "columns": "Columns: lost, doubled, exchanged, shifted",
    "periods": "Periods: the wrong month or year",
    "codes": "Codes: unknown, ended, exchanged, spoilt",
    "totals": "Totals: changed, lost, taken for data",
    "units": "Units: a thousand times off, or another unit's figures",
    "duplicates": "Duplicates and markers",
}


@dataclass(frozen=True)
class Mutation:
    """One corruption of a real file.

    `path` is the file among the returns and `change` what is done to its cells. `beside` is the
    name under which the changed file lies beside the good one; without it, it takes its place.
    """

    id: str
    family: str
    path: str
    what: str
    change: Change
    beside: str = ""
    months: tuple[str, ...] = ()
    """Months whose figures it is in; none for the periods of the file as it is read."""
    areas: tuple[str, ...] = ()
    """Areas whose figures it is in; none for all of the file."""


def _years(first: int, last: int) -> tuple[str, ...]:
    """The first months of financial years."""
    return tuple(f"{year}-04" for year in range(first, last + 1))


def council(month: str) -> str:
    """Return the file of delayed days by council of a month."""
    return f"delayed_transfers_la/LA-Type-B_{month}.xls"


def activity(month: str) -> str:
    """Return the file of hospital activity by commissioner of a month."""
    return f"monthly_activity_commissioner/MAR_Comm_{month}.xls"


def wards(month: str) -> str:
    """Return the file of virtual wards of a month."""
    return f"virtual_wards/VW{month}.xlsx"


RETURNS = Path(__file__).resolve().parents[3] / "shared" / "returns"

SERIES = "delayed_transfers_england/DTOC-England-timeseries_Aug10-Feb20_rev-2020-09-10.xls"
ACTIVITY_SERIES = "monthly_activity_commissioner/MAR_Comm-Timeseries-October-16-6587.xls"
BEDS = "bed_availability/Beds-Open-Overnight-Web_File-Final-Q3-2019-20-kg8gu.xlsx"
DAILY = "acute_discharge_sitrep/latest_time_series.xlsx"
EMERGENCY = "ae_monthly/AE_England_data.xls"
EMERGENCY_TEXT = "ae_monthly/Monthly-AE-July-2024-revised.csv"
HES = "hes_monthly_open/HES_M13_2021_OPEN_DATA_AGE_BANDS.csv"
DEFLATORS = "gdp_deflators/GDP_Deflators_Qtrly_National_Accounts_December_2023_update.csv"
OUTTURN_AFTER = "revenue_outturn/Revenue_Outturn_Summary__RS__data_2014-15_by_LA_-_02-Feb-2016.xls"
OUTTURN = (
    "revenue_outturn/Revenue_Outturn_Summary__RS__data_2011-12_by_LA_-_Revised_28-Nov-2013.xls"
)

NET, CAPITAL, WHOLE = (f"RS LA Data 2011-12 ({n})" for n in (1, 2, 3))
ADMISSIONS = "Total Non-elective G&A Admissions (FFCEs)"
DAY_CASES = "Elective G&A Daycase Admissions (FFCEs)"
WARDS = "Virtual Ward Data"
CAPACITY, PATIENTS = "Virtual Ward Capacity (see", "Patients in a Virtual Ward (see"
OCCUPANCY = "Occupancy %"
SAVED_AS_TEXT = "{:.0f}"


def _daily(day: dt.date, column: int, value: Cell) -> Change:
    """Put something in a column of one day of the daily series."""

    def change(book: Book) -> None:
        (row,) = [row for row in book.sheet("Daily") if row[1] == day]
        row[column] = value

    return change


def _hes(month: str, heading: str, *, factor: float) -> Change:
    """Multiply a column of one month of the monthly file by age, to whole figures."""

    def change(book: Book) -> None:
        column = book.column("", heading)
        for row in book.sheet(""):
            if row[0] == month:
                row[column] = f"{float(str(row[column])) * factor:.0f}"

    return change


def _move_month(book: Book, sheet: str, year: str, month: str) -> None:
    """Say another financial year and month in every row."""
    years, months = book.column(sheet, "Year"), book.column(sheet, "Period")
    for row in do.figure_rows(book, sheet):
        row[years], row[months] = year, month


def _activity_moved(title: str, year: str, month: str) -> Change:
    def change(book: Book) -> None:
        book.rewrite("May 2014", title)
        for sheet in ("Commissioner", "Area Team"):
            _move_month(book, sheet, year, month)

    return change


def _some_rows_of_june(book: Book) -> None:
    rows = do.figure_rows(book, "Commissioner")
    for row in rows[40:60]:
        row[2] = "JUNE"


def _area_ten_times(book: Book) -> None:
    """Multiply one commissioner's admissions, and its area team's and England's with it."""
    column = book.column("Commissioner", ADMISSIONS)
    rows = book.sheet("Commissioner")
    row = rows[book.row("Commissioner", "01C")]
    more = float(str(row[column])) * 9
    row[column] = float(str(row[column])) + more
    whole = rows[book.row("Commissioner", "England")]
    whole[column] = float(str(whole[column])) + more
    column = book.column("Area Team", ADMISSIONS)
    for label in ("Q44", "England"):
        row = book.sheet("Area Team")[book.row("Area Team", label)]
        row[column] = float(str(row[column])) + more


def _scaled_activity(factor: float, digits: int) -> Change:
    def change(book: Book) -> None:
        for sheet in ("Commissioner", "Area Team"):
            column = book.column(sheet, ADMISSIONS)
            for row in do.figure_rows(book, sheet):
                row[column] = round(float(str(row[column])) * factor, digits)

    return change


def _swap_all_rows(one: str, other: str) -> Change:
    """Exchange the figures of two councils in every sheet: all adds up."""
    return do.swap_figures(one, other, *COUNCILS)


def _everywhere(label: str, factor: float) -> Change:
    """Multiply a council's figures in every sheet, and England's with them."""
    return do.both(*(do.scale_row(sheet, label, factor, total="England") for sheet in COUNCILS))


def _revised(text: str) -> Change:
    return do.rewrite("24th April 2015", text)


def _ends(book: Book) -> None:
    """Lose the second half of a text file's rows, in the middle of a line."""
    rows = book.sheets[""]
    del rows[len(rows) // 2 :]
    rows[-1] = rows[-1][:7]


def _series_shifted(book: Book) -> None:
    """Move the months of the national series by one, below the figures that stay."""
    for sheet in list(book.sheets):
        rows = do.figure_rows(book, sheet)
        said = [(row[1], row[2]) for row in rows]
        for row, (year, month) in zip(rows, [said[-1], *said[:-1]], strict=True):
            row[1], row[2] = year, month


def _days_as_beds(book: Book) -> None:
    """Exchange the headings of days and of beds."""
    for sheet in (CARE, BODY):
        rows = book.sheet(sheet)
        row = next(row for row in rows if "Delayed Days" in row)
        left, right = row.index("Delayed Days"), row.index("DTOC Beds")
        row[left], row[right] = row[right], row[left]


def _exchange_sheets(one: str, other: str) -> Change:
    """Exchange the figures of two sheets, which keep their names and captions."""

    def change(book: Book) -> None:
        left, right = book.sheets[one], book.sheets[other]
        book.sheets[one] = [*left[:7], *right[7:]]
        book.sheets[other] = [*right[:7], *left[7:]]

    return change


def _second_sheet(book: Book) -> None:
    book.sheets["LA - by Type of Care (2)"] = [list(row) for row in book.sheet(CARE)]


def _blank_row(book: Book) -> None:
    rows = book.sheet(CARE)
    rows.insert(60, [""] * len(rows[60]))


def _other_order(book: Book) -> None:
    """Put two columns in the other order, headings and figures."""
    one, other = book.column(CARE, "Acute"), book.column(CARE, "Non-Acute")
    for row in book.sheet(CARE)[13:]:
        row[one], row[other] = row[other], row[one]


def _total_at_the_end(book: Book) -> None:
    for sheet in COUNCILS:
        rows = book.sheet(sheet)
        rows.append(rows.pop(book.row(sheet, "England")))


def _england_as_a_council(book: Book) -> None:
    """Give England's row the code and name of a council whose own row is gone."""
    for sheet in COUNCILS:
        rows = book.sheet(sheet)
        gone = rows.pop(book.row(sheet, "Derby UA"))
        england = rows[book.row(sheet, "England")]
        england[1:5] = gone[1:5]


def _discharged_and_remaining(book: Book) -> None:
    row = next(row for row in book.sheet("Daily") if "Date" in row)
    row[3], row[4] = row[4], row[3]


def _day_twice(book: Book) -> None:
    rows = book.sheet("Daily")
    at = next(at for at, row in enumerate(rows) if row[1] == dt.date(2022, 5, 10))
    rows.insert(at, list(rows[at]))


def _lost_day(book: Book) -> None:
    rows = book.sheet("Daily")
    del rows[next(at for at, row in enumerate(rows) if row[1] == dt.date(2022, 8, 10))]


def _deflator_rows(book: Book, first: str, last: str) -> list[list[Cell]]:
    """Return the rows of some financial years that have a deflator."""
    rows = [row for row in book.sheets[""] if len(row) > 2 and str(row[1])[4:5] == "-"]
    return [row for row in rows if first <= str(row[1])[:7] <= last and row[2] not in ("", "-")]


def _deflators_shifted(book: Book) -> None:
    """Exchange the figures of years by one row, beside years that stay."""
    rows = _deflator_rows(book, "2018-19", "2022-23")
    said = [row[2] for row in rows]
    for row, figure in zip(rows, [said[-1], *said[:-1]], strict=True):
        row[2] = figure


def _deflators_scaled(book: Book) -> None:
    for row in _deflator_rows(book, "2019-20", "2022-23"):
        row[2] = f"{float(str(row[2])) / 100:.5f}"


def _no_more(label: str) -> Change:
    """Report zero for a commissioner, and mend the totals."""

    def change(book: Book) -> None:
        rows = book.sheet("Commissioner")
        row = rows[book.row("Commissioner", label)]
        parent = str(row[3])
        for heading in (ADMISSIONS,):
            column = book.column("Commissioner", heading)
            less = float(str(row[column]))
            row[column] = 0.0
            whole = rows[book.row("Commissioner", "England")]
            whole[column] = float(str(whole[column])) - less
            column = book.column("Area Team", heading)
            for said in (parent, "England"):
                above = book.sheet("Area Team")[book.row("Area Team", said)]
                above[column] = float(str(above[column])) - less

    return change


def _markers_to_zero(book: Book) -> None:
    for row in book.sheet(WARDS)[16:]:
        for at, cell in enumerate(row):
            if cell == "**":
                row[at] = 0.0


def _markers_to(old: str, new: Cell) -> Change:
    def change(book: Book) -> None:
        found = 0
        for row in book.sheet(WARDS)[16:]:
            for at, cell in enumerate(row):
                if cell == old:
                    row[at] = new
                    found += 1
        assert found

    return change


def _zeros_to(new: Cell) -> Change:
    def change(book: Book) -> None:
        for row in do.figure_rows(book, REASON):
            for at in do.figures(row):
                if row[at] == 0:
                    row[at] = new

    return change


def _total_left_out(book: Book) -> None:
    rows = book.sheets[""]
    del rows[next(at for at, row in enumerate(rows) if "Total" in row)]


def _part_more(book: Book) -> None:
    """Add a hundred days to a council, by body only: part, total and England."""
    rows = book.sheet(BODY)
    for label in ("Devon", "England"):
        row = rows[book.row(BODY, label)]
        for heading in ("NHS", "Total"):
            column = book.column(BODY, heading)
            row[column] = float(str(row[column])) + 100


def _percent(sheet: str, heading: str, factor: float) -> Change:
    return do.scale_column(sheet, heading, factor)


def _shares_as_percent(book: Book) -> None:
    """Multiply by a hundred what lies between 0 and 1 below the headings of shares."""
    for row in do.figure_rows(book, "Performance"):
        for at in do.figures(row):
            if 0 < float(str(row[at])) <= 1:
                row[at] = float(str(row[at])) * 100


def _stale(month: str) -> Change:
    """Say this month above figures of the month before, as when a template is not filled in."""

    def change(book: Book) -> None:
        book.rewrite("May 2014", month)

    return change


def _beds_as_fraction(book: Book) -> None:
    for sheet in ("NHS Trust by", "Region by"):
        for row in do.figure_rows(book, sheet):
            for at in do.figures(row):
                if 0 < float(str(row[at])) <= 1:
                    row[at] = float(str(row[at])) * 100


def _in_pounds(book: Book) -> None:
    for sheet in book.sheets:
        if sheet.startswith("RS LA Data"):
            do.scale_sheets(1000, sheet)(book)


def _codes_exchanged(one: str, other: str) -> Change:
    """Exchange two codes wherever they stand in a sheet of figures."""

    def change(book: Book) -> None:
        for name, rows in book.sheets.items():
            for row in rows if name.startswith("RS LA Data") else ():
                row[0] = {one: other, other: one}.get(str(row[0]), row[0])

    return change


def _class_mended(book: Book) -> None:
    """Multiply an authority's figures, and those of its class and of England with them."""
    column = book.column(NET, "Adult Social Care")
    rows = book.sheet(NET)
    row = rows[book.row(NET, "E0201")]
    more = float(str(row[column])) * 999
    for label in ("E0201", "UNITARY AUTHORITIES", "ENGLAND"):
        found = rows[book.row(NET, label)]
        found[column] = float(str(found[column])) + more


def _cut_workbook(book: Book) -> None:
    for sheet in COUNCILS:
        do.cut_rows(sheet, 30)(book)


def _rows_by_name_only(book: Book) -> None:
    """Sort codes and names apart from the figures, in one sheet."""
    rows = do.figure_rows(book, CARE)[1:]
    said = [row[1:5] for row in rows]
    for row, left in zip(rows, [said[-1], *said[:-1]], strict=True):
        row[1:5] = left


def _fill_down(book: Book, sheet: str, above: str, below: str) -> None:
    rows = book.sheet(sheet)
    source, row = rows[book.row(sheet, above)], rows[book.row(sheet, below)]
    for at in do.figures(source):
        row[at] = source[at]


def _hes_cell(book: Book, month: str, age: str, heading: str) -> None:
    column = book.column("", heading)
    (row,) = [row for row in book.sheets[""] if row[0] == month and row[4] == age]
    row[column] = f"{do.swap_digits(row[column]):.0f}"


def _exchange_months(book: Book, one: str, other: str) -> None:
    for row in book.sheets[""]:
        row[0] = {one: other, other: one}.get(str(row[0]), row[0])


def _deflator(book: Book, year: str) -> None:
    (row,) = [row for row in book.sheets[""] if len(row) > 2 and row[1] == year]
    text = str(row[2])
    row[2] = text[1] + text[0] + text[2:]


def _ae_cell(book: Book, month: dt.date, column: int) -> None:
    (row,) = [row for row in book.sheet("Activity") if month in row]
    row[column] = do.swap_digits(row[column])


def _series_cell(book: Book, year: str, month: str) -> None:
    sheet = "Delayed Days by type"
    (row,) = [row for row in book.sheet(sheet) if row[1:3] == [year, month]]
    row[3] = do.swap_digits(row[3])


def _ward_scaled(code: str, factor: float) -> Change:
    """Multiply a board's capacity and patients, and mend England's and its occupancy."""

    def change(book: Book) -> None:
        for heading in (CAPACITY, PATIENTS):
            do.scale_row(WARDS, code, factor, total="ENGLAND", only=heading)(book)
        people = next(h for h in _headings(book) if h.startswith("GP registered population"))
        if not factor:
            do.scale_row(WARDS, code, 0, total="ENGLAND", only=people)(book)
        full = float(str(book.get(WARDS, "ENGLAND", PATIENTS)))
        book.put(
            WARDS, "ENGLAND", OCCUPANCY, full / float(str(book.get(WARDS, "ENGLAND", CAPACITY)))
        )

    return change


def _headings(book: Book) -> list[str]:
    return [" ".join(str(cell).split()) for row in book.sheet(WARDS)[:20] for cell in row]


def _daily_month(book: Book, year: int, month: int, factor: float) -> None:
    for row in book.sheet("Daily"):
        day = row[1]
        if isinstance(day, dt.date) and (day.year, day.month) == (year, month):
            row[3] = round(float(str(row[3])) * factor)
            row[4] = round(float(str(row[4])) * factor)
            row[2] = float(str(row[3])) + float(str(row[4]))


def _ended(book: Book) -> None:
    """Give Dorset's council the code it had before the councils around it were joined in 2019."""
    for sheet in COUNCILS:
        book.put(sheet, "Devon", "Code", "102")


def _later(book: Book) -> None:
    place = book.sheet(CARE)[8]
    book.rewrite(str(place[2]), "30th June 2015")


def _figures_of(book: Book, other: str) -> None:
    """Take the figures of another month's file, below the titles of this one."""
    months = Book.open(RETURNS / other)
    for sheet in COUNCILS:
        rows = book.sheet(sheet)
        rows[13:] = [list(row) for row in months.sheet(sheet)[13:]]


MUTATIONS: tuple[Mutation, ...] = (
    # -- values
    Mutation(
        "V01",
        "values",
        council("2014-05"),
        "Derbyshire's acute days with two digits exchanged",
        do.cell(CARE, "Derbyshire", "Acute", do.swap_digits),
    ),
    Mutation(
        "V02",
        "values",
        council("2014-05"),
        "two digits exchanged, and the row's total mended",
        do.both(
            do.cell(CARE, "Derbyshire", "Acute", lambda n: n + 720),
            do.cell(CARE, "Derbyshire", "Total", lambda n: n + 720),
        ),
    ),
    Mutation(
        "V03",
        "values",
        council("2014-05"),
        "a digit more in one sheet, with its total and England mended",
        do.scale_row(CARE, "Derbyshire", 10, total="England"),
    ),
    Mutation(
        "V04",
        "values",
        council("2014-06"),
        "a figure with its sign turned",
        do.cell(CARE, "Kent", "Acute", lambda n: -n),
    ),
    Mutation(
        "V05",
        "values",
        council("2014-06"),
        "a decimal point one place to the left",
        do.cell(BODY, "Kent", "NHS", lambda n: n / 10 + 0.1),
    ),
    Mutation(
        "V06",
        "values",
        council("2014-06"),
        "one figure a thousand times too large",
        do.cell(REASON, "Kent", "Total".upper(), lambda n: n * 1000),
    ),
    Mutation(
        "V07", "values", council("2014-08"), "a figure blanked", do.put(CARE, "Devon", "Acute", "")
    ),
    Mutation(
        "V08",
        "values",
        council("2014-08"),
        "'N/A' in the place of a figure",
        do.put(CARE, "Devon", "Acute", "N/A"),
    ),
    Mutation(
        "V09",
        "values",
        council("2014-08"),
        "'#N/A' in the place of a figure",
        do.put(CARE, "Devon", "Acute", "#N/A"),
    ),
    Mutation(
        "V10",
        "values",
        council("2014-08"),
        "a date in the place of a figure",
        do.put(CARE, "Devon", "Acute", dt.date(1902, 12, 22)),
    ),
    Mutation(
        "V11",
        "values",
        council("2014-08"),
        "a figure typed as text, of the same value",
        do.cell(CARE, "Devon", "Acute", SAVED_AS_TEXT.format),
    ),
    Mutation(
        "V12",
        "values",
        council("2014-08"),
        "a footnote behind a figure: '1065p'",
        do.cell(CARE, "Devon", "Acute", lambda n: f"{n:.0f}p"),
    ),
    Mutation(
        "V13",
        "values",
        activity("2014-05"),
        "a figure with a comma, as text",
        do.cell("Commissioner", "01C", ADMISSIONS, lambda n: f"{n:,.0f}"),
    ),
    Mutation(
        "V14",
        "values",
        council("2014-09"),
        "one row filled down over the next, in one sheet",
        lambda book: _fill_down(book, CARE, "Derby UA", "Derbyshire"),
    ),
    Mutation(
        "V15",
        "values",
        council("2014-09"),
        "a council's figures ten times in every sheet, England's as they were",
        do.both(*(do.scale_row(sheet, "Derbyshire", 10) for sheet in COUNCILS)),
    ),
    Mutation(
        "V16",
        "values",
        council("2014-09"),
        "a council's figures a hundred times in every sheet, England's with them",
        _everywhere("Derbyshire", 100),
    ),
    Mutation(
        "V17",
        "values",
        council("2014-11"),
        "a council's figures ten times in every sheet, England's with them",
        _everywhere("Rutland UA", 10),
    ),
    Mutation(
        "V18",
        "values",
        activity("2014-05"),
        "a commissioner's admissions ten times, with its area team and England mended",
        _area_ten_times,
    ),
    Mutation(
        "V19",
        "values",
        wards("202309"),
        "a board's capacity with a digit more",
        do.cell(WARDS, "QHG", CAPACITY, lambda n: n * 10),
    ),
    Mutation(
        "V20",
        "values",
        wards("202310"),
        "a board's capacity and patients a hundred times, England's with them",
        _ward_scaled("QUE", 100),
    ),
    Mutation(
        "V21",
        "values",
        HES,
        "emergency admissions of one age and month with two digits exchanged",
        lambda book: _hes_cell(book, "30SEP2019", "21. 80 - 84", "EMERGENCY"),
        months=("2019-09",),
    ),
    Mutation(
        "V22",
        "values",
        EMERGENCY_TEXT,
        "attendances of one trust with two digits exchanged",
        do.cell("", "RJ1", "A&E attendances Type 1", do.swap_digits),
    ),
    Mutation(
        "V23",
        "values",
        DAILY,
        "a day's discharges with two digits exchanged",
        _daily(dt.date(2022, 3, 9), 3, 19999.0),
    ),
    Mutation(
        "V24",
        "values",
        DEFLATORS,
        "one year's deflator with two digits exchanged",
        lambda book: _deflator(book, "2012-13"),
        months=("2012-04",),
    ),
    Mutation(
        "V25",
        "values",
        OUTTURN,
        "an authority's social care with two digits exchanged",
        do.cell(NET, "E0101", "Adult Social Care", do.swap_digits),
    ),
    Mutation(
        "V26",
        "values",
        EMERGENCY,
        "a month's attendances with two digits exchanged",
        lambda book: _ae_cell(book, dt.date(2017, 5, 1), 3),
    ),
    Mutation(
        "V27",
        "values",
        SERIES,
        "a month of the national series with two digits exchanged, in one sheet",
        lambda book: _series_cell(book, "2016-17", "May"),
    ),
    # -- rows
    Mutation(
        "R01",
        "rows",
        council("2014-05"),
        "a council's row lost in one sheet",
        do.drop_row("Devon", CARE),
    ),
    Mutation(
        "R02",
        "rows",
        council("2014-05"),
        "a council's row lost in every sheet",
        do.drop_row("Devon", *COUNCILS),
    ),
    Mutation(
        "R03",
        "rows",
        council("2014-12"),
        "a council's row lost in every sheet, and taken off England",
        do.drop_row("Devon", *COUNCILS, total="England"),
    ),
    Mutation(
        "R04",
        "rows",
        council("2014-06"),
        "a council's row twice in one sheet",
        do.double_row("Devon", CARE),
    ),
    Mutation(
        "R05",
        "rows",
        council("2014-06"),
        "a council's row twice in every sheet, and added to England",
        do.double_row("Devon", *COUNCILS, total="England"),
    ),
    Mutation(
        "R06",
        "rows",
        council("2014-06"),
        "the codes of two councils exchanged in one sheet",
        do.swap_cells("Code", "Devon", "Kent", CARE),
    ),
    Mutation(
        "R07",
        "rows",
        council("2014-06"),
        "the codes of two councils exchanged in every sheet, not their names",
        do.swap_cells("Code", "Devon", "Kent", *COUNCILS),
    ),
    Mutation(
        "R08",
        "rows",
        council("2015-02"),
        "the figures of a large and a small council exchanged in every sheet",
        _swap_all_rows("Kent", "Rutland UA"),
    ),
    Mutation(
        "R09",
        "rows",
        council("2014-06"),
        "the figures of two councils of about the same size exchanged in every sheet",
        _swap_all_rows("Devon", "Derbyshire"),
    ),
    Mutation(
        "R10", "rows", council("2014-06"), "the last thirty rows of every sheet lost", _cut_workbook
    ),
    Mutation("R11", "rows", EMERGENCY_TEXT, "a text file cut off in the middle of a row", _ends),
    Mutation(
        "R12",
        "rows",
        council("2014-06"),
        "codes and names moved by a row against the figures, in one sheet",
        _rows_by_name_only,
    ),
    Mutation(
        "R13",
        "rows",
        council("2018-11"),
        "a blank row between two councils, in one sheet",
        _blank_row,
    ),
    Mutation(
        "R14",
        "rows",
        activity("2014-06"),
        "a commissioner's row under another area team",
        do.put("Commissioner", "01C", "Area Team Code", "Q45"),
    ),
    Mutation(
        "R15", "rows", DAILY, "a day of the daily series lost", _lost_day, months=("2022-08",)
    ),
    Mutation(
        "R16",
        "rows",
        activity("2014-06"),
        "no admissions of a commissioner, and its area team and England mended",
        _no_more("01R"),
    ),
    Mutation(
        "R17",
        "rows",
        activity("2014-08"),
        "the figures of two commissioners of one area team exchanged",
        do.swap_figures("01C", "02D", "Commissioner"),
    ),
    Mutation(
        "R18",
        "rows",
        wards("202311"),
        "a board's row lost, and taken off England",
        do.both(_ward_scaled("QUE", 0), do.drop_row("QUE", WARDS)),
    ),
    # -- columns
    Mutation(
        "C01", "columns", council("2014-05"), "a column lost", do.drop_column(CARE, "Non-Acute")
    ),
    Mutation(
        "C02", "columns", council("2014-05"), "a column twice", do.double_column(CARE, "Acute")
    ),
    Mutation(
        "C03",
        "columns",
        council("2018-11"),
        "the headings Acute and Non-Acute exchanged",
        do.swap_headings("Acute", "Non-Acute", CARE),
    ),
    Mutation(
        "C04",
        "columns",
        council("2018-12"),
        "the headings NHS and Social Care exchanged",
        do.swap_headings("NHS", "Social Care", BODY),
    ),
    Mutation(
        "C05",
        "columns",
        council("2019-01"),
        "the headings of reasons A and E exchanged",
        do.swap_headings(
            "A) Awaiting completion of assessment", "E) Awaiting care package in own home", REASON
        ),
    ),
    Mutation(
        "C06",
        "columns",
        council("2014-05"),
        "figures one column to the right of their headings",
        do.shift_figures(BODY, "NHS"),
    ),
    Mutation(
        "C07",
        "columns",
        activity("2014-09"),
        "the headings of admissions and of day cases exchanged, in both sheets",
        do.both(
            do.swap_headings(ADMISSIONS, DAY_CASES, "Commissioner"),
            do.swap_headings(ADMISSIONS, DAY_CASES, "Area Team"),
        ),
    ),
    Mutation(
        "C08",
        "columns",
        activity("2014-05"),
        "the headings of admissions and of day cases exchanged, in one sheet",
        do.swap_headings(ADMISSIONS, DAY_CASES, "Commissioner"),
    ),
    Mutation(
        "C09",
        "columns",
        wards("202312"),
        "the headings of capacity and of patients exchanged",
        do.swap_headings(CAPACITY, PATIENTS, WARDS),
    ),
    Mutation(
        "C10",
        "columns",
        OUTTURN,
        "the figures of net current expenditure and of net total cost exchanged",
        _exchange_sheets(NET, WHOLE),
    ),
    Mutation(
        "C11",
        "columns",
        council("2014-11"),
        "two columns in the other order, headings and figures",
        _other_order,
    ),
    Mutation(
        "C12",
        "columns",
        council("2014-05"),
        "a column more, of estimates",
        do.put(CARE, "Name", "Name", "Name (estimate)"),
    ),
    Mutation(
        "C13",
        "columns",
        EMERGENCY_TEXT,
        "the headings of types 1 and 2 exchanged",
        do.swap_headings("A&E attendances Type 1", "A&E attendances Type 2", ""),
    ),
    Mutation(
        "C14",
        "columns",
        HES,
        "the headings of all and of emergency admissions exchanged",
        do.swap_headings("FAE", "EMERGENCY", ""),
    ),
    Mutation(
        "C15",
        "columns",
        DAILY,
        "the headings of patients discharged and remaining exchanged",
        _discharged_and_remaining,
    ),
    Mutation(
        "C16",
        "columns",
        OUTTURN,
        "the headings of children's and adults' social care exchanged in every sheet",
        do.swap_headings("Children Social Care", "Adult Social Care", NET, CAPITAL, WHOLE),
    ),
    # -- periods
    Mutation(
        "P01",
        "periods",
        council("2014-05"),
        "the title of every sheet says June, of which there is a file",
        do.rewrite("May 2014", "June 2014"),
    ),
    Mutation(
        "P02",
        "periods",
        council("2014-05"),
        "the title of one sheet says June",
        do.rewrite("May 2014", "June 2014", CARE),
    ),
    Mutation(
        "P03",
        "periods",
        council("2014-08"),
        "the title says the year before",
        do.rewrite("August 2014", "August 2013"),
    ),
    Mutation(
        "P04",
        "periods",
        council("2014-05"),
        "the title says a year to come",
        do.rewrite("May 2014", "May 2034"),
    ),
    Mutation(
        "P05",
        "periods",
        council("2014-05"),
        "a month misspelt in the title",
        do.rewrite("May 2014", "Mai 2014"),
    ),
    Mutation(
        "P06",
        "periods",
        activity("2014-05"),
        "another month in the titles than in the rows",
        do.rewrite("May 2014", "July 2014"),
    ),
    Mutation(
        "P07",
        "periods",
        activity("2014-05"),
        "titles and rows say August, of which there is a file",
        _activity_moved("August 2014", "2014-15", "AUGUST"),
    ),
    Mutation(
        "P08", "periods", activity("2014-05"), "twenty rows of another month", _some_rows_of_june
    ),
    Mutation(
        "P09",
        "periods",
        council("2014-05"),
        "published before the month was over",
        _revised("24th April 2014"),
    ),
    Mutation(
        "P10",
        "periods",
        wards("202402"),
        "titles say January 2024, of which there is no file",
        do.rewrite("February 2024", "January 2024"),
    ),
    Mutation("P11", "periods", DAILY, "a day twice in the daily series", _day_twice),
    Mutation(
        "P12",
        "periods",
        EMERGENCY_TEXT,
        "every row says August, of which there is a file",
        do.rewrite("MSitAE-JULY-2024", "MSitAE-AUGUST-2024"),
    ),
    Mutation(
        "P13",
        "periods",
        SERIES,
        "the months of the national series moved by one against the figures",
        _series_shifted,
    ),
    Mutation(
        "P14",
        "periods",
        DEFLATORS,
        "the deflators of five years one row below their years",
        _deflators_shifted,
        months=_years(2018, 2022),
    ),
    Mutation(
        "P15",
        "periods",
        HES,
        "the rows of two months exchanged",
        lambda book: _exchange_months(book, "31MAR2020", "31MAR2019"),
        months=("2020-03", "2019-03"),
    ),
    Mutation(
        "P16",
        "periods",
        council("2015-02"),
        "January's figures under the title of February, in February's place",
        lambda book: _figures_of(book, council("2015-01")),
    ),
    Mutation(
        "P17",
        "periods",
        OUTTURN,
        "the next year in the title",
        do.rewrite("RS - REVENUE OUTTURN SUMMARY 2011-12", "RS - REVENUE OUTTURN SUMMARY 2012-13"),
    ),
    # -- codes
    Mutation(
        "K01",
        "codes",
        council("2014-05"),
        "a code that no register has",
        do.both(*(do.put(s, "Devon", "Code", "999") for s in COUNCILS)),
    ),
    Mutation(
        "K02",
        "codes",
        council("2019-02"),
        "the code of a council that had ended",
        lambda book: _ended(book),
    ),
    Mutation(
        "K03",
        "codes",
        council("2014-05"),
        "the ONS code in the place of the NHS one",
        do.both(*(do.put(s, "Devon", "Code", "E10000008") for s in COUNCILS)),
    ),
    Mutation(
        "K04",
        "codes",
        council("2014-05"),
        "a council's code in England's row",
        do.both(*(do.put(s, "England", "Code", "507") for s in COUNCILS)),
    ),
    Mutation(
        "K05",
        "codes",
        activity("2014-05"),
        "a leading zero lost: 01C is 1C",
        do.put("Commissioner", "01C", "Org Code", "1C"),
    ),
    Mutation(
        "K06",
        "codes",
        activity("2014-05"),
        "a code read as a number: 02E is 2",
        do.put("Commissioner", "02E", "Org Code", 2.0),
    ),
    Mutation(
        "K07",
        "codes",
        activity("2014-11"),
        "a blank behind a code",
        do.put("Commissioner", "01C", "Org Code", "01C "),
    ),
    Mutation(
        "K08",
        "codes",
        activity("2014-12"),
        "the code of a commissioner that did not exist yet",
        do.put("Commissioner", "01C", "Org Code", "15E"),
    ),
    Mutation(
        "K09",
        "codes",
        wards("202403"),
        "one board's code in another's row",
        do.put(WARDS, "QUE", "ICB code", "QHG"),
    ),
    Mutation(
        "K10",
        "codes",
        wards("202405"),
        "the codes of two boards exchanged, not their names",
        do.swap_cells("ICB code", "QHG", "QUE", WARDS),
    ),
    Mutation(
        "K11",
        "codes",
        council("2019-03"),
        "the ONS codes of two councils exchanged in every sheet",
        do.swap_cells("ONS Geography", "Devon", "Kent", *COUNCILS),
    ),
    Mutation(
        "K12",
        "codes",
        activity("2015-02"),
        "the codes of two commissioners of one area team exchanged, not their names",
        do.swap_cells("Org Code", "NHS EASTERN CHESHIRE CCG", "NHS VALE ROYAL CCG", "Commissioner"),
    ),
    Mutation(
        "K13",
        "codes",
        OUTTURN_AFTER,
        "the codes of two unitary authorities exchanged in every sheet",
        _codes_exchanged("E0101", "E0102"),
        areas=("E06000022", "E06000023"),
    ),
    # -- totals
    Mutation(
        "T01",
        "totals",
        council("2014-05"),
        "England's total changed in one sheet",
        do.cell(CARE, "England", "Total", lambda n: n + 1000),
    ),
    Mutation(
        "T02",
        "totals",
        council("2014-05"),
        "England's row lost in one sheet",
        do.drop_row("England", CARE),
    ),
    Mutation(
        "T03",
        "totals",
        council("2014-05"),
        "England's row lost in every sheet",
        do.drop_row("England", *COUNCILS),
    ),
    Mutation(
        "T04",
        "totals",
        council("2014-05"),
        "England's row as that of a council",
        _england_as_a_council,
    ),
    Mutation(
        "T05",
        "totals",
        council("2014-08"),
        "every figure and total of the file ten times",
        do.scale_sheets(10, *COUNCILS),
    ),
    Mutation(
        "T06",
        "totals",
        activity("2014-05"),
        "an area team's total changed",
        do.cell("Area Team", "Q44", ADMISSIONS, lambda n: n + 500),
    ),
    Mutation(
        "T07",
        "totals",
        activity("2014-05"),
        "England's total changed in both sheets",
        do.both(
            do.cell("Commissioner", "England", ADMISSIONS, lambda n: n + 5000),
            do.cell("Area Team", "England", ADMISSIONS, lambda n: n + 5000),
        ),
    ),
    Mutation(
        "T08",
        "totals",
        OUTTURN,
        "England's social care changed",
        do.cell(NET, "ENGLAND", "Adult Social Care", lambda n: n + 1_000_000),
    ),
    Mutation("T09", "totals", EMERGENCY_TEXT, "the row of totals lost", _total_left_out),
    Mutation(
        "T10",
        "totals",
        wards("202406"),
        "England's capacity changed",
        do.cell(WARDS, "-", CAPACITY, lambda n: n + 100),
    ),
    Mutation(
        "T11",
        "totals",
        council("2014-05"),
        "a hundred days more of a council, by body only, with total and England",
        _part_more,
    ),
    Mutation(
        "T12", "totals", council("2018-12"), "England's row below the councils", _total_at_the_end
    ),
    # -- units
    Mutation("U01", "units", OUTTURN_AFTER, "pounds below headings of thousands", _in_pounds),
    Mutation(
        "U02",
        "units",
        OUTTURN,
        "a caption of pounds above figures of thousands",
        do.rewrite("Net current expenditure (£ thousand)", "Net current expenditure (£)", NET),
    ),
    Mutation(
        "U03",
        "units",
        council("2018-12"),
        "the headings of days and of beds exchanged",
        _days_as_beds,
    ),
    Mutation(
        "U04",
        "units",
        wards("202311"),
        "occupancy as a percentage below a heading of shares",
        do.scale_column(WARDS, OCCUPANCY, 100),
    ),
    Mutation(
        "U05",
        "units",
        wards("202312"),
        "occupancy a hundredth of what it was",
        do.scale_column(WARDS, OCCUPANCY, 0.01),
    ),
    Mutation(
        "U06",
        "units",
        wards("202407"),
        "capacity and patients a thousand times, populations as they were",
        do.both(do.scale_column(WARDS, CAPACITY, 1000), do.scale_column(WARDS, PATIENTS, 1000)),
    ),
    Mutation(
        "U07",
        "units",
        activity("2014-06"),
        "admissions in thousands, in both sheets",
        _scaled_activity(0.001, 3),
    ),
    Mutation(
        "U08",
        "units",
        council("2014-06"),
        "every figure of the file a thousand times",
        do.scale_sheets(1000, *COUNCILS),
    ),
    Mutation("U09", "units", EMERGENCY, "shares as percentages", _shares_as_percent),
    Mutation(
        "U10",
        "units",
        DEFLATORS,
        "four years' deflators with the base year at 1, below a heading of 100",
        _deflators_scaled,
        months=_years(2019, 2022),
    ),
    Mutation(
        "U11",
        "units",
        BEDS,
        "occupancy as a percentage below a heading of shares",
        _beds_as_fraction,
    ),
    Mutation(
        "U12",
        "units",
        HES,
        "emergency admissions of a month in thousands",
        _hes("30JUN2019", "EMERGENCY", factor=0.001),
        months=("2019-06",),
    ),
    Mutation(
        "U13",
        "units",
        OUTTURN,
        "one authority in pounds, its class and England with it",
        _class_mended,
        areas=("E06000032",),
    ),
    Mutation(
        "U14",
        "units",
        DAILY,
        "a month's patients in tens, of all three figures",
        lambda book: _daily_month(book, 2023, 5, 0.1),
        months=("2023-05",),
    ),
    # -- duplicates and markers
    Mutation(
        "D01",
        "duplicates",
        council("2014-05"),
        "the same cells again in another file",
        lambda _: None,
        beside="LA-Type-B_2014-05_copy.xls",
    ),
    Mutation(
        "D02",
        "duplicates",
        council("2014-09"),
        "an older issue with other figures beside the new one",
        do.both(_revised("20th April 2015"), _everywhere("Kent", 1.1)),
        beside="LA-Type-B_2014-09_old.xls",
    ),
    Mutation(
        "D03",
        "duplicates",
        council("2014-11"),
        "an issue of the same day with other figures",
        _everywhere("Kent", 2),
        beside="LA-Type-B_2014-11_again.xls",
    ),
    Mutation(
        "D04",
        "duplicates",
        council("2014-12"),
        "a later issue with a council's figures ten times, and England's with them",
        do.both(lambda book: _later(book), _everywhere("Surrey", 10)),
        beside="LA-Type-B_2014-12_later.xls",
    ),
    Mutation("D05", "duplicates", council("2014-05"), "a sheet twice", _second_sheet),
    Mutation(
        "D06", "duplicates", wards("202407"), "'**' (nothing submitted) as 0", _markers_to_zero
    ),
    Mutation(
        "D07", "duplicates", wards("202405"), "'100%*' (withheld) as 1", _markers_to("100%*", 1.0)
    ),
    Mutation("D08", "duplicates", wards("202407"), "'**' blanked", _markers_to("**", "")),
    Mutation(
        "D09",
        "duplicates",
        council("2014-05"),
        "'*' in the place of a figure",
        do.put(REASON, "Devon", "H) DISPUTES", "*"),
    ),
    Mutation(
        "D10",
        "duplicates",
        council("2014-05"),
        "'-' in the place of a figure that is not 0",
        do.put(CARE, "Devon", "Non-Acute", "-"),
    ),
    Mutation("D11", "duplicates", council("2014-06"), "every 0 of a sheet as '-'", _zeros_to("-")),
    Mutation("D12", "duplicates", council("2014-06"), "every 0 of a sheet blanked", _zeros_to("")),
    Mutation(
        "D13", "duplicates", wards("202406"), "'100%*' (withheld) as 0.5", _markers_to("100%*", 0.5)
    ),
)
