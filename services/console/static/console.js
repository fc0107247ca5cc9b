// The pages do all without this file; what it adds is comfort.
"use strict";

(() => {
  const KEYS = [
    ["j", "next one"],
    ["k", "the one before"],
    ["Enter", "open it"],
    ["x", "select it, or not"],
    ["/", "search"],
    ["?", "this help"],
  ];
  const cards = () => [...document.querySelectorAll("ol.cards > li.card")];
  let at = -1;

  const isTyping = (target) =>
    target.isContentEditable ||
    target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");

  const go = (to) => {
    const all = cards();
    if (!all.length) return;
    at = Math.max(0, Math.min(to, all.length - 1));
    all.forEach((card, number) => card.classList.toggle("here", number === at));
    all[at].querySelector("h2 a, button, input[type=checkbox]")?.focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  };

  const help = () => {
    let dialog = document.getElementById("keys");
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.id = "keys";
      dialog.setAttribute("aria-label", "Keys");
      const list = document.createElement("dl");
      list.className = "facts";
      for (const [key, what] of KEYS) {
        const row = list.appendChild(document.createElement("div"));
        row.appendChild(document.createElement("dt")).textContent = key;
        row.appendChild(document.createElement("dd")).textContent = what;
      }
      const close = document.createElement("button");
      close.textContent = "Close";
      close.addEventListener("click", () => dialog.close());
      dialog.append(list, close);
      document.body.append(dialog);
    }
    if (!dialog.open) dialog.showModal();
  };

  const pressed = {
    j: () => go(at + 1),
    k: () => go(at - 1),
    x: () => cards()[at]?.querySelector("input[type=checkbox]")?.click(),
    "/": () => document.querySelector("input[type=search]")?.focus(),
    "?": help,
    Enter: () => cards()[at]?.querySelector("h2 a")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!(target instanceof Element) || isTyping(target)) return;
    if (document.querySelector("dialog[open]")) return;
    // A link or button that has the focus opens by itself.
    if (event.key === "Enter" && target.closest("a, button, summary")) return;
    const act = pressed[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
