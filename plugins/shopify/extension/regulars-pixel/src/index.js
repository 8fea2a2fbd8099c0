// @ts-check
// What is put into the cart and taken out, in any theme. What is looked at and searched for the theme's script reports.
// The visitor's id is made there too, after the shopper's yes; without one there is nobody to report of.
import { register } from "@shopify/web-pixels-extension";

const KEY = "regulars_visitor";
const SECONDS = 3;

register(({ analytics, browser, init, settings, customerPrivacy }) => {
  const engine = String(settings.engine || "").replace(/\/+$/, "");
  const shop = init.data.shop.myshopifyDomain;
  if (!engine.startsWith("https://") || !shop) return;
  let privacy = init.customerPrivacy;
  customerPrivacy.subscribe("visitorConsentCollected", (told) => {
    privacy = told.customerPrivacy;
  });
  /** @type {Set<string>} */
  const told = new Set();

  /** @param {string} type @param {string} eventId @param {string | null | undefined} product */
  const report = async (type, eventId, product) => {
    const item = product?.split("/").pop();
    if (!item || told.has(eventId) || !privacy.analyticsProcessingAllowed || !privacy.preferencesProcessingAllowed) return;
    told.add(eventId);
    try {
      const visitor = await browser.localStorage.getItem(KEY);
      if (!visitor || !/^[0-9a-f]{32}$/.test(visitor)) return;
      await fetch(engine + "/v1/pixel", {
        method: "POST",
        body: JSON.stringify({ shop, visitor, events: [{ type, item }] }),
        credentials: "omit",
        keepalive: true,
        signal: AbortSignal.timeout(SECONDS * 1000),
      });
    } catch {
      // The shop goes on without us.
    }
  };

  analytics.subscribe("product_added_to_cart", ({ id, data }) =>
    report("cart_added", id, data.cartLine?.merchandise.product.id),
  );
  analytics.subscribe("product_removed_from_cart", ({ id, data }) =>
    report("cart_removed", id, data.cartLine?.merchandise.product.id),
  );
});
