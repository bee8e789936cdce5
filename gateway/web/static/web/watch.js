// Looks whether a payment or a refund has come further, and shows the page anew when it has.
(() => {
  "use strict";
  const at = document.querySelector("[data-watch]");
  if (!at) return;
  const until = Date.now() + 35 * 60 * 1000;
  let pause = 2000;

  const look = async () => {
    if (Date.now() > until) return;
    if (!document.hidden) {
      try {
        const answer = await fetch(at.dataset.watch, { headers: { Accept: "application/json" } });
        if (answer.redirected) return;
        const told = answer.ok ? await answer.json() : null;
        if (told && told.version !== at.dataset.version) return window.location.reload();
      } catch {
        pause = Math.min(pause * 2, 30000);
      }
    }
    pause = Math.min(pause * 1.1, 15000);
    setTimeout(look, pause);
  };

  document.addEventListener("visibilitychange", () => { pause = 2000; });
  setTimeout(look, pause);
})();
