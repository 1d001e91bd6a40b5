// The commands that a slash offers: a listbox driven from the line one writes in, which keeps the focus.
import { $, el } from "./dom.js";
import { store } from "./store.js";
import { words } from "./words.js";

const RANK = { member: 0, lead: 1, admin: 2 };
let chosen = 0;
let picked = () => {};

export function startCommands(onPick) {
  picked = onPick;
  $("commands").addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays where it is
}

export function available() {
  const rank = RANK[[...store.chats.values()].find((chat) => chat.account === store.acting)?.role] ?? 0;
  return store.commands.filter((each) => RANK[each.role] <= rank);
}

// Chinese keyboards write a wider slash.
export const isCommand = (typed) => /^[/／]\S*$/.test(typed);

// Offer the commands that begin as what is typed; `all` whatever is typed.
export function offer(all = false) {
  const typed = $("text").value;
  const command = isCommand(typed);
  const asked = command ? typed.slice(1).toLowerCase() : "";
  const found = command || all
    ? available().filter((each) => each.command.replace("/", "").startsWith(asked) || each.word.includes(asked))
    : [];
  $("commands").replaceChildren(...found.map(line));
  show(found.length > 0);
  choose(Math.max(0, found.findIndex((each) => each.word === asked)));
}

export const hideCommands = () => show(false);

function show(shown) {
  $("commands").hidden = !shown;
  if (!shown) $("text").removeAttribute("aria-activedescendant");
}

function line(each, at) {
  const name = `/${each.command.replace("/", "")}`;
  const chinese = words.locale === "zh_CN" ? el("span", { class: "command-word" }, each.word) : null;
  return el(
    "button",
    { type: "button", role: "option", id: `command-${at}`, tabindex: "-1", "data-name": name, "data-word": each.word, onclick: () => picked(name) },
    el("b", {}, name),
    chinese,
    el("span", { class: "command-about" }, each.description),
  );
}

function choose(at) {
  const lines = [...$("commands").children];
  chosen = at;
  lines.forEach((each, number) => each.setAttribute("aria-selected", String(number === at)));
  if (!lines[at]) return;
  $("text").setAttribute("aria-activedescendant", lines[at].id);
  lines[at].scrollIntoView({ block: "nearest" });
}

function typedWhole(line) {
  const typed = $("text").value.slice(1);
  return typed === line.dataset.name.slice(1) || typed === line.dataset.word;
}

// Say whether a key was meant for the list.
export function commandKey(event) {
  const lines = [...$("commands").children];
  if ($("commands").hidden || !lines.length) return false;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    choose((chosen + (event.key === "ArrowDown" ? 1 : lines.length - 1)) % lines.length);
  } else if (event.key === "Escape") {
    hideCommands();
  } else if (event.key === "Tab" || (event.key === "Enter" && !typedWhole(lines[chosen]))) {
    picked(lines[chosen].dataset.name);
  } else {
    return false;
  }
  event.preventDefault();
  return true;
}
