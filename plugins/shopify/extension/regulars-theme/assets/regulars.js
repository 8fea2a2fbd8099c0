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

  /** @typedef {HTMLElement & { ids?: string[] | null }} Place */
  /** @type {Map<string, Element>} */
  const painted = new Map();

  /** @param {Place} place */
  const paint = async (place) => {
    const wish = new URLSearchParams({ placement: place.getAttribute("placement") || "", locale });
    wish.set("limit", place.getAttribute("limit") || "4");
    for (const one of place.getAttribute("item")?.match(/\S+/g)?.slice(0, 20) || []) wish.append("item", one);
    if (visitor()) wish.set("visitor", visitor());
    const answer = await ask(PROXY + "shelf?" + wish);
    if (!answer?.headers.get("content-type")?.startsWith("text/html")) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const card of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(".regulars-item[data-item]"))) {
      painted.set(card.dataset.item || "", /** @type {Element} */ (card.cloneNode(true)));
    }
    if (place.firstElementChild) return translate(place); // the widget was quicker
    if (!page.querySelector(".regulars-item")) return;
    place.setAttribute("role", "region");
    place.setAttribute("aria-label", place.dataset.label || "");
    place.append(...page.querySelectorAll("body > .regulars-heading, body > .regulars-list"));
  };

  // What the theme painted is in this market's language and currency; the widget knows the shop's own alone.
  /** @param {Place} place */
  const translate = (place) => {
    for (const card of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll(".regulars-item"))) {
      const own = painted.get(card.dataset.item || "");
      if (!own) continue;
      for (const part of [".regulars-title", ".regulars-price"]) {
        const words = own.querySelector(part)?.textContent;
        const place = card.querySelector(part);
        if (words && place) place.textContent = words;
      }
      const [link, owns] = [card.querySelector("a"), own.querySelector("a")];
      if (link && owns) link.href = owns.href;
      const picture = own.querySelector("img");
      if (picture) card.querySelector(".regulars-picture")?.replaceChildren(picture.cloneNode());
    }
  };

  /** @param {Place} place */
  const follow = (place) => {
    new MutationObserver(() => {
      const cards = /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll(".regulars-item:not([data-item])"));
      cards.forEach((card, at) => (card.dataset.item = place.ids?.[at] || ""));
      translate(place);
    }).observe(place, { childList: true });
    new IntersectionObserver(
      ([entry], observer) => {
        if (!entry?.isIntersecting) return;
        observer.disconnect();
        paint(place);
      },
      { rootMargin: "600px" },
    ).observe(place);
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
  for (const place of /** @type {NodeListOf<Place>} */ (document.querySelectorAll(PLACE))) follow(place);
  watchCart();
  document.addEventListener("visitorConsentCollected", answered);
  window.Shopify?.loadFeatures?.([{ name: "consent-tracking-api", version: "0.1" }], (error) => {
    if (!error) answered();
  });
})();
