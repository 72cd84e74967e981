// The search page: searches as the reader types and keeps the state in the
// address. Without this script the same forms and links do the same work.
import { filled, refill } from "./fill.js";
import { message, parseParams, searchPage } from "./format.js";

const main = document.getElementById("main");
const form = document.getElementById("search");
const results = document.getElementById("results");
const drawer = document.getElementById("drawer");
const failed = document.getElementById("failed");
const status = document.getElementById("status");
const lang = document.documentElement.lang;
const wide = matchMedia("(min-width: 60em)");

const view = { lang, data: {}, messages: {}, params: form.dataset.params.split(" "), icons: new URL("../icons.svg", import.meta.url).pathname };
const loaded = fetch(new URL(`../locales/${lang}.json`, import.meta.url))
  .then((response) => response.json())
  .then((messages) => Object.assign(view.messages, messages));

let request; // the AbortController of the search under way
let timer; // of the pause in typing that is waited for
let unfinished = false; // the results shown took the last word for a beginning
let typed = false; // the current entry of the history was made by typing

view.within = {}; // by facet: what the values begin with that are looked for among its own

// withinFacets puts into answer the values that begin as a reader typed, beside those chosen.
async function withinFacets(answer, query, signal) {
  for (const [facet, prefix] of Object.entries(view.within)) {
    const narrow = new URLSearchParams(query);
    for (const [name, value] of [["facets", facet], ["facet_prefix", prefix], ["limit", "0"]]) narrow.set(name, value);
    const response = await fetch(`/api/v1/records?${narrow}`, { signal });
    if (response.ok) answer.facets[facet] = (await response.json()).facets[facet];
  }
  return answer;
}

// ask gets an answer of the API, or a problem document.
async function ask(params, typing) {
  request?.abort();
  request = new AbortController();
  const query = new URLSearchParams([["lang", lang], ["facet_limit", form.dataset.limit], ...params]);
  if (typing) query.set("typing", "true");
  results.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(`/api/v1/records?${query}`, { signal: request.signal });
    const answer = await response.json();
    if (response.ok) await withinFacets(answer, query, request.signal);
    await loaded;
    failed.hidden = true;
    results.removeAttribute("aria-busy");
    if (response.ok) return answer;
    const code = ["invalid", "unavailable"].includes(answer.code) ? answer.code : "internal";
    return { problem: { code, param: answer.param ?? "" } };
  } catch (error) {
    if (error.name === "AbortError") return null;
    results.removeAttribute("aria-busy");
    failed.hidden = false;
    return null;
  }
}

// show puts what answers params on the page.
async function show(params, typing = false) {
  for (const link of document.querySelectorAll("a[data-tongue]")) link.search = location.search;
  if (!params.length) {
    request?.abort();
    results.removeAttribute("aria-busy");
    main.dataset.view = "home";
    status.textContent = "";
    await loaded;
    document.title = message(view, "site.name");
    return;
  }
  const answer = await ask(params, typing);
  if (!answer) return;
  unfinished = typing;
  const state = Object.fromEntries(params);
  state.years = (state.year_from ?? "") + (state.year_to ?? "") !== "";
  view.data = {
    ...answer, state, params: params.map(([name, value]) => ({ name, value })), browse: searchPage(view, [["sort", "newest"]]),
    page: { home: `/${lang}/`, coverage: `/${lang}/coverage` },
  };
  const focused = document.activeElement;
  refill(view);
  main.dataset.view = answer.total === 0 ? "nothing" : "search";
  const heading = results.querySelector("h1");
  status.textContent = heading.textContent.trim();
  document.title = `${state.q ?? message(view, "nav.search")} – ${message(view, "site.name")}`;
  if (!focused.isConnected) heading.focus({ preventScroll: true });
}

// go shows params and makes them the address of the page.
function go(params, typing = false) {
  clearTimeout(timer);
  const address = searchPage(view, params);
  if (address !== location.pathname + location.search) {
    if (typed) history.replaceState(null, "", address);
    else history.pushState(null, "", address);
  }
  typed = typing;
  return show(params, typing);
}

const entered = () => parseParams(view, new URLSearchParams(new FormData(form)));

function typing(event) {
  if (event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(() => go(entered(), true), 120);
}

form.q.addEventListener("input", typing);
form.q.addEventListener("compositionend", typing);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!wide.matches) drawer.open = false;
  go(entered());
});

const slid = (input) => document.getElementById(input.dataset.range);

// The handles of the years move the numbers beside them, which are what is searched for.
document.addEventListener("input", (event) => {
  const { within, range } = event.target.dataset;
  if (within) {
    clearTimeout(timer);
    if (event.target.value) view.within[within] = event.target.value;
    else delete view.within[within];
    timer = setTimeout(() => show(entered()), 120);
  }
  if (!range) return;
  const [from, to] = [document.getElementById("range_from"), document.getElementById("range_to")];
  if (Number(from.value) > Number(to.value)) event.target.value = (event.target === from ? to : from).value;
  const open = event.target.value === (event.target === from ? from.min : to.max); // at its end it bounds nothing
  slid(event.target).value = open ? "" : event.target.value;
});

document.addEventListener("change", (event) => {
  if (event.target.dataset.range) {
    typed = false;
    go(entered());
  }
  if (event.target.form !== form || event.target === form.q || event.target.dataset.within) return;
  typed = false;
  go(entered());
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-nav], a[data-more]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const params = parseParams(view, link.search);
  if ("more" in link.dataset) {
    more(link, params);
    return;
  }
  form.q.value = Object.fromEntries(params).q ?? "";
  typed = false;
  if (!results.contains(link)) scrollTo(0, 0);
  go(params);
});

// more adds the next page of results below those that are there.
async function more(link, params) {
  const answer = await ask(params, unfinished); // a page goes on in the search that it belongs to
  if (!answer) return;
  if (!answer.items) {
    failed.hidden = false;
    return;
  }
  const page = document.createElement("div");
  page.append(filled({ ...view, data: { ...view.data, ...answer } }, results.querySelector("template[data-region]"), answer));
  const cards = [...page.querySelectorAll(".cards > li")];
  results.querySelector(".cards").append(...cards);
  const next = page.querySelector("a[data-more]");
  if (next) link.replaceWith(next);
  else link.remove();
  cards[0]?.querySelector("a").focus({ preventScroll: true });
}

addEventListener("popstate", () => {
  const params = parseParams(view, location.search);
  typed = false;
  form.q.value = Object.fromEntries(params).q ?? "";
  show(params);
});

const arrange = () => (drawer.open = wide.matches);
wide.addEventListener("change", arrange);
arrange();
