// Fetching takes two clicks: gigabytes should not come by mistake. Using takes one.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  for (const other of element.querySelectorAll("[data-sure]")) {
    if (other !== button) { delete other.dataset.sure; other.textContent = "Fetch"; }
  }
  if (!button) return;
  if (button.dataset.use) trigger("select", { action: "use", name: button.dataset.use, quant: "" });
  if (button.dataset.stop) trigger("select", { action: "stop", name: "", quant: "" });
  if (!button.dataset.fetch) return;
  if (button.dataset.sure) {
    trigger("select", { action: "fetch", name: button.dataset.fetch, quant: button.dataset.quant });
  } else {
    button.dataset.sure = "yes";
    button.textContent = "Really?";
  }
});
