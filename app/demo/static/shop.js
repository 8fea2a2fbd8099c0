// What the shop's pages do in the browser. Regulars is spoken to through its widget only; without it the shop still works.
"use strict";

const CHOICE = "shop_choice"; // "yes" or "no", kept in this browser so that nobody is asked twice
const SAID = {
  yes: "You said yes: this browser keeps a random number, and the shelves learn what you like.",
  no: "You said no: this shop keeps your cart with what you type at its checkout, and your no; the shelves show what most people like.",
  "": "You have not chosen yet: this shop keeps your cart with what you type at its checkout, and nothing else.",
};

const tell = (...call) => (window.regularsQueue = window.regularsQueue || []).push(call);
const visitor = () => (window.regulars ? window.regulars.visitor() : null);
const all = (selector) => document.querySelectorAll(selector);

const choice = () => {
  try {
    return localStorage.getItem(CHOICE) || "";
  } catch {
    return "";
  }
};

const keepChoice = (value) => {
  try {
    if (value) localStorage.setItem(CHOICE, value);
    else localStorage.removeItem(CHOICE);
  } catch {
    // Storage is closed: the question comes again on the next page.
  }
};

const showChoice = (value = choice()) => {
  for (const place of all("[data-choice-said]")) place.textContent = SAID[value];
  for (const place of all("[data-choice-buttons]")) place.hidden = !value;
  for (const button of all('[data-choice="forget"]')) button.hidden = value !== "yes";
  document.getElementById("ask").hidden = Boolean(value);
};

// The shop's server learns the visitor id only of those who are signed in and said yes.
const tellShop = async () => {
  const { recognize, recognized } = document.body.dataset;
  const id = visitor();
  if (!recognize || (id || "") === recognized) return;
  const token = document.querySelector('meta[name="csrf"]').content;
  const body = new URLSearchParams({ visitor: id || "" });
  const answer = await fetch(recognize, { method: "POST", body, headers: { "X-CSRFToken": token } }).catch(() => null);
  if (!answer || !answer.ok) return;
  document.body.dataset.recognized = id || "";
  if (id) refreshSoon();
};

// A signed message needs a moment to arrive.
const refreshSoon = () => setTimeout(() => tell("refresh"), 900);

const OURS = {
  refreshSoon,
  startAfresh() {
    if (choice() !== "yes") return;
    tell("consent", false);
    tell("consent", true);
    tell("refresh");
  },
};

const choose = (what) => {
  if (what === "change") {
    document.getElementById("ask").hidden = false;
    document.querySelector('[data-choice="yes"]').focus();
    return;
  }
  if (what === "forget") {
    tell("forget");
    keepChoice("no");
  } else {
    keepChoice(what);
    tell("consent", what === "yes");
    tell("refresh");
  }
  const kept = what === "yes" ? "yes" : "no";
  showChoice(kept);
  document.querySelector("[data-forgotten]").textContent =
    what === "forget" ? "Forgotten. What was kept about this browser is being erased." : "";
  if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  // The yes travels first: the widget gathers what it reports for half a second.
  if (what === "yes") setTimeout(tellShop, 700);
  else tellShop();
};

// The widget may have been away when the choice was made.
const settle = () => {
  if (choice() === "yes" && !visitor()) tell("consent", true);
  if (choice() !== "yes" && visitor()) tell("consent", false);
  tellShop();
};

const watchOutbox = (place) => {
  const look = async () => {
    if (document.hidden || place.contains(document.activeElement)) return;
    const answer = await fetch(place.dataset.live).catch(() => null);
    if (answer && answer.ok) place.innerHTML = await answer.text(); // our own server's page, escaped there
  };
  setInterval(look, 1000);
};

// Whose cart it is gets told as the page says it does: when a field is left, or the box is ticked. One after the other,
// so that the last word is the one that counts; what waits when the page is left goes out then.
const noteDetails = (form) => {
  const [noted, fault] = [form.querySelector("[data-noted]"), form.querySelector("[data-fault]")];
  const email = form.elements.namedItem("email");
  let [before, hasNews] = [Promise.resolve(), false];
  form.querySelector("[data-without-script]").hidden = true;
  const note = async () => {
    if (!hasNews) return;
    hasNews = false;
    const body = new URLSearchParams(new FormData(form));
    body.set("visitor", visitor() || "");
    body.set("from", "script");
    const answer = await fetch(form.dataset.note, { method: "POST", body, keepalive: true }).catch(() => null);
    if (!answer || answer.status !== 200) return;
    const told = await answer.json();
    noted.textContent = told.said;
    fault.textContent = told.fault;
    fault.hidden = !told.fault;
    if (told.fault) email.setAttribute("aria-invalid", "true");
    else email.removeAttribute("aria-invalid");
    email.setAttribute("aria-describedby", told.fault ? "email-hint email-fault" : "email-hint");
  };
  form.addEventListener("change", () => {
    hasNews = true;
    before = before.then(note);
  });
  addEventListener("pagehide", note);
};

const isWidget = (event) => event.target instanceof HTMLScriptElement && event.target.dataset.shop;
addEventListener("error", (event) => isWidget(event) && document.documentElement.classList.add("alone"), true);
addEventListener("load", (event) => isWidget(event) && settle(), true);

addEventListener("DOMContentLoaded", () => {
  showChoice();
  for (const [name, ...given] of JSON.parse(document.body.dataset.told)) {
    if (OURS[name]) OURS[name](...given);
    else tell(name, ...given);
  }
  for (const place of all("[data-live]")) watchOutbox(place);
  for (const form of all("[data-note]")) noteDetails(form);
  if (window.regulars) settle();
});
addEventListener("click", (event) => {
  const button = event.target.closest("[data-choice]");
  if (button) choose(button.dataset.choice);
});
addEventListener("submit", (event) => {
  const field = event.target.elements.namedItem("visitor");
  if (field) field.value = visitor() || "";
});
addEventListener("storage", (event) => event.key === CHOICE && showChoice());
