// The switch between light and dark; the choice stays in this browser.
const root = document.querySelector("body");
const kept = localStorage.getItem("acedesk-theme");
if (kept) root.classList.toggle("dark", kept === "dark");
element.addEventListener("click", (event) => {
  if (!event.target.closest(".desk-theme")) return;
  const dark = root.classList.toggle("dark");
  localStorage.setItem("acedesk-theme", dark ? "dark" : "light");
});
element.dataset.ready = "yes";
