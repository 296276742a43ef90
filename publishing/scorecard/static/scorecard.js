// Sorting and searching of tables. The pages work without: everything is in the document.
"use strict";

const valueOf = (cell) => {
  const said = cell.dataset.sort;
  if (said === undefined) return cell.textContent.trim().toLowerCase();
  const number = Number(said);
  return said === "" || Number.isNaN(number) ? said : number;
};

// Cells without a figure stay last, whichever way the column is sorted.
const compare = (one, other, direction) => {
  const isNumber = typeof one === "number";
  if (isNumber !== (typeof other === "number")) return isNumber ? -1 : 1;
  if (isNumber) return direction * (one - other);
  return direction * String(one).localeCompare(String(other), "en-GB", { numeric: true });
};

const sortBy = (table, index, heading) => {
  const direction = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => [valueOf(row.cells[index]), row]);
  rows.sort((a, b) => compare(a[0], b[0], direction));
  body.append(...rows.map(([, row]) => row));
};

const makeSortable = (table) => {
  [...table.tHead.rows[0].cells].forEach((heading, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, index, heading));
  });
};

const makeSearchable = (table) => {
  const box = document.createElement("p");
  const label = document.createElement("label");
  const field = document.createElement("input");
  const count = document.createElement("span");
  field.type = "search";
  field.id = `${table.id}-search`;
  label.htmlFor = field.id;
  label.textContent = "Find in this table";
  count.setAttribute("role", "status");
  box.className = "search";
  box.append(label, field, count);
  table.closest(".scroll").before(box);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      found += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? `${found} of ${table.tBodies[0].rows.length} rows` : "";
  });
};

for (const table of document.querySelectorAll("main table:not(.cells)")) {
  if (table.tHead && table.tBodies[0] && table.tBodies[0].rows.length > 2) makeSortable(table);
  if (table.hasAttribute("data-search")) makeSearchable(table);
}
