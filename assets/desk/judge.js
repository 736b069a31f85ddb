// What the user says of an answer: right, wrong with what would be right, or nothing after all.
element.addEventListener("click", (event) => {
  const judge = event.target.closest("button[data-judge]");
  if (judge) trigger("like", { said: judge.dataset.judge, label: judge.dataset.labelOf, words: "" });
});
onForm("judge", ({ judge, label }, words) => trigger("like", { said: judge, label, words }));
