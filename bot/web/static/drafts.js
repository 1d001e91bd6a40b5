// What was typed and not sent, kept for each chat: also over a reload, and in every tab of this browser.
import { keyOf } from "./store.js";

const here = new Map(); // where there is no storage, such as in a private window

function all() {
  try {
    return JSON.parse(localStorage.getItem(keyOf("drafts"))) ?? {};
  } catch {
    return Object.fromEntries(here);
  }
}

export const draft = (chat) => all()[chat] ?? "";

export function keepDraft(chat, text) {
  if (!chat) return;
  const kept = all();
  if (text) kept[chat] = text;
  else delete kept[chat];
  here.set(chat, text);
  try {
    localStorage.setItem(keyOf("drafts"), JSON.stringify(kept));
  } catch {
    // then it lives as long as the page
  }
}

export function forgetDrafts() {
  here.clear();
  try {
    localStorage.removeItem(keyOf("drafts"));
  } catch {
    // none were kept
  }
}
