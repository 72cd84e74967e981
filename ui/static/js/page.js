// What every page has: buttons that print, share and copy.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

const said = document.getElementById("said");

async function copy(text) {
  await navigator.clipboard.writeText(text);
  said.hidden = false;
}

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share && !navigator.clipboard) continue; // neither is there without https
  button.hidden = false;
  button.addEventListener("click", async () => {
    const url = document.querySelector("link[rel=canonical]")?.href ?? location.href;
    try {
      if (navigator.share) await navigator.share({ title: document.title, url });
      else await copy(url);
    } catch (error) {
      if (error.name !== "AbortError") throw error; // she thought better of it
    }
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", () => copy(document.getElementById(button.dataset.copy).textContent.trim()));
}

if ("serviceWorker" in navigator) {
  const policy = globalThis.trustedTypes?.createPolicy("clearinghouse", { createScriptURL: (address) => address });
  const register = () => navigator.serviceWorker.register(policy?.createScriptURL("/sw.js") ?? "/sw.js");
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}

const lang = document.documentElement.lang;

// A copy that the service worker kept says from when it is.
const { saved } = document.documentElement.dataset;
if (saved) {
  const note = document.getElementById("saved");
  note.querySelector(".when").textContent = new Intl.DateTimeFormat(`${lang}-u-nu-latn`, { dateStyle: "long", timeStyle: "short" }).format(new Date(saved));
  note.hidden = false;
}

// The page without a connection lists what can still be read.
const kept = document.getElementById("kept");
if (kept && "caches" in globalThis) {
  const cache = await caches.open("records");
  for (const request of (await cache.keys()).reverse()) {
    const page = await (await cache.match(request)).text();
    const link = document.createElement("a");
    link.href = new URL(request.url).pathname;
    link.dir = "auto";
    link.textContent = (/<title>([^<]*)/.exec(page)?.[1] ?? link.href).replace(/ – [^–]*$/, "").replace(/&(amp|lt|gt|#34|#39);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">", "#34": '"', "#39": "'" })[name]);
    const item = document.createElement("li");
    item.append(link);
    kept.querySelector("ul").append(item);
    kept.hidden = false;
  }
}
