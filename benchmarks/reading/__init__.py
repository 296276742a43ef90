"""How much reading workbooks into the lake takes."""
