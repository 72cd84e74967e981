// Fills markup from data by its binding attributes, as fill.go does; that file
// describes them, and testdata/fill.json holds the cases that both must pass.
import { formatters, message } from "./format.js";

const safeAddress = /^(https?:\/\/|mailto:|\/($|[^/\\])|[?#])/;
const rightToLeft = new Set(["Adlm", "Arab", "Aran", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"]);

/** The writing direction of a BCP 47 language: that of its script. */
export function direction(language) {
  try {
    return rightToLeft.has(new Intl.Locale(language).maximize().script) ? "rtl" : "ltr";
  } catch {
    return "ltr"; // not a language
  }
}

/** Whether a value counts as something: not nothing, false, 0, "", or empty. */
export function truthy(value) {
  if (Array.isArray(value)) return value.length > 0;
  if (value && typeof value === "object") return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as it stands in a page; objects and lists have no text. */
export function text(value) {
  if (typeof value === "string") return value;
  return typeof value === "number" ? value.toFixed(0) : "";
}

function evaluate(view, expression, item) {
  const [path, ...calls] = expression.split("|");
  let value = item;
  if (path !== ".") {
    if (path.startsWith("$")) value = view.data;
    for (const key of path.replace("$", "").split(".")) value = value?.[key];
  }
  for (const call of calls) {
    const colon = call.indexOf(":");
    const name = colon < 0 ? call : call.slice(0, colon);
    value = formatters[name](view, value, colon < 0 ? "" : call.slice(colon + 1));
  }
  return value;
}

function take(element, name) {
  const value = element.getAttribute(name);
  element.removeAttribute(name);
  return value;
}

/** The filled content of a template, as a fragment of the document. */
export function filled(view, template, item) {
  const fragment = document.importNode(template.content, true);
  fill(view, fragment, item);
  return fragment;
}

function fill(view, parent, item) {
  for (const child of [...parent.children]) fillElement(view, child, item);
}

function fillElement(view, element, item) {
  if (element.hasAttribute("data-each")) {
    const items = evaluate(view, take(element, "data-each"), item);
    for (const each of Array.isArray(items) ? items : []) {
      const copy = element.cloneNode(true);
      element.before(copy);
      fillElement(view, copy, each);
    }
    element.remove();
    return;
  }
  if (element.hasAttribute("data-if") && !truthy(evaluate(view, take(element, "data-if"), item))) {
    element.remove();
    return;
  }
  if (element.hasAttribute("data-with")) item = evaluate(view, take(element, "data-with"), item);
  if (element.localName === "template") {
    fill(view, element.content, item);
    element.replaceWith(element.content);
    return;
  }
  fill(view, element, item);
  setAttributes(view, element, item);
}

function setAttributes(view, element, item) {
  const args = {};
  for (const word of (take(element, "data-args") ?? "").split(/\s+/).filter(Boolean)) {
    const colon = word.indexOf(":");
    args[word.slice(0, colon)] = evaluate(view, word.slice(colon + 1), item);
  }
  for (const { name, value } of [...element.attributes]) {
    if (name === "data-text") {
      element.textContent = text(evaluate(view, value, item));
    } else if (name === "data-t") {
      element.textContent = message(view, value, args);
    } else if (name === "data-prose") {
      const prose = evaluate(view, value, item);
      element.textContent = text(prose?.text);
      if (prose?.language) {
        element.setAttribute("lang", prose.language);
        element.setAttribute("dir", direction(prose.language));
      }
    } else if (name.startsWith("data-t-")) {
      element.setAttribute(name.slice(7), message(view, value, args));
    } else if (name.startsWith("data-bind-")) {
      bind(element, name.slice(10), evaluate(view, value, item));
    } else {
      continue;
    }
    element.removeAttribute(name);
  }
}

function bind(element, name, value) {
  if (!truthy(value)) return;
  if (["href", "src", "action"].includes(name) && !safeAddress.test(text(value))) return;
  element.setAttribute(name === "viewbox" ? "viewBox" : name, value === true ? "" : text(value)); // SVG tells them apart
}

/** Fills every region of the page again, keeping what has not changed. */
export function refill(view) {
  for (const template of document.querySelectorAll("template[data-region]")) {
    const parent = template.parentElement;
    const next = document.createElement(parent.localName);
    next.append(filled(view, template, view.data));
    morph(parent, next);
  }
}

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE && (node.id || node.dataset.key)) || null;
const alike = (a, b) => a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

// morph makes the children of old like those of next. Elements of the same name
// and key stay in the document, and with them the focus, the place scrolled to
// and whether details are open.
function morph(old, next) {
  let current = old.firstChild;
  const skip = () => {
    while (current?.localName === "template") current = current.nextSibling;
  };
  for (const wanted of [...next.childNodes]) {
    skip();
    let kept = current && alike(current, wanted) ? current : null;
    if (!kept && keyOf(wanted)) kept = [...old.children].find((child) => alike(child, wanted));
    if (!kept) {
      old.insertBefore(wanted, current);
      continue;
    }
    if (kept === current) current = current.nextSibling;
    else old.insertBefore(kept, current);
    if (kept.nodeType !== Node.ELEMENT_NODE) {
      if (kept.data !== wanted.data) kept.data = wanted.data;
      continue;
    }
    morphAttributes(kept, wanted);
    morph(kept, wanted);
  }
  for (skip(); current; skip()) {
    const gone = current;
    current = current.nextSibling;
    gone.remove();
  }
}

function morphAttributes(old, next) {
  const stays = (name) => name === "open" && old.localName === "details";
  for (const { name } of [...old.attributes]) if (!next.hasAttribute(name) && !stays(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (old.getAttribute(name) !== value && !stays(name)) old.setAttribute(name, value);
  if (old.localName === "option") old.selected = next.hasAttribute("selected");
  if (old.localName !== "input") return;
  old.checked = next.hasAttribute("checked");
  if (old !== document.activeElement && old.type !== "checkbox") old.value = next.getAttribute("value") ?? "";
}
