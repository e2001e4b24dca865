// What makes the server-rendered pages a little nicer; each of them works without it.
"use strict";

// A form that has errors begins there.
document.getElementById("errors")?.focus();

// A second press sends nothing twice (the server would notice too, by the form's key).
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) button.disabled = true;
  });
}
// Coming back by the browser's own button must not find them disabled.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form button:disabled")) button.disabled = false;
});

// The inbox says that something new has come; it never moves under the hand.
const news = document.getElementById("news");
if (news?.dataset.poll) {
  const known = new Set([...document.querySelectorAll("[data-id]")].map((row) => row.dataset.id));
  setInterval(async () => {
    try {
      const answer = await fetch(news.dataset.poll, { redirect: "error" });
      if (answer.ok && (await answer.json()).some((id) => !known.has(id))) news.hidden = false;
    } catch {
      // The network is away for a moment: the next round asks again.
    }
  }, 30_000);
}
