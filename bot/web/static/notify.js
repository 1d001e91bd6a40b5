// Notifications of new messages while the page is not looked at. No service worker: nothing old is ever shown.
import { $, toast } from "./dom.js";
import { keyOf, listen, store } from "./store.js";
import { words } from "./words.js";

let here = "off"; // where there is no storage

function asked() {
  try {
    return localStorage.getItem(keyOf("notify"));
  } catch {
    return here;
  }
}

function ask(wish) {
  here = wish;
  try {
    localStorage.setItem(keyOf("notify"), wish);
  } catch {
    // then it lives as long as the page
  }
}

const wanted = () => asked() === "on" && Notification.permission === "granted";

export function startNotifying() {
  if (!("Notification" in window)) return;
  const bell = $("bell");
  const shown = () => bell.setAttribute("aria-pressed", String(wanted()));
  bell.hidden = false;
  shown();
  bell.addEventListener("click", async () => {
    const on = !wanted();
    if (on && (await Notification.requestPermission()) !== "granted") toast(words.bell_refused, "bad");
    else ask(on ? "on" : "off");
    shown();
  });
  listen((news) => news.messages.forEach(tell));
}

const told = new Set();

function tell(message) {
  if (!wanted() || document.visibilityState === "visible") return;
  if (message.author !== null || message.deleted || message.edited || told.has(message.id)) return;
  told.add(message.id);
  const note = notification(message);
  if (!note) return;
  note.onclick = () => {
    focus();
    location.hash = store.chats.has(message.chat) ? message.chat : "";
    note.close();
  };
}

// A browser on a phone may have the word and not the thing: it shows notifications of service workers only.
function notification(message) {
  try {
    return new Notification(words.bot, { body: message.preview, tag: message.chat, icon: "/static/icon-192.png" });
  } catch {
    ask("off");
    $("bell").setAttribute("aria-pressed", "false");
    toast(words.bell_refused, "bad");
    return null;
  }
}
