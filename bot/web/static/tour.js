// The demo's tour: whom to be, what to tap, when to jump. Each stop ends by itself; it may be left, and found again.
import { sayThis } from "./composer.js";
import { $, el } from "./dom.js";
import { clockTime, drive } from "./stage.js";
import { keyOf, listen, store } from "./store.js";
import { fill, words } from "./words.js";

const LOOK = 6000; // milliseconds for which a chat has to be open to count as looked at
const MOMENT = 1500;
let at = 0;
let away = false;
let ending = false; // what was to be done here is done
let looking = null;

export function startTour() {
  if (!$("tour")) return;
  $("tour-do").addEventListener("click", act);
  $("tour-skip").addEventListener("click", () => go(at + 1));
  $("tour-leave").addEventListener("click", () => leave(true));
  $("tour-chip").addEventListener("click", () => leave(false));
  new MutationObserver(mark).observe($("bubbles"), { childList: true });
  addEventListener("hashchange", () => setTimeout(show));
  listen((news) => {
    if (news.all) resume();
    if (news.tap && stop()?.done.includes(news.tap.what) && news.tap.chat === stop().chat) done();
  });
  setInterval(watch, 400);
}

const stop = () => (store.tour && !away ? store.tour.stops[at] : null);

function resume() {
  ending = false;
  try {
    ({ at, away } = { at: 0, away: false, ...JSON.parse(localStorage.getItem(keyOf("tour"))) });
  } catch {
    // without storage it begins with the page
  }
  show();
}

function go(to) {
  [at, ending] = [to, false];
  if (at >= store.tour.stops.length) [at, away] = [0, true];
  keep();
}

// What was done is left on the screen for a moment before the next words come.
function done() {
  ending = true;
  save(at + 1); // also if the page is left in this moment
  show();
  setTimeout(() => ending && go(at + 1), MOMENT);
}

function leave(left) {
  away = left;
  keep();
  $(left ? "tour-chip" : "tour-skip").focus();
}

function keep() {
  save(at);
  show();
}

function save(to) {
  try {
    localStorage.setItem(keyOf("tour"), JSON.stringify({ at: to, away }));
  } catch {
    // then it lives as long as the page
  }
}

function show() {
  const now = stop();
  $("tour").hidden = !now;
  $("tour-chip").hidden = !away;
  $("tour-chip-at").textContent = store.tour ? `${at + 1}/${store.tour.stops.length}` : "";
  mark();
  if (!now) return;
  const chat = store.chats.get(now.chat);
  const about = { name: chat?.name ?? "", unit: chat?.unit ?? chat?.name ?? "" };
  const said = words.tour[at];
  $("tour-at").textContent = ending ? "✓" : `${at + 1}/${store.tour.stops.length}`;
  $("tour-title").textContent = said.title;
  $("tour-text").textContent = fill(said.text, about);
  const label = todo(now) === "open" ? fill(words.tour_open, about) : todo(now) ? said.do : "";
  $("tour-do").hidden = !label;
  $("tour-do").textContent = label;
  $("tour-more").hidden = ending || !now.more.length;
  $("tour-more").replaceChildren(...now.more.map((it, n) => more(it, said.more[n])));
  $("tour-skip").textContent = at + 1 < store.tour.stops.length ? words.tour_skip : words.tour_end;
}

// Something to try besides: be somebody, and write what begins it.
function more(it, label) {
  return el("button", { type: "button", class: "primary", onclick: () => begin(it) }, label);
}

async function begin(it) {
  location.hash = it.chat;
  for (let n = 0; n < 100 && (store.open !== it.chat || $("bubbles").hasAttribute("aria-busy")); n++) {
    await new Promise((go) => setTimeout(go, 100)); // until the chat is open
  }
  await sayThis(it.say);
}

const early = (now) => now.at && clockTime() && clockTime() < now.at;

// What the button does next: jump to the hour, open the chat, or say the words.
function todo(now) {
  if (ending) return "";
  if (early(now)) return "until";
  if (now.chat && store.open !== now.chat) return "open";
  return now.say && !$("bubbles").querySelector(".marked") ? "say" : "";
}

async function act() {
  const now = stop();
  const what = todo(now);
  if (what === "open") location.hash = now.chat;
  else if (what === "say") await sayThis(now.say);
  else if (what === "until") {
    $("tour-do").setAttribute("aria-busy", "true");
    await drive({ action: "until", kind: now.until });
    $("tour-do").removeAttribute("aria-busy");
    if (now.chat && stop() === now) location.hash = now.chat;
    watch();
  }
  show();
}

// Stops that end without a tap: an hour that has come, a group that was looked at.
function watch() {
  const now = stop();
  if (!now) return;
  if (now.until && !now.chat && !early(now) && clockTime()) return go(at + 1);
  const open = now.group && store.open === now.chat;
  if (!open) looking = null;
  else if (!looking) looking = Date.now();
  else if (Date.now() - looking > LOOK) return (looking = null), go(at + 1);
  if ($("tour-do").hidden !== !todo(now)) show();
}

// One button at a time: the first that fits, in the newest message that has one.
function mark() {
  const now = stop();
  const keys = [...$("bubbles").querySelectorAll(".key")];
  const fitting = now && !ending && store.open === now.chat ? keys.filter((key) => now.marks.includes(key.dataset.does)) : [];
  const newest = fitting.at(-1)?.closest(".bubble");
  const marked = fitting.find((key) => key.closest(".bubble") === newest);
  for (const key of keys) key.classList.toggle("marked", key === marked);
}
