"use strict";
/* Shows what the machine says; every key works by finger, by number and by Tab and Enter. */
(() => {
  const at = (id) => document.getElementById(id);
  const words = {
    zh: { lang: "zh-CN", other: "English", otherLang: "en", hint: "按数字键选择，0 键切换 English", title: "自助充值" },
    en: { lang: "en", other: "中文", otherLang: "zh-CN", hint: "Number keys choose; 0 switches to 中文", title: "Top-up machine" },
  };
  let version = 0;
  let shown = "";

  const press = (word) => {
    const value = at("form").hidden ? "" : at("field").value;
    return fetch("/press", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ word, value }),
    });
  };

  const paragraph = (text) => {
    const made = document.createElement("p");
    made.textContent = text;
    return made;
  };

  const key = (button, number) => {
    const item = document.createElement("li");
    const made = document.createElement("button");
    made.type = "button";
    made.className = button.kind;
    made.dataset.word = button.word;
    const label = document.createElement("kbd");
    label.setAttribute("aria-hidden", "true");
    label.textContent = String(number);
    made.append(label, document.createTextNode(button.said));
    item.append(made);
    return item;
  };

  const show = (told) => {
    const screen = told.screen;
    const spoken = words[told.language];
    document.documentElement.lang = spoken.lang;
    document.title = spoken.title;
    at("language").textContent = spoken.other;
    at("language").lang = spoken.otherLang;
    at("hint").textContent = spoken.hint;
    at("main").dataset.tone = screen.tone;
    at("main").dataset.screen = screen.name;
    at("heading").textContent = screen.heading;
    at("figure").textContent = screen.figure;
    at("lines").replaceChildren(...screen.lines.map(paragraph));
    at("code").hidden = !screen.code;
    const drawing = screen.code
      ? [document.importNode(new DOMParser().parseFromString(screen.code, "image/svg+xml").documentElement, true)]
      : [];
    drawing.forEach((one) => { one.setAttribute("role", "img"); one.setAttribute("aria-label", screen.code_said); });
    at("drawing").replaceChildren(...drawing);
    at("code-said").textContent = screen.code_said;
    at("form").hidden = !screen.field;
    at("label").textContent = screen.field;
    at("keys").replaceChildren(...screen.buttons.map((one, index) => key(one, index + 1)));
    at("main").setAttribute("aria-busy", "false");
    const now = screen.name + screen.heading;
    if (now !== shown) {
      shown = now;
      (screen.field ? at("field") : at("heading")).focus();
    }
  };

  const look = async () => {
    for (;;) {
      try {
        const answer = await fetch(`/screen?after=${version}`);
        const told = await answer.json();
        if (told.version !== version) { version = told.version; show(told); }
      } catch {
        version = 0;
        await new Promise((again) => { setTimeout(again, 500); });
      }
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-word]");
    if (button) { press(button.dataset.word); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target === at("field")) {
      if (event.key === "Enter") { event.preventDefault(); at("keys").querySelector("button").click(); }
      return;
    }
    if (event.key === "0") { press("language"); return; }
    if (event.key === "F9") { press("service"); return; }
    const buttons = at("keys").querySelectorAll("button");
    const number = Number.parseInt(event.key, 10);
    if (number >= 1 && number <= buttons.length) { buttons[number - 1].click(); }
  });
  at("form").addEventListener("submit", (event) => event.preventDefault());
  look();
})();
