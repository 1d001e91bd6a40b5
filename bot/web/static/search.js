// Search: people and groups as one types; by pinyin, and messages, as the server finds them.
import { $, avatar, el } from "./dom.js";
import { get } from "./net.js";
import { store } from "./store.js";
import { dayKey, roleLine, shortDay, time } from "./words.js";

const PAUSE = 250; // milliseconds without a key before the server is asked
let sounding = new Set(); // chats whose names have the pinyin that was typed
let timer = null;
let narrow = () => {};

export function startSearch(onChange) {
  narrow = onChange;
  $("search").addEventListener("input", () => (sounding.clear(), show([]), narrow(), later()));
  // The same hit can be opened again: its address is the one that is open already, which by itself changes nothing.
  $("found-rows").addEventListener("click", (event) => {
    const hit = event.target.closest("a");
    if (hit && hit.hash === location.hash) dispatchEvent(new HashChangeEvent("hashchange"));
  });
}

export const asked = () => $("search").value.trim().toLowerCase();

export function fits(chat, wanted) {
  const text = `${chat.name} ${chat.staff_no ?? ""} ${chat.path} ${roleLine(chat)}`.toLowerCase();
  return text.includes(wanted) || sounding.has(chat.chat);
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
    if (wanted !== asked()) return;
    sounding = new Set(told.chats);
    narrow();
    show(told.messages);
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
