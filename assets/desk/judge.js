// What the user says of an answer: right, wrong with what would be right, or nothing after all.
element.addEventListener("click", (event) => {
  const judge = event.target.closest("button[data-judge]");
  if (judge) trigger("like", { said: judge.dataset.judge, label: judge.dataset.labelOf, words: "" });
});
element.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.judge) return;
  event.preventDefault();
  opened.clear();
  trigger("like", { said: form.dataset.judge, label: form.dataset.label, words: form.words.value });
});
