// The formatters of expressions, as in format.go, and the texts of the user
// interface, as in locale.go. A view is {lang, data, messages, params,
// icons}: the page's language and data, the texts, the parameters an address may
// have, the address of the icons.
import { direction, text, truthy } from "./fill.js";

/** The text of key, its {placeholders} filled; args.n chooses the plural. */
export function message(view, key, args = {}) {
  let found = view.messages[key] ?? "";
  if (typeof found === "object") {
    view.plurals ??= new Intl.PluralRules(view.lang);
    found = found[view.plurals.select(args.n ?? 0)] ?? found.other;
  }
  return found.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!(name in args)) return whole;
    return typeof args[name] === "number" ? number(view, args[name]) : `\u2068${text(args[name])}\u2069`;
  });
}

function number(view, n) {
  if (n < Number(view.messages["number.from"])) return text(n);
  return text(n).replace(/\B(?=(\d{3})+$)/g, view.messages["number.separator"]);
}

function label(view, value, dimension) {
  if (Array.isArray(value)) return value.map((code) => label(view, code, dimension));
  return view.data.labels?.[dimension]?.[value] || value;
}

const join = (view, words) => (words ?? []).map((word) => isolate(view, text(word))).join(message(view, "list.separator"));

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

// isolate keeps a word that is written in the other direction than the page
// from changing the order of the list it stands in.
function isolate(view, word) {
  const mark = direction(view.lang) === "rtl" ? "\u200f" : "\u200e";
  if (!word || rightToLeft.test(word) === (mark === "\u200f")) return word;
  return `${mark}\u2068${word}\u2069`;
}

/** The address of a page, "" for the search page, with parameters, a list of [name, value]. */
export function address(view, page, params) {
  return `/${view.lang}/${page}` + (params.length ? `?${new URLSearchParams(params)}` : "");
}

export const searchPage = (view, params) => address(view, "", params);

/** The parameters of a query string that the page knows and that are not empty. */
export function parseParams(view, query) {
  return [...new URLSearchParams(query)].map(([name, value]) => [name, value.trim()]).filter(([name, value]) => value && view.params.includes(name));
}

const [longGroup, fullGroup] = [12, 20];

function groups(view, facets, names) {
  const first = names.split(",");
  return [...first, ...view.params.filter((name) => !first.includes(name))].flatMap((name, i) => {
    const values = facets?.[name] ?? [];
    if (!values.length && !(name in (view.within ?? {}))) return [];
    if (values.length === 1 && !values[0].selected && values[0].count === view.data.total) return []; // it would leave all as they are
    const long = values.length >= longGroup || name in (view.within ?? {});
    const group = { name, open: i < first.length || values.some((value) => value.selected), values: tree(view, name, values), long, within: `w-${name}` };
    if (values.length >= fullGroup) {
      group.all = address(view, "coverage", [["rows", name], ["cols", name === "theme" ? "region" : "theme"], ...pairs(others(view.data.params, ["sort", "cursor"]))]);
    }
    return [group];
  });
}

function tree(view, name, values) {
  const known = new Set(values.map((value) => value.value));
  const out = [];
  const add = (parent, depth) => {
    for (const value of values) {
      const above = known.has(value.parent) ? value.parent : "";
      if (above !== parent || depth > 4) continue;
      out.push({ ...value, label: named(view, name, value.value, value.label), id: `f-${name}-${value.value}`, within: above && `f-${name}-${above}`, name, depth });
      add(value.value, depth + 1);
    }
  };
  add("", 0);
  return out;
}

function shown(view, values) {
  const occurring = (values ?? []).filter((value) => value.count);
  const selected = occurring.filter((value) => value.selected);
  return selected.length ? selected : occurring;
}

const named = (view, facet, value, label) => (facet === "source" && value === "starter" ? message(view, "sources.starter") : label);

const standing = { "": ["q", "sort"], coverage: ["rows", "cols"] };

function filters(view, params, page) {
  const all = others(params, ["cursor"]);
  return all.flatMap((p, i) => {
    if (standing[page].includes(p.name)) return [];
    const not = p.name.startsWith("not_");
    const facet = not ? p.name.slice(4) : p.name;
    const known = view.data.facets?.[facet]?.find((value) => value.value === p.value);
    return [{
      facet, not, value: p.value, label: facet === "q" || facet.startsWith("year_") ? "" : named(view, facet, p.value, known ? known.label : label(view, p.value, facet)),
      id: `x-${p.name}-${p.value}`, href: address(view, page, pairs(all.filter((_, k) => k !== i))),
    }];
  });
}

const others = (params, names) => (params ?? []).filter((p) => !names.includes(p.name));

const pairs = (params) => params.map((p) => [p.name, p.value]);

const found = (item, field) => (item?.matches ?? []).find((m) => m.field === field && m.language === item[field]?.language);

function snippet(view, item) {
  if (found(item, "summary")) return shorten(found(item, "summary"));
  return item?.summary?.text ? shorten({ language: item.summary.language, fragments: [{ text: item.summary.text, hit: false }] }) : null;
}

const width = (s) => [...s].reduce((n, c) => n + (c >= "\u2e80" ? 2 : 1), 0);

// shorten ends fragments between two words where the text of a card gets too
// long: after about two lines, or later if words found stand there.
function shorten(match) {
  let size = 0;
  let left = 130;
  for (const { text: s, hit } of match.fragments) {
    size += width(s);
    if (hit && size <= 250) left = Math.max(left, size);
  }
  if (size <= left) return match;
  const fragments = [];
  for (const fragment of match.fragments) {
    const s = fragment.text;
    left -= width(s);
    if (left >= 0) {
      fragments.push(fragment);
      continue;
    }
    let [cut, at, room] = [0, 0, left + width(s)];
    for (const c of s) {
      room -= width(c);
      if (room < 0) break;
      if (" \n、，。；：！？".includes(c)) cut = at;
      at += c.length;
    }
    if (!cut && !fragments.length) cut = at;
    fragments.push({ text: s.slice(0, cut).replace(/[ \n.,;:،؛、，。；：–—(]+$/, "") + "…", hit: false });
    break;
  }
  return { ...match, fragments };
}

function why(view, item) {
  if (found(item, "title") || found(item, "summary") || !item?.matches?.length) return null;
  return shorten(item.matches[0]);
}

// meant are the concepts of the query by which an item was found without its words.
function meant(view, item) {
  return (view.data.query?.concepts ?? []).filter((concept) => item?.why?.includes(`concept ${concept.id}`)).map((concept) => concept.label);
}

const [yearWidth, yearHeight, longestTimeline] = [10, 60, 60];

function histogram(view, values) {
  const counts = new Map((values ?? []).filter((each) => each.count).map((each) => [Number(each.value), each.count]));
  if (counts.size < 2) return null;
  const last = Math.max(...counts.keys());
  const years = [...counts.keys()].filter((year) => year > last - longestTimeline);
  const first = Math.min(...years);
  const most = Math.max(...years.map((year) => counts.get(year)));
  const bound = (name, otherwise) => (/^\d+$/.test(view.data.state?.[name] ?? "") ? Math.max(first, Math.min(last, Number(view.data.state[name]))) : otherwise);
  const [from, to] = [bound("year_from", first), bound("year_to", last)];
  const columns = [];
  for (let year = first; year <= last; year++) {
    const n = counts.get(year) ?? 0;
    const height = n && Math.max(2, Math.floor((yearHeight * n) / most));
    columns.push({ x: yearWidth * (year - first), y: yearHeight - height, height, year: String(year), count: n, inside: year >= from && year <= to });
  }
  const earlier = [...counts].reduce((sum, [year, n]) => (year < first ? sum + n : sum), 0);
  return { columns, first: String(first), last: String(last), from: String(from), to: String(to), earlier, box: `0 0 ${columns.length * yearWidth} ${yearHeight}` };
}

export const formatters = {
  number: (view, value) => number(view, value ?? 0),
  not: (view, value) => !truthy(value),
  is: (view, value, arg) => text(value) === arg,
  year: (view, value) => text(value) && message(view, "date.year").replace("{year}", text(value).slice(0, 4)),
  years: (view, item) => {
    const [start, end] = [item.start, item.end].map((date) => formatters.year(view, date ?? ""));
    if (start && item.status === "ongoing") return message(view, "when.since", { start });
    return start && end && end !== start ? message(view, "when.years", { start, end }) : start;
  },
  dir: (view, value) => direction(text(value)),
  record: (view, value) => `/${view.lang}/records/` + encodeURIComponent(text(value)).replaceAll("%3A", ":"),
  icon: (view, value) => `${view.icons}#${text(value)}`,
  foreign: (view, value) => (value === view.lang ? "" : value),
  label,
  list: join,
  some: (view, words, n) => {
    const most = Number(n);
    if ((words ?? []).length <= most) return join(view, words);
    return message(view, "list.more", { list: join(view, words.slice(0, most)), n: words.length - most });
  },
  page: (view, address) => searchPage(view, parseParams(view, text(address).split("?")[1] ?? "")),
  groups,
  shown,
  count: (view, values) => values.map((value) => message(view, `count.${value.value}`, { n: value.count })),
  filters,
  others: (view, params, names) => others(params, names.split(",")),
  keep: (view, params, names) => (params ?? []).filter((p) => names.split(",").includes(p.name)),
  asking: (view, text) => searchPage(view, [["q", text], ...pairs(others(view.data.params, ["q", "cursor"]))]),
  excluding: (view, params) => (params ?? []).filter((p) => p.name.startsWith("not_")),
  at: (view, params, page) => address(view, page, pairs(params ?? [])),
  size: (view, value) => (value ?? []).length,
  lead: (view, organizations) => (organizations ?? []).find((o) => o.role === "lead") ?? organizations?.[0],
  snippet,
  why,
  meant,
  histogram,
};
