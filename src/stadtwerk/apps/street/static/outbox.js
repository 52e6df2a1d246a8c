/** What a crew did and the city does not know yet: kept on the phone until it is taken, in order, each exactly once. */

/** @typedef {{n?: number, id: string, job: string, act: "start"|"finish"|"undo"|"photo", path: string, body: string|Blob, refused?: string}} Entry */

const STORE = "outbox";

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("stadtwerk-crew", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "n", autoIncrement: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/**
 * Do something with the store and wait until it is on the phone's disk.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function within(mode, work) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const asked = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** @param {Entry} entry kept before anybody is told that it was */
export const put = (entry) => within("readwrite", (store) => store.put(entry));

/** @returns {Promise<Entry[]>} oldest first */
export const waiting = () => within("readonly", (store) => store.getAll());

/** @param {Entry} entry */
export const drop = (entry) => within("readwrite", (store) => store.delete(/** @type {number} */ (entry.n)));

/** @returns {Promise<T>} @template T @param {() => Promise<T>} work one tab at a time changes what waits */
export const alone = (work) => navigator.locks.request("stadtwerk-outbox", work);

/** Send what waits, oldest first; @returns {Promise<"sent"|"away"|"signin">} */
export function flush() {
  return alone(async () => {
    for (const entry of await waiting()) {
      if (entry.refused) continue;
      const said = await send(entry);
      if (said !== "sent") return said;
    }
    return "sent";
  });
}

/** @param {Entry} entry @returns {Promise<"sent"|"away"|"signin">} */
async function send(entry) {
  const type = entry.body instanceof Blob ? entry.body.type || "application/octet-stream" : "application/json";
  let answer;
  try {
    // The same key again is the same command: an answer that was lost on the way does no harm.
    answer = await fetch(entry.path, { method: "POST", body: entry.body, headers: { "content-type": type, "idempotency-key": entry.id } });
  } catch {
    return "away";
  }
  if (answer.ok) {
    await drop(entry);
    return "sent";
  }
  if (answer.status === 401) return "signin";
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) return "away";
  const refusal = await answer.json().catch(() => ({ title: `${answer.status}` }));
  await put({ ...entry, refused: [refusal.title, refusal.detail].filter(Boolean).join(": ") });
  return "sent";
}
