// Hands a signed order to WeChat's own payment, when the payer presses the button.
(() => {
  "use strict";
  const button = document.getElementById("pay-inside");
  const params = {};
  for (const text of Object.entries(button.dataset)) {
    if (!text[0].startsWith("param")) continue;
    const at = text[1].indexOf("=");
    params[text[1].slice(0, at)] = text[1].slice(at + 1);
  }
  const leave = () => window.location.assign(button.dataset.back);
  button.addEventListener("click", () => {
    if (!window.WeixinJSBridge) return leave();
    window.WeixinJSBridge.invoke("getBrandWCPayRequest", params, leave);
  });
})();
