// The line one writes in: text, commands after a slash, files; and, in the demo's groups, as whom.
import { $, el, toast } from "./dom.js";
import { post, send } from "./net.js";
import { store, take, writers } from "./store.js";
import { ghost, redraw } from "./talk.js";
import { roleLine, words } from "./words.js";

const FILE_LIMIT = 10 * 1024 * 1024;
const RANK = { member: 0, lead: 1, admin: 2 };
const drafts = new Map();
let person = null; // whom the reader was last
let chosen = 0;

export function startComposer() {
  const text = $("text");
  text.addEventListener("input", () => (grow(), offer()));
  text.addEventListener("keydown", keys);
  text.addEventListener("blur", () => setTimeout(() => ($("commands").hidden = true), 150));
  text.addEventListener("paste", (event) => event.clipboardData.files.length && upload(event.clipboardData.files));
  $("composer").addEventListener("submit", (event) => (event.preventDefault(), say()));
  $("slash").addEventListener("click", () => {
    text.value = text.value.startsWith("/") ? text.value : "/";
    text.focus();
    offer();
  });
  attaching();
  $("as-who").addEventListener("change", () => (act($("as-who").value), redraw()));
  dropping();
}

function act(account) {
  store.acting = account;
  person = account;
  $("slash").hidden = available().length === 0;
}

export function changeWriter(before) {
  const chat = store.chats.get(store.open);
  if (before) drafts.set(before, $("text").value);
  $("text").value = drafts.get(store.open) ?? "";
  $("commands").hidden = true;
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
  const chat = store.open;
  if (!text || !chat) return;
  $("text").value = "";
  $("commands").hidden = true;
  grow();
  const waiting = ghost(el("div", { class: "body" }, el("div", { class: "text" }, text), el("span", { class: "stamp" }, words.sending)));
  try {
    const told = await post("/chat/say", { account: store.acting, chat, text });
    waiting.remove();
    take([told.message]);
  } catch (failure) {
    waiting.remove();
    toast(failure.message || words.failed, "bad");
    if (store.open === chat && !$("text").value) $("text").value = text; // nothing typed is lost
    grow();
  }
}

// What may be attached: a photo, a voice message, any file, the place.
function attaching() {
  const open = (shown) => {
    $("ways").hidden = !shown;
    $("attach").setAttribute("aria-expanded", String(shown));
  };
  $("attach").addEventListener("click", (event) => (event.stopPropagation(), open($("ways").hidden)));
  document.addEventListener("click", () => open(false));
  document.addEventListener("keydown", (event) => event.key === "Escape" && open(false));
  for (const way of document.querySelectorAll("[data-input]")) {
    const input = $(way.dataset.input);
    way.addEventListener("click", () => input.click());
    input.addEventListener("change", async () => {
      const files = [...input.files];
      input.value = "";
      await upload(files);
    });
  }
  $("place").addEventListener("click", share);
}

async function share() {
  const chat = store.open;
  const waiting = ghost(el("div", { class: "body" }, el("div", { class: "text" }, "📍"), el("span", { class: "stamp" }, words.sending)));
  try {
    const { coords } = await new Promise((found, lost) =>
      navigator.geolocation.getCurrentPosition(found, lost, { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 }),
    );
    const told = await post("/chat/place", {
      account: store.acting,
      chat,
      latitude: coords.latitude.toFixed(7),
      longitude: coords.longitude.toFixed(7),
      accuracy: coords.accuracy.toFixed(1),
    });
    take([told.message]);
  } catch (failure) {
    const refused = failure.code === 1; // GeolocationPositionError.PERMISSION_DENIED
    toast(refused ? words.place_refused : failure.code ? words.place_unknown : failure.message || words.failed, "bad");
  } finally {
    waiting.remove();
  }
}

const CAPTION_LIMIT = 1000;

// What stands in the line goes along with the first file.
function caption() {
  const said = $("text").value.trim();
  if (!said || said.startsWith("/") || said.length > CAPTION_LIMIT) return "";
  $("text").value = "";
  grow();
  return said;
}

async function upload(files) {
  for (const file of files) {
    const chat = store.open;
    if (file.size > FILE_LIMIT) {
      toast(words.too_big, "bad");
      continue;
    }
    const said = caption();
    const waiting = ghost(el("div", { class: "body" }, el("div", { class: "text" }, said ? `${file.name}\n${said}` : file.name), el("span", { class: "stamp" }, words.sending)));
    try {
      const told = await send("/chat/file", { account: store.acting ?? "", chat, name: file.name, caption: said }, file);
      take([told.message]);
    } catch (failure) {
      toast(failure.message || words.failed, "bad");
      if (said && store.open === chat && !$("text").value) $("text").value = said; // nothing typed is lost
      grow();
    } finally {
      waiting.remove();
    }
  }
}

function dropping() {
  let depth = 0;
  const carries = (event) => store.open && [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (more) => ($("drop").hidden = (depth = Math.max(0, depth + more)) === 0);
  $("talk").addEventListener("dragenter", (event) => carries(event) && (event.preventDefault(), show(1)));
  $("talk").addEventListener("dragleave", (event) => carries(event) && show(-1));
  $("talk").addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  $("talk").addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(-depth);
    upload(event.dataTransfer.files);
  });
}

// Commands

function available() {
  const rank = RANK[[...store.chats.values()].find((chat) => chat.account === store.acting)?.role] ?? 0;
  return store.commands.filter((each) => RANK[each.role] <= rank);
}

function offer() {
  const typed = $("text").value;
  const asked = typed.slice(1).toLowerCase();
  const found = /^\/\S*$/.test(typed)
    ? available().filter((each) => each.command.replace("/", "").startsWith(asked) || each.word.includes(asked))
    : [];
  chosen = 0;
  $("commands").hidden = found.length === 0;
  $("commands").replaceChildren(...found.map(line));
}

function line(each, at) {
  const name = `/${each.command.replace("/", "")}`;
  return el(
    "button",
    { type: "button", role: "option", tabindex: "-1", "aria-selected": String(at === 0), "data-name": name, onclick: () => pick(name) },
    el("b", {}, name),
    el("span", { class: "command-word" }, each.word),
    el("span", { class: "command-about" }, each.description),
  );
}

function pick(name) {
  $("text").value = `${name} `;
  $("commands").hidden = true;
  $("text").focus();
  grow();
}

function keys(event) {
  if (event.isComposing || event.keyCode === 229) return; // an input method is at work
  const lines = [...$("commands").children];
  const listed = !$("commands").hidden && lines.length > 0;
  if (listed && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    chosen = (chosen + (event.key === "ArrowDown" ? 1 : lines.length - 1)) % lines.length;
    lines.forEach((each, at) => each.setAttribute("aria-selected", String(at === chosen)));
    lines[chosen].scrollIntoView({ block: "nearest" });
  } else if (listed && event.key === "Escape") {
    $("commands").hidden = true;
  } else if (listed && (event.key === "Tab" || (event.key === "Enter" && lines[chosen].dataset.name !== $("text").value))) {
    event.preventDefault();
    pick(lines[chosen].dataset.name);
  } else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    say();
  }
}
