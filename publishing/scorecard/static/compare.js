// Two to five councils side by side, from the table of the page. The choice is in the address,
// so that it can be shared; nothing is fetched.
"use strict";

const MOST = 5;
const table = document.getElementById("compared");
const box = document.getElementById("choose");
const headings = [...table.tHead.rows[0].cells].slice(3);
const rows = new Map([...table.tBodies[0].rows].map((row) => [row.cells[1].textContent.trim(), row]));
const england = [...rows.keys()][0];
const nameOf = (code) => rows.get(code).cells[0].textContent.trim();

const element = (tag, text, attributes = {}) => {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

const bar = (share) => {
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  const drawn = document.createElementNS(space, "rect");
  picture.setAttribute("class", "bar");
  picture.setAttribute("viewBox", "0 0 100 6");
  picture.setAttribute("aria-hidden", "true");
  drawn.setAttribute("width", String(Math.round(share * 1000) / 10));
  drawn.setAttribute("height", "6");
  picture.append(drawn);
  return picture;
};

const figure = (cell, most) => {
  const made = element("td", "", { class: "n" });
  made.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
  const value = Number(cell.dataset.sort);
  if (cell.dataset.sort !== undefined && value >= 0 && most > 0) made.append(bar(value / most));
  return made;
};

// A table with a row for each metric and a column for each council: it fits where the other does not.
const sideBySide = (codes) => {
  const all = [...codes, england];
  const made = element("table");
  made.append(element("caption", codes.map(nameOf).join(", ")));
  const head = made.createTHead().insertRow();
  head.append(element("th", "Metric", { scope: "col" }));
  for (const code of all) head.append(element("th", nameOf(code), { scope: "col", class: "n" }));
  const body = made.createTBody();
  headings.forEach((heading, index) => {
    const cells = all.map((code) => rows.get(code).cells[index + 3]);
    const most = Math.max(0, ...cells.map((cell) => Number(cell.dataset.sort ?? 0)));
    const row = body.insertRow();
    const name = element("th", "", { scope: "row" });
    const said = heading.querySelector("button") ?? heading;
    name.append(...[...said.childNodes].map((node) => node.cloneNode(true)));
    row.append(name);
    row.append(...cells.map((cell) => figure(cell, most)));
  });
  return made;
};

const chosen = () => {
  const said = decodeURIComponent(location.hash.slice(1)).split(",");
  return [...new Set(said)].filter((code) => rows.has(code) && code !== england).slice(0, MOST);
};

const show = (codes) => {
  const enough = codes.length > 1;
  for (const [code, row] of rows) {
    row.hidden = enough && code !== england && !codes.includes(code);
  }
  box.querySelector("[role=status]").textContent = enough
    ? `${codes.length} councils are shown, beside England.`
    : "Choose at least two; until then all are shown below.";
  const place = box.querySelector(".side-by-side");
  place.replaceChildren();
  if (!enough) return;
  const region = element("div", "", {
    class: "scroll", role: "region", tabindex: "0", "aria-label": "The chosen councils",
  });
  region.append(sideBySide(codes));
  place.append(region);
};

const selects = Array.from({ length: MOST }, (_, index) => {
  const label = element("label", `Council ${index + 1}`, { for: `choice-${index}` });
  const select = element("select", "", { id: `choice-${index}` });
  select.append(element("option", "None", { value: "" }));
  for (const code of rows.keys()) {
    if (code !== england) select.append(element("option", nameOf(code), { value: code }));
  }
  const both = element("p");
  both.append(label, select);
  box.querySelector("form").append(both);
  return select;
});

const fromAddress = () => {
  const codes = chosen();
  selects.forEach((select, index) => { select.value = codes[index] ?? ""; });
  show(codes);
};

for (const select of selects) {
  select.addEventListener("change", () => {
    const codes = [...new Set(selects.map((one) => one.value).filter(Boolean))];
    history.replaceState(null, "", `#${codes.join(",")}`);
    show(codes);
  });
}
window.addEventListener("hashchange", fromAddress);
box.hidden = false;
fromAddress();
