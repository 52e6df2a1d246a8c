/** Addresses: `#/{name}/{id}/{action}?map=zoom/lat/lon&at=instant&help`; every state of the screen has one. */

/** @returns {import("./types.js").Route} the route of the address shown now */
export function currentRoute() {
  return parseRoute(location.hash);
}

/**
 * @param {string} hash
 * @returns {import("./types.js").Route}
 */
export function parseRoute(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [name = "", id = "", action = ""] = path.split("/").map(safeDecode);
  const params = new URLSearchParams(query);
  return { name, id, action, view: params.get("map") ?? "", help: params.has("help"), at: params.get("at") ?? "" };
}

/** @param {string} text @returns {string} */
function safeDecode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * @param {Partial<import("./types.js").Route>} route
 * @returns {string} the address, beginning with `#/`
 */
export function address({ name = "", id = "", action = "", view = "", help = false, at = currentRoute().at }) {
  const path = [name, id, action].map(encodeURIComponent).join("/").replace(/\/+$/, "").replace(/%2C/g, ",").replace(/%3B/g, ";");
  const query = [view && `map=${view}`, at && `at=${at}`, help && "help"].filter(Boolean).join("&");
  return `#/${path}${query ? `?${query}` : ""}`;
}

/** @param {string} name @param {string} [id] @param {string} [action] */
export const link = (name, id, action) => address({ name, id, action });

/**
 * Go to a screen; the map stays where the screen puts it.
 * @param {string} name
 * @param {string} [id]
 * @param {string} [action]
 */
export function go(name, id, action) {
  location.hash = address({ name, id, action });
}

/**
 * Note the map's view in the address without a new history entry.
 * @param {string} view zoom/lat/lon
 */
export function noteView(view) {
  history.replaceState(history.state, "", address({ ...currentRoute(), view }));
}

/** @param {boolean} help */
export function showHelp(help) {
  location.hash = address({ ...currentRoute(), help });
}
