// Turning between pieces of evidence and pages, a closer look, and the mark brought into view.
let zoom = 1;
const enlarge = () => {
  const page = element.querySelector(".desk-page");
  if (!page) return;
  page.style.width = `${100 * zoom}%`;
  const picture = page.querySelector("img");
  const source = picture.getAttribute("src").split("?")[0];
  const wanted = zoom > 1 ? `${source}?scale=2` : source;
  if (picture.getAttribute("src") !== wanted) picture.src = wanted;
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { turn, piece, leaf, zoom: by } = button.dataset;
  if (turn) trigger("select", { action: "turn", number: turn });
  if (piece) trigger("select", { action: "piece", number: piece });
  if (leaf) trigger("select", { action: "leaf", number: leaf });
  if (!by) return;
  zoom = Math.min(3, Math.max(1, zoom + Number(by) / 2));
  enlarge();
  showMark();
});
const showMark = () => {
  const mark = element.querySelector(".desk-mark, .desk-cell, .desk-said");
  const pane = document.querySelector("#desk-right");
  if (!mark || !pane) return;
  const frame = mark.closest(".desk-sheet, .desk-text, .desk-frame");
  if (frame) {
    const inner = mark.getBoundingClientRect(), outer = frame.getBoundingClientRect();
    const across = inner.right - outer.right;
    if (across > 0) frame.scrollLeft += across + 16;
    frame.scrollTop += inner.top - outer.top - Math.max(0, frame.clientHeight - inner.height) / 2;
  }
  const offset = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  if (offset > 0 && offset < pane.clientHeight * 0.9) return;
  pane.scrollTo({ top: Math.max(0, pane.scrollTop + offset - pane.clientHeight * 0.5) });
};
watch("value", () => { enlarge(); showMark(); });
