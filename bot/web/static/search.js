// Search: people and groups as one types, in characters or in pinyin; messages as the server finds them.
import { $, avatar, el } from "./dom.js";
import { get } from "./net.js";
import { store } from "./store.js";
import { dayKey, roleLine, shortDay, time } from "./words.js";

const PAUSE = 250; // milliseconds without a key before the server is asked
let reading = null; // the table of pinyin, loaded when somebody begins to search
let read = () => "";
let timer = null;

export function startSearch(narrow) {
  $("search").addEventListener("focus", () => {
    reading ??= import("./pinyin.js").then(({ pinyin }) => ((read = pinyin), narrow()), () => (reading = null));
  });
  $("search").addEventListener("input", () => (narrow(), later()));
}

export const asked = () => $("search").value.trim().toLowerCase();

export function fits(chat, wanted) {
  const text = `${chat.name} ${chat.staff_no ?? ""} ${chat.path} ${roleLine(chat)}`.toLowerCase();
  return text.includes(wanted) || (/^[a-z ]+$/.test(wanted) && read(chat.name).includes(wanted.replaceAll(" ", "")));
}

function later() {
  clearTimeout(timer);
  if (asked().length < 2) return show([]);
  timer = setTimeout(find, PAUSE);
}

async function find() {
  const wanted = asked();
  try {
    const told = await get("/chat/search", { q: wanted });
    if (wanted === asked()) show(told.messages);
  } catch {
    // the chats that match are shown all the same
  }
}

function show(messages) {
  $("found-rows").replaceChildren(...messages.map(row));
  $("found").hidden = messages.length === 0;
  if (messages.length) $("nothing").hidden = true;
}

function row(message) {
  const chat = store.chats.get(message.chat);
  const at = new Date(message.at);
  const today = dayKey(new Date(store.clock?.now ?? Date.now())) === dayKey(at);
  const top = el("span", { class: "row-line" }, el("span", { class: "row-name" }, chat?.name ?? ""), el("span", { class: "row-role" }, message.name ?? ""), el("time", { class: "row-at" }, today ? time(at) : shortDay(at)));
  const words = el("span", { class: "row-words" }, top, el("span", { class: "row-line" }, el("span", { class: "row-text" }, message.found)));
  return el("a", { class: "row", href: `#${message.chat}/${message.id}` }, avatar(chat?.name ?? "?", chat?.kind ?? "person"), words);
}
