// Classic checkout: tells the shop an address together with the tick beside it, as soon as both are there. The shop's
// own server hears it, no other. The block checkout has its own way.
(() => {
  const told = window.regularsCheckout;
  if (!told) return;
  let last = "";

  const say = () => {
    const box = document.getElementById("regulars_opt_in");
    const field = document.getElementById("billing_email");
    if (!box || !field) return;
    const said = box.checked ? "yes " + field.value.trim() : "";
    if (said === last || (box.checked && !field.checkValidity()) || (box.checked && !field.value.includes("@"))) return;
    last = said;
    const body = new URLSearchParams({ nonce: told.nonce, is_given: box.checked ? "1" : "" });
    if (box.checked) body.set("email", field.value.trim());
    fetch(told.url, { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => {});
  };

  document.addEventListener("change", (event) => {
    if (event.target.id === "billing_email" || event.target.id === "regulars_opt_in") say();
  });
})();
