/** The crew's page at work: what is done is kept on the phone first, then sent; without network both go on. */

import { alone, drop, flush, put, waiting } from "./outbox.js";

/** @typedef {import("./outbox.js").Entry} Entry */

const AGAIN_MS = 15_000;
const stops = /** @type {HTMLElement} */ (document.getElementById("stops"));
const link = /** @type {HTMLElement} */ (document.getElementById("link"));
const states = JSON.parse(stops.dataset.states ?? "{}");
/** @type {Record<string, string>} */
const LEADS_TO = { start: "under way", finish: "done" };

/** @param {string} job @param {Entry["act"]} act @param {object} more */
function order(job, act, more = {}) {
  const body = JSON.stringify({ job, ...more });
  return keep({ id: crypto.randomUUID(), job, act, path: `/api/commands/lighting.${act}-job`, body });
}

/** @param {Entry} entry */
async function keep(entry) {
  await put(entry);
  await show();
  await work();
}

/** Take the newest step back: before it was sent it never was, after that it is an order of its own. @param {string} job */
async function undo(job) {
  const unsent = await alone(async () => {
    const last = (await waiting()).filter((entry) => entry.job === job && entry.act in LEADS_TO).at(-1);
    if (last) await drop(last);
    return last;
  });
  if (unsent) await show();
  else await order(job, "undo");
}

/** Draw each stop as it is with what waits. */
async function show() {
  const entries = await waiting();
  for (const stop of /** @type {NodeListOf<HTMLElement>} */ (stops.querySelectorAll("[data-job]"))) {
    const mine = entries.filter((entry) => entry.job === stop.dataset.job);
    const steps = mine.filter((entry) => entry.act in LEADS_TO && !entry.refused);
    const state = steps.length ? LEADS_TO[/** @type {Entry} */ (steps.at(-1)).act] : stop.dataset.state ?? "";
    const refused = mine.filter((entry) => entry.refused).map((entry) => entry.refused).join(" · ");
    const photos = Number(stop.dataset.photos) + mine.filter((entry) => entry.act === "photo" && !entry.refused).length;
    part(stop, ".state").textContent = states[state] + (steps.length ? " …" : "");
    part(stop, ".acts").hidden = false;
    part(stop, "[data-act=start]").hidden = state !== "planned";
    part(stop, ".finish").hidden = !["planned", "under way"].includes(state);
    part(stop, "[data-act=undo]").hidden = !steps.length && !["under way", "done"].includes(state);
    part(stop, ".photos").textContent = photos ? `${stops.dataset.photos} ${photos}` : "";
    part(stop, ".problem").hidden = !refused;
    part(stop, ".problem").textContent = refused;
  }
  tell(navigator.onLine ? "sent" : "away", entries.filter((entry) => !entry.refused).length);
}

/** @param {HTMLElement} stop @param {string} selector */
const part = (stop, selector) => /** @type {HTMLElement} */ (stop.querySelector(selector));

/** @param {"sent"|"away"|"signin"} said @param {number} n entries that wait */
function tell(said, n) {
  const words = said === "signin" ? link.dataset.signin : said === "away" ? link.dataset.offline : link.dataset.online;
  link.hidden = false;
  link.classList.toggle("is-away", said !== "sent");
  link.dataset.waits = `${n}`;
  const text = n ? `${words} ${n} ${link.dataset.waiting}` : words ?? "";
  if (link.textContent !== text) link.textContent = text;
}

/** Send what waits and show how the city sees it now. */
async function work() {
  const before = (await waiting()).length;
  const said = await flush();
  const entries = await waiting();
  if (entries.length < before) await refresh();
  await show();
  tell(said, entries.filter((entry) => !entry.refused).length);
}

/** Read the stops anew, each where it stands: what somebody is just typing stays. */
async function refresh() {
  try {
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const fresh of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll("[data-job]"))) {
      const stop = document.getElementById(fresh.id);
      if (stop) Object.assign(stop.dataset, { state: fresh.dataset.state, photos: fresh.dataset.photos });
    }
  } catch {
    // The next round reads them.
  }
}

/** @param {Event} event @returns {string} the job of the stop something happened in, empty outside */
const jobOf = (event) => /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-job]"))?.dataset.job ?? "";

stops.addEventListener("click", (event) => {
  const act = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("button[data-act]"))?.dataset.act;
  if (act === "start") order(jobOf(event), "start");
  if (act === "undo") undo(jobOf(event));
});
stops.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = new FormData(/** @type {HTMLFormElement} */ (event.target));
  order(jobOf(event), "finish", { result: said.get("result"), note: said.get("note"), done_at: new Date().toISOString() });
});
stops.addEventListener("change", async (event) => {
  const input = /** @type {HTMLInputElement} */ (event.target);
  const photo = input.type === "file" ? input.files?.[0] : undefined;
  if (!photo) return;
  const job = jobOf(event);
  // A file of the camera's may be gone after a restart: its bytes are kept, not its name.
  const body = new Blob([await photo.arrayBuffer()], { type: photo.type });
  input.value = "";
  await keep({ id: crypto.randomUUID(), job, act: "photo", path: `/crew/jobs/${job}/photos`, body });
});

addEventListener("online", work);
addEventListener("offline", show);
setInterval(async () => { if ((await waiting()).length) work(); }, AGAIN_MS);

/** Keep page and files for the road. */
async function ready() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/crew/sw.js", { scope: "/crew/" });
  await navigator.serviceWorker.ready;
  navigator.storage?.persist?.();
  const cache = await caches.open("stadtwerk-crew-1");
  await cache.add(new Request(location.pathname, { cache: "reload" }));
  /** @type {HTMLElement} */ (document.getElementById("kept")).hidden = false;
}

await show();
await work();
ready().catch(() => { /* Without it the page works as long as there is network. */ });
