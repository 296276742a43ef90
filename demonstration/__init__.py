"""Synthetic returns in the publishers' own layouts, made from data files and a seed.

`returns/*.yml` describe how a publisher's files look, `data/figures/*.yml` what the invented
figures are like, `data/subjects/*.csv` whose figures they are. Legacy .xls has no living writer
library, so files that a publisher issued as .xls are written as .xlsx, with the publisher's
sheet names, title blocks, heading rows, spacer rows and columns, markers and quirks. Every file
name, sheet and workbook property says SYNTHETIC: nobody published these figures.

Of returns without such data files, `from_definition` makes a file of each layout from the
definition by which it is read.
"""

from demonstration.generate import write_demonstration

__all__ = ["write_demonstration"]
