// Turning between pieces of evidence, and bringing the mark into view within the pane.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-turn]");
  if (button) trigger("select", { by: button.dataset.turn });
});
watch("value", () => {
  const mark = element.querySelector(".desk-mark, .desk-cell");
  const pane = document.querySelector("#desk-right");
  if (!mark || !pane) return;
  const offset = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  if (offset > 0 && offset < pane.clientHeight * 0.9) return;
  pane.scrollTo({ top: Math.max(0, pane.scrollTop + offset - pane.clientHeight * 0.5) });
});
