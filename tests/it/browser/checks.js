// What can be seen to be wrong with a page for its readers; one line for each fault.
const faults = [];
const named = (element) => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "");
const seen = (element) => element.checkVisibility({ visibilityProperty: true });

if (!document.documentElement.lang) faults.push("the page has no language");
if (!document.title) faults.push("the page has no title");
if (document.querySelectorAll("main").length !== 1) faults.push("the page has not one main part");
const wide = document.documentElement.scrollWidth - window.innerWidth;
if (wide > 0) faults.push(`the page is ${wide} px wider than the window`);
// What is cut off at an edge does not make the page wider.
for (const element of document.querySelectorAll("body *")) {
  const end = element.getBoundingClientRect().right;
  if (end > window.innerWidth + 0.5 && !element.closest("pre, .hidden")) {
    faults.push(`${named(element)}.${element.className} ends at ${end} of ${window.innerWidth} px`);
  }
}

const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) faults.push(`two elements are #${id}`);
for (const attribute of ["aria-labelledby", "aria-describedby"]) {
  for (const element of document.querySelectorAll(`[${attribute}]`)) {
    const id = element.getAttribute(attribute);
    if (!document.getElementById(id)) faults.push(`${named(element)} refers to #${id}, which is not there`);
  }
}

let level = 0;
for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
  const own = Number(heading.tagName[1]);
  if (own > level + 1) faults.push(`"${heading.textContent}" is h${own} after h${level}`);
  level = own;
}

for (const control of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")) {
  const label = control.labels?.[0]?.textContent ?? "";
  const name = control.getAttribute("aria-label") ?? (control.textContent || label);
  if (!name.trim()) faults.push(`${named(control)} has no name`);
  if (!seen(control) || control.tagName === "A" || control.tagName === "SUMMARY") continue;
  const { width, height } = control.getBoundingClientRect();
  if (width < 24 || height < 24) faults.push(`${named(control)} is ${width} by ${height} px`);
}

// Contrast of text with the nearest ground behind it, as WCAG counts it.
const colour = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => {
  const part = (value) => ((value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const back = colour(getComputedStyle(at).backgroundColor);
    if (back[3] === undefined || back[3] === 1) return back;
  }
  return [255, 255, 255];
};
const poor = new Set();
for (const element of document.querySelectorAll("body *")) {
  const holds = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!holds || !seen(element) || element.disabled || element.closest(".hidden, .skip")) continue;
  const [one, other] = [light(colour(getComputedStyle(element).color)), light(ground(element))];
  const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (contrast < 4.5) poor.add(`${named(element)}.${element.className} has a contrast of ${contrast.toFixed(2)}`);
}
return [...faults, ...poor];
