/** Single keys for those who never take their hands off the keyboard. */

const FIELDS = "input, select, textarea, [contenteditable]";

/**
 * @param {Record<string, () => void>} actions by key
 * @param {() => boolean} isOn whether single keys act
 * @param {() => void} back what Escape does
 */
export function listenKeys(actions, isOn, back) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      back();
      return;
    }
    if (!isOn() || target.matches?.(FIELDS)) return;
    const action = actions[event.key.toLowerCase()] ?? actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/**
 * Arrow keys move between the links of a list, as in every list of this screen.
 */
export function listenArrows() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const list = /** @type {Element} */ (event.target).closest?.("ul.rows, ul.commands, ul.counts");
    if (!list) return;
    const links = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("a"))];
    const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (at < 0 || !next) return;
    event.preventDefault();
    next.focus();
  });
}
