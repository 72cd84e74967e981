// Suggestions below a search field: a combobox with a list of groups, as in the ARIA
// Authoring Practices (combobox with list autocomplete). Without this script the field works
// all the same.
const list = document.getElementById("suggestions");
const input = list?.closest("form").q;
const lang = document.documentElement.lang;
const results = document.getElementById("results"); // which are there as one types, on the search page

let request; // the AbortController of the question under way
let timer; // of the pause in typing that is waited for
let options = [];
let active = -1;

const open = () => !list.hidden;

function close() {
  clearTimeout(timer);
  request?.abort();
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  activate(-1);
}

function activate(i) {
  options[active]?.removeAttribute("aria-selected");
  active = i;
  const option = options[active];
  if (!option) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option.id);
}

async function ask() {
  const q = input.value.trim();
  request?.abort();
  if ([...q].length < 2) return close();
  request = new AbortController();
  try {
    const response = await fetch(`/api/v1/suggest?${new URLSearchParams({ lang, q })}`, { signal: request.signal });
    if (!response.ok) return close();
    const { groups } = await response.json();
    show(results ? groups.filter(({ kind }) => kind !== "record") : groups, q);
  } catch (error) {
    if (error.name !== "AbortError") close(); // the search itself says what is wrong
  }
}

// page is where a suggestion leads: to what it names, or to the search for it.
function page(kind, { id, href }) {
  if (kind === "record" || kind === "organization") return `/${lang}/records/${encodeURIComponent(id).replaceAll("%3A", ":")}`;
  const params = new URL(href, location.href).searchParams;
  params.delete("lang");
  return `/${lang}/?${params}`;
}

function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

// marked is a label with the part that was typed.
function marked(label, q) {
  const at = label.toLocaleLowerCase(lang).indexOf(q.toLocaleLowerCase(lang));
  if (at < 0 || label.toLocaleLowerCase(lang).length !== label.length) return [label];
  return [label.slice(0, at), element("mark", {}, label.slice(at, at + q.length)), label.slice(at + q.length)];
}

function show(groups, q) {
  if (document.activeElement !== input) return;
  options = [];
  active = -1;
  list.replaceChildren(...groups.map(({ kind, items }) => {
    const title = element("li", { role: "presentation", id: `s-${kind}`, class: "quiet" }, list.dataset[kind]);
    const inner = items.map((item) => {
      const option = element("li", { role: "option", id: `s${options.length}`, "data-href": page(kind, item) });
      option.append(element("bdi", { lang: item.label.language }, ...marked(item.label.text, q)));
      if (item.matched) option.append(" ", element("bdi", { class: "quiet", lang: item.matched.language }, item.matched.text));
      if (item.count && kind !== "organization") option.append(" ", element("span", { class: "number" }, String(item.count)));
      options.push(option);
      return option;
    });
    return element("li", { role: "presentation" }, element("ul", { role: "group", "aria-labelledby": title.id }, title, ...inner));
  }));
  for (const [i, option] of options.entries()) {
    option.setAttribute("aria-posinset", i + 1);
    option.setAttribute("aria-setsize", options.length);
  }
  list.hidden = !options.length;
  input.setAttribute("aria-expanded", String(open()));
  activate(-1);
}

// choose follows a suggestion as a link of the page would.
function choose(option) {
  const link = element("a", { href: option.dataset.href, hidden: "" });
  if (/^\/..\/\?/.test(option.dataset.href)) link.dataset.nav = "";
  input.form.append(link);
  close();
  link.click();
  link.remove();
}

if (input) {
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);
  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, 80);
  });
  input.addEventListener("compositionend", ask);
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !event.altKey) {
      event.preventDefault();
      if (!open()) return ask();
      const n = options.length + 1; // one place is the field itself
      activate(((active + 1 + step + n) % n) - 1);
    } else if (event.key === "Enter" && open() && active >= 0) {
      event.preventDefault();
      choose(options[active]);
    } else if (event.key === "Escape" && open()) {
      event.preventDefault(); // the text stays
      close();
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}
