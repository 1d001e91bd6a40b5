// The conversation: bubbles, edits in place, and a scroll position that stays where the reader is.
import { $, avatar, el, quietToasts, toast } from "./dom.js";
import { bubble } from "./bubble.js";
import { listen, markSeen, newest, older, store, thread } from "./store.js";
import { day, dayKey, roleLine, title, words } from "./words.js";

const shown = new Map(); // message id or ghost → its <li>
const APART = 5 * 60 * 1000;
let stuck = true;
let fetching = false;
let pressing = false;
const waiting = []; // news that came while a finger is down

export function startTalk() {
  const scroll = $("scroll");
  let top = 0;
  scroll.addEventListener("scroll", () => {
    // Who is at the end leaves it by scrolling up only: what grows below, between two frames, is none of theirs.
    const end = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
    stuck = end || (stuck && scroll.scrollTop >= top);
    top = scroll.scrollTop;
    if (stuck) $("down").hidden = true;
    if (scroll.scrollTop < 160) more();
  }, { passive: true });
  const settle = new ResizeObserver(() => stuck && toEnd());
  settle.observe(scroll);
  settle.observe($("bubbles"));
  $("down").addEventListener("click", toEnd);
  document.addEventListener("visibilitychange", seenNow);
  $("bubbles").addEventListener("pointerdown", () => { pressing = true; });
  for (const end of ["pointerup", "pointercancel", "blur"]) window.addEventListener(end, () => setTimeout(lifted));
  listen((news) => {
    if (!store.open) return;
    if (news.all) head();
    const mine = (news.messages ?? []).filter((message) => message.chat === store.open);
    if (mine.length) update(mine);
  });
}

function lifted() {
  pressing = false;
  const held = waiting.splice(0).filter((message) => message.chat === store.open);
  if (held.length) update(held);
}

export function toEnd() {
  $("scroll").scrollTop = $("scroll").scrollHeight;
  stuck = true;
  $("down").hidden = true;
}

function seenNow() {
  if (store.open && document.visibilityState === "visible") markSeen(store.open);
}

function head() {
  const chat = store.chats.get(store.open);
  if (!chat) return;
  const name = title(chat, store.mode);
  $("talk-avatar").replaceChildren(avatar(name, chat.kind));
  $("talk-name").textContent = name;
  $("to-board").hidden = chat.kind === "group";
  $("board-account").value = chat.account ?? "";
  $("talk-role").textContent = chat.kind === "group" ? `${words.group} · ${chat.path}` : roleLine(chat, store.mode);
}

export async function openTalk() {
  const chat = store.chats.get(store.open);
  quietToasts(); // they were about another chat
  document.body.dataset.screen = chat ? "talk" : "list";
  $("welcome").hidden = Boolean(chat);
  for (const part of ["talk-head", "scroll", "composer"]) $(part).hidden = !chat;
  $("down").hidden = true;
  if (!chat) return;
  head();
  await fillTalk(chat.chat);
}

export async function fillTalk(id) {
  const log = $("bubbles");
  const known = thread(id);
  draw([...known.items.values()], true);
  if (!known.loaded) log.append(...[1, 2, 3].map(() => el("li", { class: "bone", "aria-hidden": "true", "data-ghost": "1" })));
  log.setAttribute("aria-busy", "true");
  try {
    await newest(id);
  } catch (failure) {
    toast(failure.message || words.load_failed, "bad");
  }
  if (store.open !== id) return;
  draw([...known.items.values()], true);
  log.removeAttribute("aria-busy");
  toEnd();
  seenNow();
}

function draw(messages, afresh) {
  const focused = document.activeElement?.closest("#bubbles .bubble")?.dataset.id;
  if (afresh) {
    shown.clear();
    $("bubbles").replaceChildren();
  }
  for (const message of messages.sort((a, b) => a.id - b.id)) place(message);
  arrange();
  if (focused && afresh) shown.get(Number(focused))?.focus({ preventScroll: true });
}

function place(message) {
  const made = bubble(message, mine(message));
  const old = shown.get(message.id);
  const focused = old?.contains(document.activeElement);
  if (old) old.replaceWith(made);
  else $("bubbles").insertBefore(made, follower(message.id));
  shown.set(message.id, made);
  if (focused) made.focus({ preventScroll: true }); // the next Tab leads to its first button
  return made;
}

const mine = (message) => message.author !== null && message.author === (store.acting ?? store.me);

function follower(id) {
  let node = $("bubbles").lastElementChild;
  let after = null;
  while (node && (node.dataset.ghost || node.classList.contains("day") || Number(node.dataset.id) > id)) {
    after = node;
    node = node.previousElementSibling;
  }
  return after;
}

// What arrives while one reads moves nothing: the first bubble in view stays where it is.
function steady(change) {
  const scroll = $("scroll");
  const end = stuck;
  const edge = scroll.getBoundingClientRect().top;
  const anchor = [...shown].find(([, node]) => node.isConnected && node.getBoundingClientRect().bottom > edge);
  const before = anchor?.[1].getBoundingClientRect().top;
  change();
  if (end) return toEnd();
  const now = anchor && shown.get(anchor[0]);
  if (now?.isConnected) scroll.scrollTop += now.getBoundingClientRect().top - before;
}

// What lies under a finger stays until the finger is lifted: a button drawn anew in between would lose the tap.
function update(messages) {
  if (pressing) return void waiting.push(...messages);
  let fresh = false;
  steady(() => {
    for (const message of messages) {
      const old = shown.get(message.id);
      if (message.deleted) {
        if (old?.contains(document.activeElement)) $("text").focus({ preventScroll: true });
        old?.remove();
        shown.delete(message.id);
      } else if (old || !olderThanShown(message)) {
        const made = place(message);
        if (old && message.author === null && message.edited) made.classList.add("changed");
        if (!old) made.classList.add("fresh");
        fresh ||= !old && !mine(message);
      }
    }
    arrange();
  });
  if (fresh && !stuck) $("down").hidden = false;
  seenNow();
}

function olderThanShown(message) {
  const known = thread(store.open);
  return known.more && message.id < Math.min(...known.items.keys());
}

export function ghost(content) {
  const node = el("li", { class: "bubble mine ghost", "data-ghost": "1" }, content);
  $("bubbles").append(node);
  $("empty").hidden = true;
  toEnd();
  return node;
}

// Date lines between days; bubbles of one author close together.
function arrange() {
  $("bubbles").querySelectorAll(".day").forEach((line) => line.remove());
  markSwitch();
  let before = null;
  for (const node of [...$("bubbles").children]) {
    if (node.dataset.ghost || node.classList.contains("day")) continue;
    const at = new Date(node.dataset.at);
    const newDay = !before || dayKey(at) !== dayKey(before.at);
    if (newDay) node.before(el("li", { class: "day" }, el("span", {}, day(at))));
    const joined = !newDay && before.author === node.dataset.author && at - before.at < APART;
    node.classList.toggle("joined", joined);
    before = { at, author: node.dataset.author };
  }
  $("empty").hidden = $("bubbles").childElementCount > 0 || !thread(store.open).loaded;
}

// In the demo everybody's language can be switched: where messages of before stand above, the page says so.
function markSwitch() {
  const switched = store.tour?.switched;
  if (!switched || switched.locale === words.locale) return;
  const before = [...shown.values()].filter(
    (node) => node.isConnected && node.dataset.author === "" && Number(node.dataset.change) <= switched.change,
  );
  const last = before.sort((a, b) => Number(a.dataset.id) - Number(b.dataset.id)).at(-1);
  last?.after(el("li", { class: "day switched" }, el("span", {}, words.switched)));
}

// Show one message that search found, with what lies around it.
export async function showMessage(id) {
  const chat = store.open;
  const known = thread(chat);
  while (!known.items.has(id) && known.more && store.open === chat) await older(chat);
  if (store.open !== chat) return;
  draw([...known.items.values()], true);
  const node = shown.get(id);
  if (!node) return;
  stuck = false;
  node.scrollIntoView({ block: "center" });
  node.classList.add("changed");
}

async function more() {
  const id = store.open;
  const known = id && thread(id);
  if (!known?.loaded || !known.more || fetching) return;
  fetching = true;
  try {
    const found = await older(id);
    if (store.open === id) steady(() => draw(found, false));
  } catch {
    // scrolling on asks again
  } finally {
    fetching = false;
  }
}

export function redraw() {
  if (store.open) steady(() => draw([...thread(store.open).items.values()], false));
}

