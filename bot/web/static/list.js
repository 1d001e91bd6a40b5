// The list of chats: people and groups, search, unread marks.
import { $, avatar, el } from "./dom.js";
import { listen, store, unread } from "./store.js";
import { fill, roleLine, shortDay, time, dayKey, words } from "./words.js";

const rows = new Map();
let tab = "person";

export function startList() {
  $("search").addEventListener("input", narrow);
  $("rows").addEventListener("keydown", walk);
  for (const button of $("tabs").children) {
    button.addEventListener("click", () => show(button.dataset.tab));
    button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      (button.nextElementSibling ?? button.previousElementSibling).focus();
      show(document.activeElement.dataset.tab);
    });
  }
  listen((news) => (news.all ? rebuild() : news.chats.forEach((id) => refresh(store.chats.get(id))), totals()));
}

function rebuild() {
  rows.clear();
  for (const section of $("rows").querySelectorAll("section")) {
    const found = [...store.chats.values()].filter((chat) => chat.kind === section.dataset.kind);
    section.querySelector(".section-rows").replaceChildren(...found.map(row));
  }
  $("tabs").hidden = store.chats.size <= 12;
  $("tabs").parentElement.classList.toggle("few", store.chats.size <= 12);
  for (const chat of store.chats.values()) refresh(chat);
  narrow();
  highlight();
  starts();
}

// The demo's empty page proposes whom to be: one of each kind, as deep in the tree as there is.
function starts() {
  if (store.mode !== "demo") return;
  const depth = (chat) => chat.path.split("/").length;
  const all = [...store.chats.values()].sort((a, b) => depth(b) - depth(a));
  const people = all.filter((chat) => chat.kind === "person");
  const found = [
    [people.find((chat) => chat.role === "member" && !chat.wards), words.as_member],
    [people.find((chat) => chat.wards), words.as_reporter],
    [people.find((chat) => chat.role === "lead" && !chat.wards), words.as_lead],
    [all.find((chat) => chat.kind === "group"), words.as_group],
  ];
  $("starts").replaceChildren(...found.filter(([chat]) => chat).map(([chat, about]) => {
    const said = chat.kind === "group" ? words.group : `${chat.unit} · ${words[chat.role]}`;
    const lines = el("span", {}, el("b", {}, chat.name), el("small", {}, said), el("small", {}, about));
    return el("a", { href: `#${chat.chat}` }, avatar(chat.name, chat.kind), lines);
  }));
}

function row(chat) {
  const parts = {
    name: el("span", { class: "row-name" }, chat.name),
    role: el("span", { class: `row-role ${chat.role ?? ""}` }, roleLine(chat)),
    at: el("time", { class: "row-at" }),
    text: el("span", { class: "row-text" }),
    badge: el("span", { class: "badge", hidden: true }),
  };
  const top = el("span", { class: "row-line" }, parts.name, parts.role, parts.at);
  const bottom = el("span", { class: "row-line" }, parts.text, parts.badge);
  const link = el("a", { class: "row", href: `#${chat.chat}`, title: chat.path || null }, avatar(chat.name, chat.kind));
  link.append(el("span", { class: "row-words" }, top, bottom));
  rows.set(chat.chat, { link, ...parts });
  return link;
}

function refresh(chat) {
  const shown = chat && rows.get(chat.chat);
  if (!shown) return;
  shown.text.textContent = chat.last?.text ?? "";
  const at = chat.last ? new Date(chat.last.at) : null;
  const today = dayKey(new Date(store.clock?.now ?? Date.now()));
  shown.at.textContent = at ? (dayKey(at) === today ? time(at) : shortDay(at)) : "";
  badge(shown.badge, unread(chat));
}

function badge(node, count) {
  node.hidden = count === 0;
  node.textContent = count > 99 ? "99+" : count;
  node.setAttribute("aria-label", fill(words.unread, { n: count }));
}

function totals() {
  let all = 0;
  for (const button of $("tabs").children) {
    const found = [...store.chats.values()].filter((chat) => chat.kind === button.dataset.tab && unread(chat));
    badge(button.querySelector(".badge"), found.length);
    all += found.length;
  }
  document.title = store.mode === "run" && all ? `(${all}) ${words.title}` : words.title;
}

function show(kind) {
  tab = kind;
  for (const button of $("tabs").children) button.setAttribute("aria-selected", String(button.dataset.tab === kind));
  $("rows").scrollTop = 0;
  narrow();
}

function narrow() {
  const asked = $("search").value.trim().toLowerCase();
  const tabbed = !$("tabs").hidden && !asked;
  let shown = 0;
  for (const section of $("rows").querySelectorAll("section")) {
    let within = 0;
    for (const chat of store.chats.values()) {
      if (chat.kind !== section.dataset.kind) continue;
      const text = `${chat.name} ${chat.staff_no ?? ""} ${chat.path} ${roleLine(chat)}`.toLowerCase();
      const fits = text.includes(asked);
      rows.get(chat.chat).link.hidden = !fits;
      within += fits;
    }
    section.hidden = within === 0 || (tabbed && section.dataset.kind !== tab);
    section.classList.toggle("bare", tabbed);
    shown += section.hidden ? 0 : within;
  }
  $("nothing").hidden = shown > 0;
  $("nothing").textContent = asked ? words.no_match : words.no_chats;
}

export function highlight(moved = false) {
  const open = store.chats.get(store.open);
  if (moved && open && open.kind !== tab && !$("tabs").hidden) show(open.kind);
  for (const [chat, { link }] of rows) {
    if (chat === store.open) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  if (moved) rows.get(store.open)?.link.scrollIntoView({ block: "nearest" });
}

function walk(event) {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const links = [...$("rows").querySelectorAll("a.row")].filter((link) => link.offsetParent);
  const next = links[links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}
