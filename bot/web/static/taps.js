// Words in a message that do something when they are tapped: a command is sent, a longer one goes into the line to be
// finished, a code or an address is copied.
import { fill, sayThis } from "./composer.js";
import { $, toast } from "./dom.js";
import { fill as filled, words } from "./words.js";

export function startTaps() {
  $("bubbles").addEventListener("click", (event) => act(event.target.closest(".tappable")));
  $("bubbles").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    const tapped = event.target.closest(".tappable");
    if (!tapped) return;
    event.preventDefault();
    act(tapped);
  });
}

function act(tapped) {
  if (!tapped || String(getSelection()).length) return; // who selects does not tap
  const { command, fill: longer, copy } = tapped.dataset;
  if (command) sayThis(command);
  else if (longer) (fill(longer), $("text").focus());
  else if (copy) copied(copy);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(filled(words.copied, { text: text.length > 60 ? `${text.slice(0, 60)}…` : text }));
  } catch (failure) {
    toast(words.failed, "bad");
  }
}
