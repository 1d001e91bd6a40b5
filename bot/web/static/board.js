// Lead the focus to what the chat answers on a page of the dashboard, and back to where it came from.
let pressed = "";  // the button whose answer is shown

const answer = () => document.querySelector("#answer");

function back() {
  const from = document.getElementById(pressed);
  (from && !answer().contains(from) ? from : document.querySelector("#live")).focus({ preventScroll: Boolean(from) });
}

function away() {
  const said = answer().querySelector("#said"), heard = answer().querySelector("#heard");
  said.textContent = "";
  heard.replaceChildren(said);
  answer().replaceChildren(heard);
  answer().removeAttribute("data-told");
  back();
}

document.addEventListener("submit", (event) => {
  const by = event.submitter;
  if (by?.id && !answer()?.contains(by)) pressed = by.id;
});

document.addEventListener("htmx:after:swap", () => {
  const at = document.activeElement;
  if (answer()?.hasAttribute("data-told") && !answer().dataset.heard) {
    answer().dataset.heard = "1";
    (answer().querySelector("#words") ?? answer()).focus();
  } else if (!at || at === document.body) back();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#answer .away")) return;
  event.preventDefault();
  away();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && answer()?.querySelector(".away")) away();
});
