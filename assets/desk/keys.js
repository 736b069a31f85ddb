// Shortcuts: "/" asks, "h" and "l" show history and library, "?" tells them. Never while one writes.
const isWriting = (target) => target.closest("input, textarea, select, [contenteditable]");
const press = (selector, name) => {
  const tab = [...document.querySelectorAll(selector)].find((one) => one.textContent.trim() === name);
  if (tab) { tab.click(); tab.focus(); }
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  if (event.key === "/") {
    document.querySelector("#desk-question textarea").focus();
    event.preventDefault();
  }
  if (event.key === "h") press("#desk-left-tabs [role=tab]", "History");
  if (event.key === "l") press("#desk-left-tabs [role=tab]", "Library");
  if (event.key === "Escape") document.querySelector("#desk-halt").click();
  if (event.key === "?") document.querySelector(".desk-keys").toggleAttribute("open");
});
