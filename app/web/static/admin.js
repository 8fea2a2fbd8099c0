// Keeps the parts of a page that change on their own up to date while somebody looks at them. Everything works without.
// A part is <div id="…" data-live="seconds">; the page itself is fetched again and its parts are put in place.
(() => {
  "use strict";
  const QUIET = 30;
  const PAUSE = 500; // milliseconds without a letter written
  const announcer = document.querySelector("[data-says]");
  let said = announcer ? announcer.dataset.says : "";

  const parts = () => [...document.querySelectorAll("[data-live]")];
  const pause = () => Math.min(QUIET, ...parts().map((part) => Number(part.dataset.live) || QUIET)) * 1000;
  const isBusy = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

  async function refresh() {
    const answer = await fetch(location.href, { headers: { "X-Regulars-Live": "1" }, credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts()) {
      const next = fresh.getElementById(part.id);
      if (next && !isBusy(part) && next.outerHTML !== part.outerHTML) part.replaceWith(document.adoptNode(next));
    }
    const says = fresh.querySelector("[data-says]");
    if (announcer && says && says.dataset.says !== said) announcer.textContent = said = says.dataset.says;
  }

  async function keepFresh() {
    if (parts().length === 0) return;
    if (!document.hidden) {
      try {
        await refresh();
      } catch {
        // The server is away or we were signed out: what is on the page stays, and we ask again later.
      }
    }
    setTimeout(keepFresh, pause());
  }

  for (const picture of document.querySelectorAll(".picture img")) {
    picture.addEventListener("error", () => picture.remove());
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.done;
    });
  }
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => {
      for (const button of form.querySelectorAll("button")) {
        button.disabled = true;
        button.textContent = form.dataset.once;
      }
    });
  }
  for (const field of document.querySelectorAll("select[data-go]")) {
    field.addEventListener("change", () => field.form.requestSubmit());
  }

  // A preview follows what is written. A new frame each time, so that "back" leads off the page, not through drafts.
  for (const form of document.querySelectorAll("form[data-preview]")) {
    const button = form.querySelector("[data-preview-button]");
    if (button) button.hidden = true;
    let frame = document.querySelector(`iframe[name="${form.dataset.preview}"]`);
    let timer;
    let count = 0;
    const show = () => {
      const fresh = frame.cloneNode();
      fresh.removeAttribute("src");
      fresh.name = `${form.dataset.preview}-${(count += 1)}`; // a frame keeps its first name for ever
      fresh.hidden = true; // what was there stays until the new letter is
      frame.after(fresh);
      fresh.addEventListener("load", () => {
        while (fresh.previousElementSibling.matches("iframe")) fresh.previousElementSibling.remove();
        fresh.hidden = false;
      });
      frame = fresh;
      if (button) {
        button.formTarget = frame.name;
        form.requestSubmit(button);
      } else {
        const { cart, view } = Object.fromEntries(new FormData(form)); // and not the form's token
        frame.src = `${form.dataset.kept}?${new URLSearchParams({ cart, view })}`;
      }
    };
    document.addEventListener("input", (event) => {
      if (event.target.form !== form) return;
      // a wider preview stands below what is written
      if (event.target.type === "radio") frame.parentElement.scrollIntoView({ block: "nearest" });
      clearTimeout(timer);
      timer = setTimeout(show, event.target.matches("textarea, input[type=text]") ? PAUSE : 0);
    });
  }

  // How many people fit follows what is asked; an answer that was overtaken is dropped.
  for (const form of document.querySelectorAll("form[data-count]")) {
    const says = form.querySelector("[data-counted]");
    let timer;
    let count = 0;
    const ask = async () => {
      const mine = (count += 1);
      try {
        const answer = await fetch(form.dataset.count, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "error" });
        if (answer.ok && mine === count) says.textContent = await answer.text();
      } catch {
        // The server is away: what was counted last stays, and the next letter asks again.
      }
    };
    if (says) {
      form.addEventListener("input", (event) => {
        if (["name", "add"].includes(event.target.name)) return;
        clearTimeout(timer);
        timer = setTimeout(ask, PAUSE);
      });
    }
  }
  if (parts().length > 0) setTimeout(keepFresh, pause());
})();
