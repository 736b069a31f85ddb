// A number of the answer, an operand, or a hit of a search shows its evidence; text can be copied.
element.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(copy.dataset.copy).then(
      () => { copy.textContent = "Copied"; },
      () => { copy.textContent = "The browser does not let it be copied"; },
    );
    return;
  }
  const chosen = event.target.closest("button[data-label]");
  if (chosen) trigger("select", { label: chosen.dataset.label });
});
element.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches("li > [data-label]")) return;
  const all = [...element.querySelectorAll("li > [data-label]")];
  const next = all[all.indexOf(event.target) + step];
  if (next) { next.focus(); event.preventDefault(); }
});
