// Which documents are asked and shown; removing takes two clicks, of which the second confirms.
let needle = "";
const filter = () => {
  const words = needle.toLowerCase().split(/\s+/).filter(Boolean);
  let company = null, shown = 0;
  const close = () => { if (company) company.hidden = shown === 0; };
  for (const item of element.querySelectorAll(".desk-library > li")) {
    if (item.classList.contains("desk-company")) { close(); company = item; shown = 0; continue; }
    const text = `${company ? company.textContent : ""} ${item.textContent}`.toLowerCase();
    item.hidden = !words.every((word) => text.includes(word));
    if (!item.hidden) shown += 1;
  }
  close();
};
element.addEventListener("input", (event) => {
  if (event.target.matches(".desk-filter")) { needle = event.target.value; filter(); }
});
element.addEventListener("change", (event) => {
  const { ask } = event.target.dataset;
  if (ask) trigger("select", { document_id: ask, is_asked: event.target.checked });
});
watch("value", () => {
  const field = element.querySelector(".desk-filter");
  if (field) field.value = needle;
  filter();
});
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-ask-all]")) trigger("select", { document_id: "", is_asked: true });
  const button = event.target.closest("[data-remove]");
  for (const other of element.querySelectorAll("[data-sure]")) {
    if (other !== button) { delete other.dataset.sure; other.textContent = "Remove"; }
  }
  if (!button) return;
  if (button.dataset.sure) {
    button.textContent = "Removing";
    trigger("delete", { document_id: button.dataset.remove });
  } else {
    button.dataset.sure = "yes";
    button.textContent = "Really?";
  }
});
