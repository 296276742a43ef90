"""Personal data never enter: a file that holds any is set aside before a figure of it is kept.

A figure or an organisation's code may look like an NHS number: one of eleven ten-digit numbers
has the right check digit. So context decides: a heading or a label that says what it is, or a
whole column of nothing else. What was found is never repeated; only its cell is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from ingestion.definition import Definition
from ingestion.patterns import fits
from ingestion.records import RecordColumn
from ingestion.split import TITLE_ROWS, Column
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import as_text, cell_name, normalise, visible
from ingestion.workbook import Sheet, Workbook

MOST_OF_A_COLUMN = 0.9
"""So many of a column's ten-digit numbers are NHS numbers where it is a column of them."""
FEWEST_NUMBERS = 8
"""Fewer numbers in a column may all have a right check digit by chance; so many never do."""
FEWEST_CONTACTS = 4
"""A publisher gives an address or two of its own; more in one column are a list."""
SHORTEST = 6
"""No address, postcode or number that is looked for is shorter; of the headings, those below."""
SHORT_HEADINGS = frozenset({"DOB", "dob", "Dob", "D.O.B", "DoB", "NINO", "NINo"})

NHS_NUMBER = re.compile(r"\d{3}[ -]?\d{3}[ -]?\d{4}")
E_MAIL = re.compile(r"[\w.+'-]+@[\w-]+\.[\w.-]+")
OFFICIAL = re.compile(r"@([\w-]+\.)*(gov\.uk|nhs\.net|nhs\.uk|invalid)\.?$", re.IGNORECASE)
"""The domains of those who publish returns, whose own addresses stand in notes and titles, and the
one that is nobody's."""
AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|E|"
    "EC|EH|EN|EX|FK|FY|G|GL|GU|HA|HD|HG|HP|HR|HS|HU|HX|IG|IP|IV|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|"
    "M|ME|MK|ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|"
    "SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
POSTCODE = re.compile(rf"\b(?:{AREAS})[0-9][A-Z0-9]? [0-9][ABD-HJLNP-UW-Z]{{2}}\b")
POSTCODE_UNSPACED = re.compile(
    rf"(?:{AREAS})[0-9][A-Z0-9]? ?[0-9][ABD-HJLNP-UW-Z]{{2}}", re.IGNORECASE
)
DAY = re.compile(r"\d{1,4}[-/. ](\d{1,2}|[A-Za-z]{3,9})[-/. ]\d{2,4}( 00:00:00)?|\d{8}")

WHO = (
    r"(?:patient|client|service[ _]user|person|resident|carer|customer|individual|citizen|child|"
    r"case|referral|applicant)"
)
_GATE = (
    r"@|[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}"
    rf"|\b(?:{AREAS})[0-9][A-Z0-9]? [0-9][ABD-HJLNP-UW-Z][ABD-HJLNP-UW-Z]\b"
    r"|(?i:\bnhs[ _-]?(?:no|num|number|id)\b|\bbirth[ _-]?dates?\b|of[ _-]birth|\bdob\b|\bd\.o\.b"
    r"|surname|forename"
    r"|(?:first|last|full|given|family|middle|christian|maiden|contact)[ _-]?name|post[ _-]?code"
    rf"|\b{WHO}'?s?[ _-]?(?:full[ _])?(?:name|id|ref|identifier|no|num|number|unique)s?\b"
    r"|\b(?:hospital|insurance|ni|mosaic|liquid ?logic|social[ _-]?care)[ _-]?"
    r"(?:id|identifier|ref|reference|no|num|number)\b|\bnino\b|e-?mail)"
)
"""What a text has that is worth a second look; most files have none of it."""


@dataclass(frozen=True)
class Kind:
    """A kind of personal data: the headings that announce it, and how its values look."""

    what: str
    heading: re.Pattern[str]
    is_one: Callable[[object], bool]
    where: str = "under or beside a heading that says so"


def _text_is(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda cell: pattern.fullmatch(visible(as_text(cell))) is not None


def is_nhs_number(cell: object) -> bool:
    """Tell whether a cell is ten digits with the check digit of an NHS number."""
    if isinstance(cell, float):
        if not (1e9 <= cell < 1e10 and cell.is_integer()):
            return False
        digits = f"{int(cell)}"
    else:
        text = visible(as_text(cell)).removesuffix(".0")
        if NHS_NUMBER.fullmatch(text) is None:
            return False
        digits = "".join(c for c in text if c.isdecimal())
    weighed = sum(
        int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)
    )
    return (11 - weighed % 11) % 11 == int(digits[9])


def _is_day(cell: object) -> bool:
    return isinstance(cell, date) or DAY.fullmatch(visible(as_text(cell))) is not None


def _is_private_address(cell: object) -> bool:
    text = visible(as_text(cell))
    return E_MAIL.fullmatch(text) is not None and OFFICIAL.search(text) is None


def _is_identifier(cell: object) -> bool:
    """An identifier has letters and digits, or so many digits that it counts nothing."""
    text = visible(as_text(cell)).removesuffix(".0")
    digits = sum(c.isdecimal() for c in text)
    letters = sum(c.isalpha() for c in text)
    return " " not in text and (digits >= 5 or (digits >= 2 and letters > 0)) and "." not in text


KINDS = (
    Kind(
        "an NHS number",
        re.compile(r"(?:.*[ _])?nhs[ _-]?(?:no|num|number|id)\b.*"),
        is_nhs_number,
    ),
    Kind(
        "a date of birth",
        re.compile(r"(?:.*[ _])?(?:dates?[ _-]?of[ _-]?birth|d\.?o\.?b\.?|birth[ _-]?dates?)\b.*"),
        _is_day,
    ),
    Kind(
        "a person's name",
        re.compile(
            rf"{WHO}(?:'s|s')?[ _-]?(?:full[ _])?names?"
            r"|(?:.*[ _])?(?:surnames?|forenames?)"
            r"|(?:.*[ _])?(?:full|first|last|given|family|middle|christian|maiden|contact)"
            r"[ _-]?names?"
        ),
        _text_is(re.compile(r"[^\W\d_][^\d]*")),
    ),
    Kind(
        "a case identifier",
        re.compile(
            rf"(?:.*[ _])?{WHO}(?:'s)?[ _-]?(?:unique[ _-]?)?"
            r"(?:id|identifier|ref|reference|no|num|number)\b.*"
            r"|(?:.*[ _])?(?:hospital|national[ _]insurance|ni|mosaic|liquid ?logic"
            r"|social[ _-]?care)[ _-]?(?:id|identifier|ref|reference|no|num|number)\b.*|nino"
        ),
        _is_identifier,
    ),
    Kind("an e-mail address", re.compile(r"(?:.*[ _])?e-?mail.*"), _is_private_address),
    Kind(
        "a postcode",
        re.compile(r"(?:.*[ _])?post[ _-]?codes?\b.*"),
        _text_is(POSTCODE_UNSPACED),
    ),
)


def refuse_personal(workbook: Workbook, definition: Definition) -> None:
    """Raise `UntrustedFileError` for the first cell, on any sheet, that holds personal data.

    A column that the definition declares as a pseudonym's, or as an organisation's own address,
    is let be; so is a cell like one of `own_contacts`.
    """
    others = [sheet.split.others for sheet in workbook.sheets]
    suspicious = _suspicious(_texts(set().union(*others)))
    for sheet, cells in zip(workbook.sheets, others, strict=True):
        suspects = {*(suspicious & cells), *_long_numbers_of(sheet)}
        if suspects:
            _search(sheet, list(_columns(sheet, suspects)), definition)


@dataclass(frozen=True)
class _Column:
    """A column with something in it that is worth a second look."""

    number: int
    cells: Column
    texts: list[str]
    numbers: list[object]


def _suspicious(texts: set[str]) -> set[str]:
    """Return the texts that are worth a second look; each text of a file is asked once."""
    asked = pl.Series(list(texts), dtype=pl.String)
    return set(asked.filter(asked.str.contains(_GATE)).to_list())


def _texts(cells: set[object]) -> set[str]:
    return {
        cell
        for cell in cells
        if isinstance(cell, str) and (len(cell) >= SHORTEST or cell in SHORT_HEADINGS)
    }


def _long_numbers_of(sheet: Sheet) -> set[object]:
    """Return the numbers of a sheet that have ten digits before the point."""
    numbers = sheet.split.numbers
    found: list[object] = numbers[(numbers >= 1e9) & (numbers < 1e10)].tolist()
    return set(found)


def _long_numbers(cells: set[object]) -> list[object]:
    return [cell for cell in cells if isinstance(cell, float) and 1e9 <= cell < 1e10]


def _columns(sheet: Sheet, suspects: set[object]) -> Iterator[_Column]:
    """Yield the columns with such a text or number."""
    for number, cells in enumerate(sheet.columns):
        here = suspects.intersection(cells)
        if here:
            yield _Column(number, cells, sorted(_texts(here)), _long_numbers(here))


def _search(sheet: Sheet, suspects: Sequence[_Column], definition: Definition) -> None:
    declared = _declared(sheet, definition)
    for column in suspects:
        if column.number in declared:
            continue
        for text in column.texts:
            if any(fits(text, wording) for wording in definition.own_contacts):
                continue
            _refuse_announced(sheet, column, text, declared)
            _refuse_written(sheet, column, text)
        _refuse_lists(sheet, column)


def _declared(sheet: Sheet, definition: Definition) -> set[int]:
    """Return the columns that may hold what others may not."""
    found: set[int] = set()
    for layout in definition.records.values():
        for column in layout.columns.values():
            if not (column.pseudonym or column.organisations_own):
                continue
            if column.position is not None:
                found.add(column.position - 1)
            else:
                found |= {at for at, one in enumerate(sheet.columns) if _is_headed(one, column)}
    return found


def _is_headed(cells: Column, column: RecordColumn) -> bool:
    return any(
        fits(as_text(cell), wording)
        for cell in cells[:TITLE_ROWS]
        if cell
        for wording in column.wordings
    )


def _refuse_announced(sheet: Sheet, column: _Column, text: str, declared: set[int]) -> None:
    """A heading with such values below it, or a label with one beside it."""
    said = normalise(text).rstrip(": ")
    for kind in KINDS:
        if len(said) > 60 or kind.heading.fullmatch(said) is None:
            continue
        for row in _rows_of(column.cells, text):
            if any(_is_heading(cell) for cell in _neighbours(column.cells, row)):
                continue  # one of a list of fields, and no heading
            for below in range(row + 1, len(column.cells)):
                cell = column.cells[below]
                if cell not in ("", None) and kind.is_one(cell):
                    raise _personal(kind.what, kind.where, sheet, below, column.number)
            beside = _right_of(sheet, row, column.number)
            if beside is not None and beside not in declared:
                cell = sheet.columns[beside][row]
                if kind.is_one(cell) and not _is_heading(cell):
                    raise _personal(kind.what, kind.where, sheet, row, beside)


def _neighbours(cells: Column, row: int) -> Sequence[object]:
    return [*cells[max(0, row - 1) : row], *cells[row + 1 : row + 2]]


def _is_heading(cell: object) -> bool:
    said = normalise(as_text(cell)).rstrip(": ")
    return any(kind.heading.fullmatch(said) for kind in KINDS)


def _right_of(sheet: Sheet, row: int, column: int) -> int | None:
    right = range(column + 1, min(sheet.width, column + 6))
    return next((at for at in right if sheet.columns[at][row] not in ("", None)), None)


def _rows_of(cells: Column, text: str) -> Iterator[int]:
    return (row for row, cell in enumerate(cells) if cell == text)


def _refuse_written(sheet: Sheet, column: _Column, text: str) -> None:
    """What says itself what it is, wherever it stands."""
    seen = visible(text)
    number = re.search(
        rf"\bnhs[ _-]?(?:no|num|number)\b.{{0,12}}?({NHS_NUMBER.pattern})\b", seen, re.I
    )
    if number is not None and is_nhs_number(number[1]):
        raise _written("an NHS number", sheet, column, text)
    for address in E_MAIL.findall(seen):
        if OFFICIAL.search(address) is None:
            raise _written("an e-mail address", sheet, column, text)
    if POSTCODE.search(seen) is None:
        return
    for row in _rows_of(column.cells, text):
        # A publisher's own address stands in a line of its own, in notes or on a cover.
        others = sum(one[row] not in ("", None) for one in sheet.columns)
        if others > 1:
            raise _personal("a postcode", "in a row of a table", sheet, row, column.number)


def _refuse_lists(sheet: Sheet, column: _Column) -> None:
    """A whole column of numbers that check, or of addresses, needs no heading."""
    texts = [text for text in column.texts if NHS_NUMBER.fullmatch(visible(text))]
    numbers = [*texts, *column.numbers]
    right = [one for one in numbers if is_nhs_number(one)]
    filled = len(set(column.cells) - {"", None})
    if (
        len(right) >= FEWEST_NUMBERS
        and len(right) >= MOST_OF_A_COLUMN * len(numbers)
        and len(numbers) >= filled / 2
    ):
        raise _listed("NHS numbers", sheet, column, right[0])
    addresses = [text for text in column.texts if E_MAIL.search(text)]
    if len(addresses) >= FEWEST_CONTACTS:
        raise _listed("e-mail addresses", sheet, column, addresses[0])
    postcodes = [text for text in column.texts if POSTCODE.search(visible(text))]
    if len(postcodes) >= FEWEST_CONTACTS:
        raise _listed("postcodes", sheet, column, postcodes[0])


def _written(what: str, sheet: Sheet, column: _Column, text: str) -> UntrustedFileError:
    row = next(_rows_of(column.cells, text))
    return _personal(what, "in its own words", sheet, row, column.number)


def _listed(what: str, sheet: Sheet, column: _Column, first: object) -> UntrustedFileError:
    row = next(row for row, cell in enumerate(column.cells) if cell == first)
    return _personal(f"a column of {what}", "whatever its heading", sheet, row, column.number)


def _personal(what: str, where: str, sheet: Sheet, row: int, column: int) -> UntrustedFileError:
    hidden = "" if sheet.visibility == "visible" else f" on a {sheet.visibility} sheet"
    return UntrustedFileError(
        f"The file holds personal data: {what}, {where}{hidden}. What it says is not repeated.",
        sheet=sheet.name,
        cell=cell_name(row, column),
        mend="Nothing of the file was kept in the lake. Tell the sender, have the landed copy "
        "removed, and land a file without it. If the column holds organisations' own addresses, "
        "say `organisations_own: true` of it in the definition.",
    )
