// Turning between pieces of evidence, and bringing the mark into view within the pane.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-turn]");
  if (button) trigger("select", { by: button.dataset.turn });
});
watch("value", () => {
  const mark = element.querySelector(".desk-mark, .desk-cell, .desk-said");
  const pane = document.querySelector("#desk-right");
  if (!mark || !pane) return;
  const frame = mark.closest(".desk-sheet, .desk-text");
  if (frame) {
    const inner = mark.getBoundingClientRect(), outer = frame.getBoundingClientRect();
    const across = inner.right - outer.right;
    if (across > 0) frame.scrollLeft += across + 16;
    frame.scrollTop += inner.top - outer.top - Math.max(0, frame.clientHeight - inner.height) / 2;
  }
  const offset = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  if (offset > 0 && offset < pane.clientHeight * 0.9) return;
  pane.scrollTo({ top: Math.max(0, pane.scrollTop + offset - pane.clientHeight * 0.5) });
});
