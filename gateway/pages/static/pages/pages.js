// Keyboard for people who work here all day. Every page is whole without it.
(() => {
  "use strict";
  const rows = () => [...document.querySelectorAll(".rows tbody a.opens")];
  const typing = (at) => at.closest("input, textarea, select, [contenteditable]");

  const step = (by) => {
    const links = rows();
    if (!links.length) return;
    const here = links.indexOf(document.activeElement);
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by;
    links[Math.max(0, Math.min(links.length - 1, next))].focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const acts = {
      "/": () => document.querySelector("[data-key='/']")?.focus(),
      j: () => step(1),
      k: () => step(-1),
      a: () => document.querySelector("[data-key='a']")?.focus(),
    };
    if (acts[event.key]) {
      event.preventDefault();
      acts[event.key]();
    }
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    if (event.target.closest("[data-print]")) window.print();
  });

  document.querySelector(".mistakes")?.focus();
})();
