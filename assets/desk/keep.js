// What the user has opened or focused stays so when the part is drawn anew.
const opened = new Set();
let focused = null;
element.addEventListener("toggle", (event) => {
  const key = event.target.dataset.key;
  if (!key || !event.target.isConnected) return;
  if (event.target.open) opened.add(key); else opened.delete(key);
}, true);
element.addEventListener("focusin", (event) => { focused = event.target.dataset.label || null; });
element.addEventListener("focusout", (event) => { if (event.relatedTarget) focused = null; });
watch("value", () => {
  for (const part of element.querySelectorAll("details[data-key]")) {
    if (opened.has(part.dataset.key)) part.open = true;
  }
  if (!focused || element.contains(document.activeElement)) return;
  const again = element.querySelector(`[data-label="${CSS.escape(focused)}"]`);
  if (again) again.focus({ preventScroll: true });
});
// A form of a kind sends its words; then it is folded again.
const onForm = (kind, send) => element.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(kind in form.dataset)) return;
  event.preventDefault();
  opened.clear();
  send(form.dataset, form.words.value);
});
