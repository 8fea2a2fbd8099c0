// Light DOM, not a shadow root: the theme's rules for headings and links reach in. It reserves the first row by
// regulars-recommendations { display: block; min-height: 25rem }
(() => {
const TAG = "regulars-recommendations";
const KEY = "regulars_visitor";
const script = document.currentScript || document.querySelector("script[data-shop]");
const shop = script?.dataset.shop;
if (!shop || !script.src || customElements.get(TAG)) return;
const { origin } = new URL(script.src);
const places = new Set();
const dismissed = new Set();
const events = [];
let ownId, asking, sending, status;

const css = `
:where(${TAG}) { display: block }
:where(${TAG}[data-space=open]) { min-height: var(--regulars-height, 25rem) }
${TAG}[data-space=closed] { min-height: 0 !important }
${TAG}[role], :where(.regulars-item, .regulars-link) { display: flex; flex-direction: column }
${TAG} .regulars-heading { margin: 0 0 .5em }
:where(.regulars-list) { display: flex; gap: 1rem; padding: 2px; overflow-x: auto; scroll-padding: 2px;
scroll-snap-type: x proximity; scrollbar-width: thin }
:where(.regulars-item) { flex: 1 0 12.5rem; max-width: 15rem; scroll-snap-align: start }
:where(.regulars-list, .regulars-link, .regulars-picture) { flex: 1 }
:where(.regulars-link) { color: inherit; text-decoration: none }
:where(.regulars-picture) { position: relative; min-height: 6rem; margin-bottom: .5rem; overflow: hidden;
border-radius: 6px; background: #8882 }
.regulars-image { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover }
:where(.regulars-title) { display: -webkit-box; min-height: 2lh; overflow: hidden; -webkit-box-orient: vertical;
-webkit-line-clamp: 2 }
${TAG} .regulars-button { all: unset; display: inline-block; min-width: 44px; margin-inline-end: .75rem;
line-height: 44px; font-size: .8em; text-decoration: underline; cursor: pointer }
${TAG} :focus-visible { outline: 2px solid }
:where(.regulars-reason) { font-size: .8em }
.regulars-status { position: fixed; clip-path: inset(50%) }`;

// Read each time: another tab may withdraw.
const visitor = () => {
  let id = ownId;
  try {
    id ||= localStorage[KEY];
  } catch {}
  return /^[0-9a-f]{32}$/.test(id) ? id : null;
};

const remember = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = bytes.reduce((hex, byte) => hex + (byte + 256).toString(16).slice(1), "");
  try {
    localStorage[KEY] = id;
  } catch {
    ownId = id; // for this page only
  }
};

const leave = () => {
  flush();
  ownId = 0;
  try {
    delete localStorage[KEY];
  } catch {}
  refresh();
};

const call = async (path, body) => {
  try {
    const answer = await fetch(origin + "/v1/" + path, {
      method: body && "POST",
      body: JSON.stringify(body),
      credentials: "omit",
      keepalive: true,
      signal: AbortSignal.timeout(3000),
    });
    return await answer.json();
  } catch {}
};

const flush = () => {
  sending = clearTimeout(sending);
  return events[0] && call("events", { shop, visitor: visitor(), events: events.splice(0, 99) });
};

const report = (type, facts) => {
  for (const name in facts) facts[name] = String(facts[name]).slice(0, 200);
  if (visitor() || /seen|clicked/.test(type)) events.push({ type, ...facts });
  sending ||= setTimeout(flush, 500);
};

const ask = (...some) => {
  for (const place of some) place.turn = 0;
  asking ||= setTimeout(load);
};

const load = async () => {
  if (document.readyState === "loading") return addEventListener("DOMContentLoaded", load);
  asking = 0;
  const turn = [...places].filter((place) => !place.turn);
  if (!turn[0]) return;
  for (const place of turn) place.turn = turn;
  const told = flush();
  if (status) await told; // the answer is to know
  const id = visitor();
  const query = new URLSearchParams({ shop, locale: language(), ...(id && { visitor: id }) });
  query.append("limit", Math.min(24, Math.max(...turn.map((place) => place.limit)) + dismissed.size));
  for (const place of turn) {
    query.append("placement", place.getAttribute("placement"));
    for (const item of place.getAttribute("item")?.match(/\S+/g) || []) query.append("item", item);
  }
  const page = await call("page?" + query);
  turn.forEach((place, index) => place.turn === turn && place.fill(page?.answers?.[index]).catch(() => place.clear()));
};

const language = () => document.documentElement.lang || navigator.language;

const money = ({ price, currency }) => {
  try {
    return price && new Intl.NumberFormat(language(), { style: "currency", currency }).format(price);
  } catch {
    return price;
  }
};

const isWeb = (url) => /^https?:\/\//.test(url);

const make = (tag, name, properties, ...children) => {
  const made = Object.assign(document.createElement(tag), properties, { className: "regulars-" + name });
  made.append(...children);
  return made;
};

const button = (textContent, { title }, onclick) =>
  make("button", "button", { type: "button", textContent, ariaLabel: textContent + " " + title, onclick });

const observe = (place, options, saw) =>
  new IntersectionObserver((entries, observer) => saw(entries.pop(), observer), options).observe(place);

// Below the screen a new height moves nothing in view.
const unseen = (place) =>
  new Promise((done) =>
    observe(place, {}, ({ boundingClientRect }, observer) => {
      if (boundingClientRect.top < innerHeight) return;
      observer.disconnect();
      done();
    }),
  );

class Place extends HTMLElement {
  static observedAttributes = ["placement", "item", "limit"];

  attributeChangedCallback() {
    ask(this);
  }

  connectedCallback() {
    places.add(this);
    this.dataset.space = "open";
    ask(this);
  }

  disconnectedCallback() {
    places.delete(this);
  }

  get limit() {
    return parseInt(this.getAttribute("limit")) || 8;
  }

  async fill(answer) {
    const { turn } = this;
    const taken = [...places].flatMap((place) => (place.turn !== turn && place.ids) || []);
    const items = [answer?.items]
      .flat()
      .filter((item) => isWeb(item?.url) && !dismissed.has(item.id) && !taken.includes(item.id))
      .slice(0, this.limit);
    if (items[0]) {
      if (this.dataset.space !== "open") await unseen(this);
      if (this.turn === turn) this.show(items, answer);
    } else if (answer || !this.ids) this.clear();
  }

  // An empty space stays where it is seen.
  async clear() {
    const { turn } = this;
    if (this.ids) this.replaceChildren();
    this.ids = this.impression = this.role = null;
    await unseen(this);
    if (this.turn === turn) this.dataset.space = this.firstElementChild ? "" : "closed";
  }

  show(items, { words, impression_id }) {
    const level = this.getAttribute("heading-level");
    const heading = make("h" + (level || 2), "heading", { textContent: words.heading, tabIndex: -1 });
    const cards = items.map((item) => this.card(item, words, impression_id));
    const focused = this.contains(document.activeElement);
    this.replaceChildren(heading, make("div", "list", { role: "list" }, ...cards)); // themes restyle ul
    if (focused) heading.focus();
    this.dataset.space = "open";
    this.role = "region";
    this.ariaLabel = words.heading;
    this.ids = items.map(({ id }) => id);
    status ||= document.body.appendChild(make("div", "status", { role: "status" }));
    this.watch(impression_id);
  }

  card(item, words, impression) {
    const onclick = () => report("item_clicked", { impression, item: item.id });
    const title = make("span", "title", { textContent: item.title });
    const photo = make("img", "image", {
      width: 300,
      height: 300,
      alt: "",
      loading: "lazy",
      decoding: "async",
      onerror: () => photo.remove(),
      src: isWeb(item.image) ? item.image : "",
    });
    const picture = make("span", "picture", {}, photo);
    const link = make("a", "link", { href: item.url, onclick, onauxclick: onclick }, picture, title);
    const price = make("span", "price", { textContent: money(item) });
    const reason = make("div", "reason", { hidden: true, textContent: item.reason });
    const why = button(words.why, item, () => {
      why.ariaExpanded = reason.hidden;
      reason.hidden = !reason.hidden;
    });
    why.ariaExpanded = false;
    const dismiss = button(words.dismiss, item, () => this.dismiss(item.id, card, words));
    const actions = make("div", "actions", {}, why, dismiss);
    const card = make("div", "item", { role: "listitem" }, link, price, actions, reason);
    return card;
  }

  dismiss(item, card, words) {
    const next = card.nextSibling || card.previousSibling;
    dismissed.add(item);
    report("item_dismissed", { item });
    (next || this).querySelector("a, .regulars-heading").focus();
    card.remove();
    status.textContent = words.dismissed;
    if (!next) ask(this);
  }

  // Half of it in view for one second is an impression.
  watch(impression) {
    let timer;
    this.impression = impression;
    observe(this, { threshold: 0.5 }, ({ intersectionRatio }, observer) => {
      clearInterval(timer);
      if (intersectionRatio < 0.5) return;
      timer = setInterval(() => {
        if (document.hidden) return;
        clearInterval(timer);
        observer.disconnect();
        if (this.impression === impression) report("impression_seen", { impression });
      }, 1000);
    });
  }
}

const refresh = () => ask(...places);

const changeCart = (type, item) => {
  report(type, { item });
  if (visitor()) ask(...document.querySelectorAll(TAG + "[placement=cart]"));
};

const api = {
  visitor,
  refresh,
  viewed: (item) => report("item_viewed", { item }),
  addedToCart: (item) => changeCart("cart_added", item),
  removedFromCart: (item) => changeCart("cart_removed", item),
  searched: (query) => report("search_made", { query }),
  consent(given) {
    if (given) {
      if (!visitor()) remember();
      report("consent_given");
    } else if (visitor()) {
      report("consent_withdrawn");
      leave();
    }
  },
  forget() {
    if (!visitor()) return;
    events.length = 0;
    call("visitors/forget", { shop, visitor: visitor() });
    leave();
  },
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(css);
document.adoptedStyleSheets.push(sheet);
customElements.define(TAG, Place);
addEventListener("pagehide", flush);
addEventListener("visibilitychange", flush);
addEventListener("pageshow", ({ persisted }) => persisted && refresh());
window.regulars = api;
const push = (...calls) => calls.forEach(([name, ...given]) => api[name]?.(...given));
push(...(window.regularsQueue || []));
window.regularsQueue = { push };
})();
