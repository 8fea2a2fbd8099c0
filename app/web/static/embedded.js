// Inside Shopify's admin: carries the session token through links, forms and frames of our pages. Loaded in the head,
// right after App Bridge, which hands the tokens out. Requests made with fetch get theirs from App Bridge itself.
(() => {
  "use strict";
  const FRESH = 30 * 1000; // milliseconds; a token holds for a minute
  const AGAIN = 25 * 1000;
  const ONCE = ["id_token", "said", "hmac"]; // of the address, for the server alone
  let token = "";
  let heardAt = -Infinity;
  let isAlone = false; // App Bridge did not load, or does not answer: the server then says what to do

  const here = new URL(location.href);
  const around = ["embedded", "shop", "host"].map((name) => [name, here.searchParams.get(name)]).filter((pair) => pair[1]);
  for (const name of ONCE) here.searchParams.delete(name);
  history.replaceState(history.state, "", here); // no token stays in the history

  const isFresh = () => isAlone || (token !== "" && performance.now() - heardAt < FRESH);
  const isOurs = (url) => url.origin === location.origin && url.pathname.startsWith("/admin/");

  async function freshen() {
    token = await window.shopify.idToken();
    heardAt = performance.now();
  }
  const keep = () => document.hidden || freshen().catch(() => {}); // asked for again when it is needed
  setInterval(keep, AGAIN);
  document.addEventListener("visibilitychange", keep);
  keep();

  function carry(address) {
    const url = new URL(address, location.href);
    if (!isOurs(url)) return url.href;
    for (const [name, value] of [...around, ["id_token", token]]) url.searchParams.set(name, value);
    return url.href;
  }

  // The token is put in at the last moment; one that is too old is fetched first, and the same thing done again.
  async function withToken(event, again) {
    event.preventDefault();
    event.stopImmediatePropagation();
    await freshen().catch(() => { isAlone = true; });
    again();
  }

  document.addEventListener("click", (event) => {
    const { target } = event;
    const link = /** @type {HTMLAnchorElement | null} */ (target instanceof Element ? target.closest("a[href]") : null);
    if (!link || event.defaultPrevented || event.button !== 0) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin) {
      if (!link.target) link.target = "_blank"; // others do not show in Shopify's frame
      return;
    }
    if (!isOurs(url) || (url.hash && url.pathname === location.pathname)) return;
    if (!isFresh()) return void withToken(event, () => link.click());
    link.href = carry(link.href);
  }, true);

  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    const action = (button && button.getAttribute("formaction")) || form.getAttribute("action") || location.href;
    if (!isOurs(new URL(action, location.href))) return;
    if (!isFresh()) return void withToken(event, () => form.requestSubmit(button));
    const isGet = ((button && button.getAttribute("formmethod")) || form.method || "get").toLowerCase() === "get";
    if (!isGet) {
      if (button && button.hasAttribute("formaction")) button.formAction = carry(action);
      else form.action = carry(action);
      return;
    }
    for (const [name, value] of [...around, ["id_token", token]]) {
      const field = form.querySelector(`input[name="${name}"]`) || form.appendChild(document.createElement("input"));
      Object.assign(field, { type: "hidden", name, value });
    }
  }, true);

  // Frames of ours ask for themselves.
  async function lead(frame) {
    const source = frame.getAttribute("src");
    if (!source || !isOurs(new URL(source, location.href)) || source.includes("id_token=")) return;
    if (!isFresh()) await freshen().catch(() => { isAlone = true; });
    frame.src = carry(source);
  }
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of [change.target, ...change.addedNodes]) {
        const one = /** @type {Element} */ (node); // or a text, which has none of what is asked for here
        if (one.nodeName === "IFRAME") lead(one);
        else if (one !== change.target && one.querySelectorAll) one.querySelectorAll("iframe[src]").forEach(lead);
      }
    }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["src"] });
})();
