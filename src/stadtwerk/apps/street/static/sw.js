/** Keeps the crew's page and its files on the phone: fresh from the city if it answers in time, else as last seen. */

const CACHE = "stadtwerk-crew-1";
const PATIENCE_MS = 5_000;
const SHELL = [
  "/street/street.css", "/street/crew.js", "/street/outbox.js", "/static/css/tokens.css", "/static/css/base.css",
  "/static/js/account_early.js", "/static/icon.svg",
];
const worker = /** @type {any} */ (self);

worker.addEventListener("install", (/** @type {any} */ event) => {
  worker.skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL)));
});

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await worker.clients.claim();
  })());
});

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const url = new URL(event.request.url);
  const isPage = url.pathname.startsWith("/crew/") && !url.pathname.startsWith("/crew/photos/") && url.pathname !== "/crew/sw.js";
  if (event.request.method !== "GET" || url.origin !== location.origin || !(isPage || SHELL.includes(url.pathname))) return;
  event.respondWith(freshOrKept(event.request, url.pathname));
});

/** @param {Request} request @param {string} path */
async function freshOrKept(request, path) {
  const cache = await caches.open(CACHE);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected && answer.type === "basic") await cache.put(path, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(path, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}
