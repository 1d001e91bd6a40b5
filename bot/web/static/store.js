// What this page knows: the chats, their messages as far as they were looked at, and what has been seen.
import { get } from "./net.js";
import { inZone } from "./words.js";

export const store = { mode: "run", me: null, epoch: "", since: 0, chats: new Map(), commands: [], clock: null, tour: null, open: null };

const threads = new Map();
const listeners = [];
let seen = {};
let reloading = null;

export const listen = (listener) => listeners.push(listener);
const tell = (news) => listeners.forEach((listener) => listener({ chats: new Set(), messages: [], ...news }));

// A button was pressed, and the server took it.
export const tapped = (chat, what) => tell({ tap: { chat, what } });

export const knows = (name) => store.commands.some((each) => `/${each.command.replace("/", "")}` === name);

export async function load() {
  const state = await get("/chat/state");
  const anew = store.epoch !== state.epoch;
  if (anew) threads.clear();
  const since = anew ? state.since : store.since; // news between then and now is still to come
  Object.assign(store, { ...state, since, chats: new Map(state.chats.map((chat) => [chat.chat, chat])) });
  inZone(state.timezone);
  readSeen();
  tell({ all: true });
}

// The demo's store is new with every start, so what was seen in it is remembered per start.
export const keyOf = (what) => `${what} ${store.mode === "demo" ? store.epoch : store.me}`;
const seenKey = () => keyOf("seen");

function readSeen() {
  seen = {};
  try {
    learn(localStorage.getItem(seenKey()));
  } catch {
    // a private window without storage
  }
}

// Two tabs may write in the same moment: whatever either has seen is seen.
function learn(kept) {
  for (const [chat, id] of Object.entries(JSON.parse(kept) ?? {})) seen[chat] = Math.max(seen[chat] ?? 0, id);
}

// What was seen in another tab of this browser is seen here too.
addEventListener("storage", (event) => {
  if (!store.epoch || event.key !== seenKey()) return;
  learn(event.newValue);
  tell({ chats: new Set(store.chats.keys()) });
});

export function markSeen(chat) {
  const last = Math.max(store.chats.get(chat)?.last?.id ?? 0, threads.get(chat)?.newest ?? 0);
  if (!last || (seen[chat] ?? 0) >= last) return;
  seen[chat] = last;
  try {
    learn(localStorage.getItem(seenKey()));
    localStorage.setItem(seenKey(), JSON.stringify(seen));
  } catch {
    // a private window without storage: the marks live as long as the page
  }
  tell({ chats: new Set([chat]) });
}

export const unread = (chat) => (chat.last?.recent ?? []).filter((id) => id > (seen[chat.chat] ?? 0)).length;

export function thread(chat) {
  if (!threads.has(chat)) threads.set(chat, { items: new Map(), more: false, loaded: false, newest: 0 });
  return threads.get(chat);
}

// The newest page of a chat, asked for whenever it is opened: the server then knows whose phone is being looked at.
export async function newest(chat) {
  const known = thread(chat);
  const page = await get("/chat/messages", { chat });
  page.messages.forEach((message) => keep(known, message));
  if (!known.loaded) Object.assign(known, { more: page.more, loaded: true });
}

export async function older(chat) {
  const known = thread(chat);
  const page = await get("/chat/messages", { chat, before: Math.min(...known.items.keys()) });
  page.messages.forEach((message) => keep(known, message));
  known.more = page.more;
  return page.messages;
}

// A page may have been read before the news that overtook it.
function keep(known, message) {
  const old = known.items.get(message.id);
  if (old?.change > message.change) return;
  if (message.deleted) known.items.delete(message.id);
  else known.items.set(message.id, { ...message, name: message.name ?? old?.name });
  known.newest = Math.max(known.newest, message.id);
}

// News from the server, or the answer to one's own message: the same either way, in any order, twice or once.
export function take(messages) {
  const touched = new Set();
  for (const message of messages) {
    const chat = store.chats.get(message.chat);
    touched.add(message.chat);
    if (!chat) reloadSoon();
    else summarise(chat, message);
    const known = threads.get(message.chat);
    if (known) keep(known, message);
  }
  if (messages.length) tell({ chats: touched, messages });
}

function summarise(chat, message) {
  const last = chat.last ?? { id: 0, recent: [] };
  if (message.deleted) {
    last.recent = last.recent.filter((id) => id !== message.id);
    if (last.id === message.id) reloadSoon();
    return;
  }
  if (message.id >= last.id) {
    const fresh = message.id > last.id && message.author === null;
    const recent = fresh ? [...last.recent, message.id].slice(-20) : last.recent;
    chat.last = { id: message.id, text: message.preview, at: message.at, recent };
  }
}

function reloadSoon() {
  reloading ??= setTimeout(async () => {
    reloading = null;
    await load().catch(() => {}); // the poll beside it shows a lost connection
  }, 800);
}

export const isBelow = (path, top) => path === top || path.startsWith(`${top}/`);

// Who may write in a chat: in one's own only oneself, in a group those of its unit and below.
export function writers(chat) {
  const all = [...store.chats.values()].filter((each) => each.kind === "person");
  if (chat.kind === "person") return [chat];
  return store.mode === "run" ? all : all.filter((each) => each.paths.some((path) => isBelow(path, chat.path)));
}
