// A node shows its evidence; the arrow keys walk the tree.
element.addEventListener("click", (event) => {
  const node = event.target.closest("[data-label]");
  if (node) trigger("select", { label: node.dataset.label });
});
element.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const nodes = [...element.querySelectorAll("[data-label]")];
  const next = nodes[nodes.indexOf(document.activeElement) + step];
  if (next) { next.focus(); event.preventDefault(); }
});
