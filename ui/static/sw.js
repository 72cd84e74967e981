// The service worker: keeps what pages are made of and the records that were read last, for
// when there is no connection. A page that comes from here says so.
const shell = "shell /assets/-/";
const records = "records";
const most = 50; // records
const files = ["css/base.css", "css/search.css", "css/pages.css", "js/suggest.js", "js/page.js", "icons.svg", "icon.svg"].map((name) => "/assets/-/" + name);
const languages = ["ar", "zh", "en", "fr", "ru", "es"];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(shell).then((cache) => cache.addAll(files)));
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== shell && name !== records).map((name) => caches.delete(name))))
      .then(() => clients.claim())
      .then(() => clients.matchAll())
      .then((open) => Promise.all(open.map((client) => prepare(new URL(client.url).pathname)))),
  );
});

const languageOf = (pathname) => languages.find((code) => pathname.startsWith(`/${code}/`)) ?? "en";

// prepare keeps what a reader of a page is told when there is no connection.
async function prepare(pathname) {
  const offline = `/${languageOf(pathname)}/offline`;
  const cache = await caches.open(shell);
  if (!(await cache.match(offline))) await cache.add(offline);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(asset(request));
  else if (request.mode === "navigate") event.respondWith(page(event, pathname));
});

// asset never changes under its address.
async function asset(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const fresh = await fetch(request);
  if (fresh.ok) (await caches.open(shell)).put(request, fresh.clone());
  return fresh;
}

async function page(event, pathname) {
  try {
    const fresh = await fetch(event.request);
    event.waitUntil(prepare(pathname));
    if (fresh.ok && /^\/..\/records\//.test(pathname)) event.waitUntil(keep(event.request, fresh.clone()));
    return fresh;
  } catch (error) {
    const cache = await caches.open(records);
    const kept = await cache.match(event.request, { ignoreVary: true });
    if (kept) return saved(kept);
    const offline = await caches.match(`/${languageOf(pathname)}/offline`);
    if (offline) return offline;
    throw error;
  }
}

// keep adds a record to those that were read last.
async function keep(request, response) {
  const cache = await caches.open(records);
  await cache.delete(request);
  await cache.put(request, response);
  const all = await cache.keys(); // in the order in which they were put there
  for (const old of all.slice(0, Math.max(0, all.length - most))) await cache.delete(old);
}

// saved is a kept page that says when it was kept.
async function saved(kept) {
  const text = await kept.text();
  const headers = new Headers(kept.headers);
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  const time = new Date(kept.headers.get("date") ?? Date.now()).toISOString();
  return new Response(text.replace("<html ", `<html data-saved="${time}" `), { status: kept.status, headers });
}
