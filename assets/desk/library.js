// Removing takes two clicks on the same button: the second confirms.
element.addEventListener("click", (event) => {
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
