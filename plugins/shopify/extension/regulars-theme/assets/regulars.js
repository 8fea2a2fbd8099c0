// @ts-check
// The shop's pages and Regulars: loads the widget, hands on the shopper's own answer about privacy, paints what is in
// view at once, and reports what is looked at and searched for. Nothing here may ever stop a page.
(() => {
  const here = /** @type {HTMLElement | null} */ (document.querySelector("[data-regulars-engine]"));
  if (!here || window.regularsHere) return;
  window.regularsHere = true;
  const { regularsEngine: engine = "", shopName = "", root = "/", item, query, signedIn, locale = "" } = here.dataset;
  const PLACE = "regulars-recommendations";
  const PROXY = "/apps/regulars/";
  const NOTED = "regulars_noted";
  const LINKED = "_regulars_visitor";
  window.regularsQueue ||= /** @type {unknown[][]} */ ([]);
  let isTold = false;
  let linked = "";

  const visitor = () => {
    try {
      const id = localStorage.regulars_visitor;
      return /^[0-9a-f]{32}$/.test(id) ? id : "";
    } catch {
      return "";
    }
  };

  /** @param {string} what */
  const onceASession = (what) => {
    try {
      if (sessionStorage[NOTED + what]) return false;
      sessionStorage[NOTED + what] = "1";
    } catch {
      // Then it is said once a page.
    }
    return true;
  };

  /** @param {string} url @param {RequestInit} [wish] */
  const ask = async (url, wish) => {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(3000), ...wish });
      return answer.ok ? answer : undefined;
    } catch {
      return undefined;
    }
  };

  const loadWidget = () => {
    const script = document.createElement("script");
    script.src = engine + "/widget.js";
    script.async = true;
    script.dataset.shop = shopName;
    document.head.append(script);
  };

  /** @param {Element} place */
  const paint = async (place) => {
    const wish = new URLSearchParams({ placement: place.getAttribute("placement") || "", locale });
    wish.set("limit", place.getAttribute("limit") || "4");
    for (const one of place.getAttribute("item")?.match(/\S+/g)?.slice(0, 20) || []) wish.append("item", one);
    if (visitor()) wish.set("visitor", visitor());
    const answer = await ask(PROXY + "shelf?" + wish);
    if (!answer?.headers.get("content-type")?.startsWith("text/html")) return;
    const painted = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (place.firstElementChild || !painted.querySelector(".regulars-item")) return; // the widget was quicker
    place.setAttribute("role", "region");
    place.setAttribute("aria-label", place.getAttribute("data-label") || "");
    place.append(...painted.querySelectorAll("body > .regulars-heading, body > .regulars-list"));
  };

  const paintInView = () => {
    for (const place of document.querySelectorAll(PLACE)) {
      if (place.getBoundingClientRect().top < innerHeight) paint(place);
    }
  };

  // Orders carry the browser's id as an attribute of their cart, which Shopify signs: so an order finds its visitor.
  /** @param {string} id */
  const link = (id) => {
    if (linked === id) return;
    linked = id;
    const body = JSON.stringify({ attributes: { [LINKED]: id } });
    ask(root.replace(/\/$/, "") + "/cart/update.js", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body,
    });
  };


  const unlink = () => {
    linked = visitor();
    link("");
  };

  const recognize = () => {
    if (signedIn === undefined || !visitor() || !onceASession("signed_in")) return;
    ask(PROXY + "recognized?" + new URLSearchParams({ visitor: visitor() }), { method: "POST" });
  };

  const answered = () => {
    const privacy = window.Shopify?.customerPrivacy;
    if (!privacy) return;
    const may = privacy.preferencesProcessingAllowed() && privacy.analyticsProcessingAllowed();
    if (!may) {
      if (visitor()) unlink();
      window.regularsQueue?.push(["consent", false]);
      return;
    }
    if (!visitor() || onceASession("agreed")) window.regularsQueue?.push(["consent", true]);
    if (!isTold) {
      isTold = true;
      if (item) window.regularsQueue?.push(["viewed", item]);
      if (query) window.regularsQueue?.push(["searched", query]);
    }
    const isFull = Number(here.dataset.pieces) > 0;
    setTimeout(() => {
      recognize();
      if (isFull && visitor() && onceASession("linked")) link(visitor());
    }, 1500); // the widget makes the id
  };

  // Themes change the cart in ways of their own; that something was put in shows in what the page asked of the shop.
  const watchCart = () => {
    let asked = 0;
    new PerformanceObserver((list) => {
      if (!list.getEntries().some(({ name }) => /\/cart\/(add|change|clear)\b/.test(name))) return;
      if (visitor()) link(visitor());
      clearTimeout(asked);
      asked = setTimeout(refreshCart, 300);
    }).observe({ type: "resource" });
  };

  const refreshCart = async () => {
    const places = document.querySelectorAll(PLACE + '[placement="cart"]');
    if (!places.length) return;
    const cart = await (await ask(root.replace(/\/$/, "") + "/cart.js"))?.json();
    /** @type {{product_id: number}[]} */
    const lines = cart?.items || [];
    const items = [...new Set(lines.map((line) => line.product_id))].join(" ");
    for (const place of places) {
      if (place.getAttribute("item") !== items) place.setAttribute("item", items);
    }
  };

  loadWidget();
  paintInView();
  watchCart();
  document.addEventListener("visitorConsentCollected", answered);
  window.Shopify?.loadFeatures?.([{ name: "consent-tracking-api", version: "0.1" }], (error) => {
    if (!error) answered();
  });
})();
