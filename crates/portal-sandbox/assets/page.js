// Keeps an open page up to date: what the server would send now replaces what has changed, part by
// part, and the focus stays where it was. Without scripts everything works, by loading the page.
"use strict";

const parts = () => document.querySelectorAll("[data-live]");
// What the server sent of each part; what the reader did to it since is not a change.
const sent = new Map([...parts()].map((part) => [part.id, part.innerHTML]));

// Tells a control again after its part was replaced.
function mark(element) {
  if (!element || element === document.body) return null;
  if (element.id) return "#" + CSS.escape(element.id);
  const name = element.tagName.toLowerCase();
  if (element.hasAttribute("href")) return `${name}[href="${CSS.escape(element.getAttribute("href"))}"]`;
  return null;
}

function take(fresh) {
  for (const part of parts()) {
    const next = fresh.getElementById(part.id);
    if (!next || next.innerHTML === sent.get(part.id)) continue;
    sent.set(part.id, next.innerHTML);
    const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
    const typed = [...part.querySelectorAll("input:not([type=hidden])")].map((input) => [input.id, input.value]);
    const active = part.contains(document.activeElement) ? document.activeElement : null;
    const focused = mark(active);
    const section = active && active.closest("[aria-labelledby]");
    part.replaceChildren(...next.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    for (const [id, value] of typed) {
      const input = document.getElementById(id);
      if (input) input.value = value;
    }
    if (focused) {
      // A button that is gone leaves the focus with the heading above it.
      const heading = section && document.getElementById(section.getAttribute("aria-labelledby"));
      (part.querySelector(focused) || heading)?.focus();
    }
  }
}

async function load(address, options) {
  const response = await fetch(address, options);
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  return [response, fresh];
}

// One request at a time; changes that come meanwhile make one more.
let loading = false;
let again = false;
async function refresh() {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  try {
    do {
      again = false;
      const [, fresh] = await load(location.href);
      take(fresh);
      set();
    } while (again);
  } catch {
    // The sandbox is gone, or not back yet: the stream will tell.
  } finally {
    loading = false;
  }
}

// A stream only while the page is seen: a browser has few connections to spare for one server.
let stream = null;
let known = true;
function follow() {
  if (document.hidden) {
    stream?.close();
    stream = null;
  } else if (!stream && sent.size > 0) {
    stream = new EventSource("/events");
    stream.addEventListener("open", () => {
      // The page is as old as its stream, unless it was away.
      if (!known) refresh();
      known = false;
    });
    stream.addEventListener("changed", refresh);
  }
}
document.addEventListener("visibilitychange", follow);
follow();

function say(text) {
  document.getElementById("said").textContent = text;
}

// A button's form is sent in the background, so that the reader keeps the place.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.querySelector("button")) return;
  event.preventDefault();
  say("");
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const [response, fresh] = await load(form.action, { method: "POST", body });
    const problem = fresh.getElementById("problem");
    if (problem) {
      say(problem.textContent);
      refresh();
    } else if (new URL(response.url).pathname === location.pathname) {
      take(fresh);
      set();
    } else {
      location.assign(response.url);
    }
  } catch {
    say("The sandbox does not respond.");
  }
});

// A hidden value is fetched when it is asked for.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-reveal]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  try {
    const [, fresh] = await load(link.href);
    const value = fresh.getElementById(link.id);
    if (!value) return;
    value.tabIndex = -1;
    link.replaceWith(value);
    value.focus();
  } catch {
    say("The sandbox does not respond.");
  }
});

// A clock that runs is counted on here.
let shown = null;
function set() {
  const now = document.querySelector("#now[data-runs]");
  shown = now && { now, from: Number(now.dataset.runs), since: performance.now() };
}
set();
setInterval(() => {
  if (!shown) return;
  const at = new Date(shown.from + performance.now() - shown.since);
  shown.now.textContent = at.toISOString().slice(0, 19).replace("T", " ");
}, 500);
