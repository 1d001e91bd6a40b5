// The line one writes in: text, commands after a slash, what was typed and not sent; in the demo's groups, as whom.
import { startAttaching, waitingBubble } from "./attach.js";
import { available, commandKey, hideCommands, isCommand, offer, startCommands } from "./commands.js";
import { $, el, toast } from "./dom.js";
import { draft, keepDraft } from "./drafts.js";
import { post } from "./net.js";
import { store, take, writers } from "./store.js";
import { redraw } from "./talk.js";
import { roleLine, words } from "./words.js";

let person = null; // whom the reader was last

export function startComposer() {
  const text = $("text");
  text.addEventListener("input", () => (grow(), offer(), keepDraft(store.open, text.value)));
  text.addEventListener("keydown", keys);
  text.addEventListener("blur", hideCommands);
  $("composer").addEventListener("submit", (event) => (event.preventDefault(), say()));
  $("slash").addEventListener("pointerdown", (event) => event.preventDefault()); // the line keeps the focus
  $("slash").addEventListener("click", () => {
    if (!$("commands").hidden) return hideCommands();
    if (!text.value) fill("/");
    text.focus();
    offer(true);
  });
  // What was typed before the command was chosen goes behind it.
  startCommands((name) => (fill(`${name} ${isCommand(text.value) ? "" : text.value}`), hideCommands(), text.focus()));
  startAttaching(fill);
  $("as-who").addEventListener("change", () => (act($("as-who").value), redraw()));
}

// Put words into the line, to be sent or not.
export function fill(words) {
  $("text").value = words;
  keepDraft(store.open, words);
  grow();
}

function act(account) {
  store.acting = account;
  person = account;
  $("slash").hidden = available().length === 0;
}

export function changeWriter() {
  const chat = store.chats.get(store.open);
  $("text").value = store.open ? draft(store.open) : "";
  hideCommands();
  if (!chat) return;
  const who = writers(chat);
  const asked = who.find((each) => each.account === person);
  const lead = who.find((each) => each.role !== "member");
  act(store.me ?? (asked ?? lead ?? who[0])?.account ?? null);
  $("as").hidden = chat.kind === "person" || store.mode === "run";
  $("as-who").replaceChildren(
    ...who.map((each) => el("option", { value: each.account, selected: each.account === store.acting }, `${each.name} · ${roleLine(each)}`)),
  );
}

export function readyComposer() {
  grow();
  if (store.open && matchMedia("(pointer: fine)").matches) $("text").focus({ preventScroll: true });
}

function grow() {
  const text = $("text");
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 160)}px`;
  $("send").disabled = !text.value.trim();
}

async function say() {
  const text = $("text").value.trim();
  if (!text || !store.open) return;
  fill("");
  hideCommands();
  const chat = store.open;
  if (await sayThis(text)) return;
  const begun = store.open === chat ? $("text").value : draft(chat); // nothing typed is lost
  const both = begun ? `${text}\n${begun}` : text;
  if (store.open === chat) fill(both);
  else keepDraft(chat, both);
}

// Say something in the open chat; return whether it got through.
export async function sayThis(text) {
  const waiting = waitingBubble(text);
  try {
    const told = await post("/chat/say", { account: store.acting, chat: store.open, text });
    waiting.remove();
    take([told.message]);
    return true;
  } catch (failure) {
    waiting.remove();
    toast(failure.message || words.failed, "bad");
    return false;
  }
}

function keys(event) {
  if (event.isComposing || event.keyCode === 229) return; // an input method is at work
  if (commandKey(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    say();
  }
}
