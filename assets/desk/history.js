// Past questions: one click reopens, a form renames, and a removal can be undone.
element.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]");
  if (!act) return;
  trigger("select", { action: act.dataset.act, run: act.dataset.run || "", words: "" });
  // On a narrow page the answer stands elsewhere.
  if (act.dataset.act === "open") document.querySelector("#desk-middle").scrollIntoView({ block: "nearest" });
});
onForm("run", ({ run }, words) => trigger("select", { action: "rename", run, words }));
