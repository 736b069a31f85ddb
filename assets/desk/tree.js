// The tree: a step shows its evidence, its forms change it, and the arrow keys walk it.
element.addEventListener("click", (event) => {
  const act = event.target.closest("button[data-edit]");
  if (act) {
    trigger("edit", { kind: act.dataset.edit, label: act.dataset.labelOf, words: "" });
    return;
  }
  const node = event.target.closest("[data-label]");
  if (node && !event.target.closest("form")) trigger("select", { label: node.dataset.label });
});
onForm("edit", ({ edit, label }, words) => trigger("edit", { kind: edit, label, words }));
element.addEventListener("keydown", (event) => {
  if (event.target.matches("textarea")) {
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const nodes = [...element.querySelectorAll(".desk-choose")];
  const next = nodes[nodes.indexOf(document.activeElement) + step];
  if (next) { next.focus(); event.preventDefault(); }
});
