// The coverage page: what is best evidenced of a square, shown while it is pointed at or has the
// focus. Everything else of the page does without a script.
const popup = document.getElementById("cell");
const lang = document.documentElement.lang;
const pause = 250; // milliseconds before it opens

let timer;
let request;
let at; // the square that it belongs to

function close() {
  clearTimeout(timer);
  request?.abort();
  at?.removeAttribute("aria-describedby");
  at = null;
  popup.hidden = true;
}

async function items(params) {
  const response = await fetch(`/api/v1/records?${params}`, { signal: request.signal });
  return response.ok ? (await response.json()).items : [];
}

// best are the first three of a square, those with the best evidence first.
async function best(cell) {
  const params = new URLSearchParams(cell.search);
  for (const [name, value] of [["lang", lang], ["limit", "3"], ["facets", "none"]]) params.set(name, value);
  const found = [];
  if (!params.has("evidence")) {
    for (const level of ["experimental", "evaluated"]) {
      if (found.length < 3) found.push(...(await items(new URLSearchParams([...params, ["evidence", level]]))));
    }
  }
  if (found.length < 3) found.push(...(await items(params)).filter((item) => !found.some((other) => other.id === item.id)));
  return found.slice(0, 3);
}

async function open(cell) {
  close();
  request = new AbortController();
  let found;
  try {
    found = await best(cell);
  } catch {
    return; // it is an extra, and the square is a link
  }
  if (!found.length) return;
  const list = document.createElement("ul");
  for (const { title } of found) {
    const item = document.createElement("li");
    Object.assign(item, { textContent: title.text, lang: title.language, dir: "auto" });
    list.append(item);
  }
  const heading = document.createElement("strong");
  heading.textContent = popup.dataset.title;
  popup.replaceChildren(heading, list);
  cell.after(popup);
  popup.hidden = false;
  at = cell;
  cell.setAttribute("aria-describedby", popup.id);
}

const soon = (event) => {
  const cell = event.target.closest?.("[data-cell]");
  if (!cell || cell === at) return;
  clearTimeout(timer);
  timer = setTimeout(() => open(cell), pause);
};
document.addEventListener("pointerover", soon);
document.addEventListener("focusin", soon);
document.addEventListener("pointerout", (event) => {
  const to = event.relatedTarget;
  if (event.target.closest?.("[data-cell]") && !popup.contains(to) && to !== at) close();
});
popup.addEventListener("pointerleave", close);
document.addEventListener("focusout", close);
document.addEventListener("keydown", (event) => event.key === "Escape" && close());
addEventListener("scroll", close, { capture: true, passive: true });
