// Sorting and searching of tables. The pages work without: everything is in the document.
"use strict";

// Texts have ’ where people type a straight apostrophe.
const plain = (text) => text.toLowerCase().replaceAll("’", "'");

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
    // A column of pictures has no order.
    if (table.tBodies[0].querySelector(`tr > :nth-child(${index + 1}):not([data-sort]) > svg`)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, index, heading));
  });
};

// One field for the rows of several tables: parts of the page without a row that fits are hidden.
const makeSearchable = (tables, before, id, says) => {
  const box = document.createElement("p");
  const label = document.createElement("label");
  const field = document.createElement("input");
  const count = document.createElement("span");
  const rows = tables.flatMap((table) => [...table.tBodies[0].rows]);
  field.type = "search";
  field.id = `${id}-search`;
  label.htmlFor = field.id;
  label.textContent = says;
  count.setAttribute("role", "status");
  box.className = "search";
  box.append(label, field, count);
  before.before(box);
  field.addEventListener("input", () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const row of rows) {
      const text = plain(row.textContent);
      row.hidden = !words.every((word) => text.includes(word));
      found += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? `${found} of ${rows.length} rows` : "";
    if (tables.length > 1) tables.forEach((table) => showPart(table, words.length > 0));
  });
};

const showPart = (table, isSearching) => {
  const holds = (part) => [...part.querySelectorAll("tbody tr")].some((row) => !row.hidden);
  const details = table.closest("details");
  if (details) details.open = isSearching && holds(details);
  const section = table.closest("section");
  if (section) section.hidden = !holds(section);
};

for (const table of document.querySelectorAll("main table:not(.cells)")) {
  if (table.tHead && table.tBodies[0] && table.tBodies[0].rows.length > 2) makeSortable(table);
  if (table.hasAttribute("data-search")) {
    makeSearchable([table], table.closest(".scroll"), table.id, "Find in this table");
  }
}

for (const part of document.querySelectorAll("[data-search-all]")) {
  makeSearchable([...part.querySelectorAll("table")], part, part.id, part.dataset.searchAll);
}

// A link to a row in a part that is folded: some browsers leave the part shut.
const reveal = () => {
  const row = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  const part = row && row.closest("details");
  if (!part || part.open) return;
  part.open = true;
  row.scrollIntoView({ block: "center" });
};
window.addEventListener("hashchange", reveal);
reveal();
