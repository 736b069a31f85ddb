// The widths of the panes: dragged, or moved by the arrow keys; Enter or a double click folds one.
const bounds = { left: [180, 480, "Library"], right: [280, 1400, "Evidence"] };
const measure = (side) => document.querySelector(`#desk-${side}`).getBoundingClientRect().width;
const setWidth = (side, width) => {
  const [least, most] = bounds[side];
  const room = Math.min(most, window.innerWidth - 320 - measure(side === "left" ? "right" : "left"));
  const kept = Math.round(Math.max(least, Math.min(width, room)));
  document.documentElement.style.setProperty(`--desk-${side}`, `${kept}px`);
  localStorage.setItem(`acedesk-${side}`, kept);
  tellWidth(side, kept);
};
const tellWidth = (side, width) => {
  const grip = document.querySelector(`#desk-grip-${side}`);
  const most = bounds[side][1];
  const told = { "aria-valuemin": 0, "aria-valuemax": most, "aria-valuenow": Math.round(Math.min(width, most)) };
  for (const [name, value] of Object.entries(told)) grip.setAttribute(name, value);
};
const fold = (side, folded) => {
  document.documentElement.classList.toggle(`desk-no-${side}`, folded);
  localStorage.setItem(`acedesk-no-${side}`, folded ? "yes" : "");
  tellWidth(side, folded ? 0 : measure(side));
  const grip = document.querySelector(`#desk-grip-${side}`);
  grip.setAttribute("aria-label", `${bounds[side][2]}: ${folded ? "folded, Enter unfolds" : "width, Enter folds"}`);
};
const isFolded = (side) => document.documentElement.classList.contains(`desk-no-${side}`);
const addGrip = (side) => {
  const grip = document.createElement("div");
  const sign = side === "left" ? 1 : -1;
  Object.assign(grip, { id: `desk-grip-${side}`, className: "desk-grip", tabIndex: 0 });
  grip.setAttribute("role", "separator");
  grip.setAttribute("aria-orientation", "vertical");
  grip.title = "Drag to change the width, double click to fold";
  grip.addEventListener("pointerdown", (event) => {
    if (isFolded(side)) return;
    const begun = event.clientX, width = measure(side);
    grip.setPointerCapture(event.pointerId);
    const move = (moved) => setWidth(side, width + sign * (moved.clientX - begun));
    grip.addEventListener("pointermove", move);
    grip.addEventListener("pointerup", () => grip.removeEventListener("pointermove", move), { once: true });
  });
  grip.addEventListener("dblclick", () => fold(side, !isFolded(side)));
  grip.addEventListener("click", () => { if (isFolded(side)) fold(side, false); });
  grip.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -24, ArrowRight: 24 }[event.key];
    if (step) setWidth(side, measure(side) + sign * step);
    if (event.key === "Enter") fold(side, !isFolded(side));
    if (step || event.key === "Enter") event.preventDefault();
  });
  const pane = document.querySelector(`#desk-${side}`);
  if (side === "left") pane.after(grip); else pane.before(grip);
  const width = Number(localStorage.getItem(`acedesk-${side}`));
  if (width) setWidth(side, width); else tellWidth(side, measure(side));
  fold(side, localStorage.getItem(`acedesk-no-${side}`) === "yes");
};
const layOut = () => {
  if (!document.querySelector("#desk-left") || !document.querySelector("#desk-right")) {
    requestAnimationFrame(layOut);
    return;
  }
  addGrip("left");
  addGrip("right");
};
layOut();
