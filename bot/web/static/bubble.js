// One bubble: its words, its file, its buttons.
import { $, alertBox, el, icon, rich, toast } from "./dom.js";
import { post } from "./net.js";
import { knows, store, tapped } from "./store.js";
import { fill, size, time, words } from "./words.js";

export function bubble(message, mine) {
  const side = mine ? "mine" : message.author === null ? "bot" : "other";
  const node = el("li", {
    class: `bubble ${side}`,
    "data-id": message.id,
    "data-at": message.at,
    "data-author": message.author ?? "",
    "data-change": message.change,
    tabindex: "-1",
  });
  const body = el("div", { class: "body" });
  if (message.author !== null && !mine) body.append(el("p", { class: "author" }, message.name ?? ""));
  if (message.file) body.append(attachment(message.file));
  if (message.picture) body.append(drawn(message.picture));
  if (message.text) body.append(el("div", { class: "text" }, message.author === null ? rich(message.text, knows) : message.text));
  body.append(stamp(message));
  node.append(body);
  if (message.buttons.length) node.append(keyboard(message));
  return node;
}

function stamp(message) {
  const at = new Date(message.at);
  const mark = message.edited ? ` · ${fill(words.edited, { at: time(new Date(message.edited)) })}` : "";
  return el("span", { class: "stamp" }, el("time", { datetime: message.at }, time(at)), mark);
}

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

const SOUNDS = new Set(
  ["mpeg", "ogg", "mp4", "x-m4a", "aac", "wav", "x-wav", "webm"].map((kind) => `audio/${kind}`),
);

function attachment(file) {
  const link = { href: file.url, download: file.name };
  if (PICTURES.has(file.mime)) {
    return el("a", { class: "picture", ...link }, el("img", { src: file.url, alt: file.name, loading: "lazy" }));
  }
  if (SOUNDS.has(file.mime)) {
    const player = el("audio", { controls: true, preload: "none", src: file.url, "aria-label": file.name });
    return el("div", { class: "sound" }, player, el("a", link, file.name));
  }
  const about = el("span", { class: "file-words" }, el("b", {}, file.name), el("small", {}, size(file.size)));
  return el("a", { class: "file", ...link }, el("span", { class: "file-icon" }, icon("file")), about);
}

function drawn(picture) {
  const shown = el("img", { src: picture.url, alt: picture.alt });
  return el("a", { class: "drawn", href: picture.url, target: "_blank", rel: "noopener" }, shown);
}

function keyboard(message) {
  const board = el("div", { class: "keyboard" });
  for (const row of message.buttons) {
    board.append(el("div", { class: "key-row" }, ...row.map((key) => button(key, message, board))));
  }
  return board;
}

function button(key, message, board) {
  return el(
    "button",
    { type: "button", class: key.primary ? "key main" : "key", "data-does": does(key), onclick: (event) => tap(event.currentTarget, key, message, board) },
    el("span", { class: "key-label" }, key.label),
  );
}

export const does = (key) => key.data.split(".", 2).join(".");

// A form's page opens at once: on this machine nobody needs a link.
const PAGES = { "dashboard.form": "board-report", "dashboard.answer": "board-survey" };

function fillIn(key) {
  const about = $(PAGES[does(key)]);
  about.value = key.data.split(".")[2];
  $("to-board").requestSubmit();
  about.value = "";
}

async function tap(pressed, key, message, board) {
  if (does(key) in PAGES) return fillIn(key);
  if (board.querySelector("[aria-busy]")) return; // one at a time; not `disabled`, which would lose the focus
  const all = board.querySelectorAll("button");
  all.forEach((each) => each.setAttribute("aria-disabled", "true"));
  pressed.setAttribute("aria-busy", "true");
  try {
    const told = { account: store.acting, chat: message.chat, message: String(message.id), data: key.data };
    const answer = await post("/chat/tap", told);
    tapped(message.chat, does(key));
    if (answer.alert) alertBox(answer.toast);
    else toast(answer.toast);
  } catch (failure) {
    toast(failure.message || words.failed, "bad");
  } finally {
    // the bubble may have been redrawn meanwhile; then these buttons are gone, and that is well
    all.forEach((each) => each.removeAttribute("aria-disabled"));
    pressed.removeAttribute("aria-busy");
  }
}
