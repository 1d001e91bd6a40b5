// The list of chats, the newest first: people and groups, what search leaves of them, unread marks.
import { $, avatar, el } from "./dom.js";
import { asked, fits, startSearch } from "./search.js";
import { listen, store, unread } from "./store.js";
import { fill, roleLine, shortDay, time, dayKey, title, words } from "./words.js";

const rows = new Map();
let tab = "person";
let drawn = ""; // whom the page proposes now

export function startList() {
  startSearch(narrow);
  $("rows").addEventListener("keydown", walk);
  for (const button of $("tabs").children) {
    button.addEventListener("click", () => show(button.dataset.tab));
    button.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      (button.nextElementSibling ?? button.previousElementSibling).focus();
      show(document.activeElement.dataset.tab);
    });
  }
  $("rows").addEventListener("pointerleave", arrange);
  listen((news) => {
    if (news.all) rebuild();
    else news.chats.forEach((id) => refresh(store.chats.get(id)));
    if (news.messages.length) arrange();
    if (news.messages.length) starts();
    totals();
  });
}

function rebuild() {
  rows.clear();
  for (const section of $("rows").querySelectorAll("section[data-kind]")) {
    const found = [...store.chats.values()].filter((chat) => chat.kind === section.dataset.kind);
    section.querySelector(".section-rows").replaceChildren(...found.map(row));
  }
  $("rows").removeAttribute("aria-busy");
  $("tabs").hidden = store.chats.size <= 12;
  for (const chat of store.chats.values()) refresh(chat);
  arrange();
  narrow();
  highlight();
  starts();
}

// The newest first, those without a message in the order of the tree; nothing moves under a finger or a pointer.
function arrange() {
  if ($("rows").matches(":hover") || $("rows").contains(document.activeElement)) return;
  for (const section of $("rows").querySelectorAll("section[data-kind] .section-rows")) {
    const chats = [...store.chats.values()].filter((chat) => rows.get(chat.chat)?.link.parentElement === section);
    chats.sort((a, b) => (b.last?.at ?? "").localeCompare(a.last?.at ?? ""));
    chats.forEach((chat, at) => {
      const { link } = rows.get(chat.chat);
      if (section.children[at] !== link) section.insertBefore(link, section.children[at] ?? null);
    });
  }
}

// Where the page can be anybody, it proposes whom to be: those who have something to show at this moment.
function starts() {
  if (store.mode !== "demo") return;
  const found = proposed().filter(([chat]) => chat?.last);
  const now = JSON.stringify(found.map(([chat, about]) => [chat.chat, chat.name, chat.unit, chat.role, about]));
  if (now === drawn) return; // a card drawn anew under a finger would lose the tap
  drawn = now;
  for (const place of [$("starts"), $("starts-list")]) {
    place.replaceChildren(...found.map(([chat, about]) => card(chat, about)));
    place.hidden = found.length === 0;
  }
}

function proposed() {
  const abouts = [words.as_member, words.as_reporter, words.as_lead, words.as_director, words.as_group];
  if (store.tour) return store.tour.cards.map((id, at) => [store.chats.get(id), abouts[at]]);
  const people = [...store.chats.values()].filter((chat) => chat.kind === "person");
  return [
    [people.find((chat) => chat.role === "member" && !chat.wards && chat.last), words.as_member],
    [people.find((chat) => chat.role === "lead" && chat.last), words.as_lead],
    [[...store.chats.values()].find((chat) => chat.kind === "group" && chat.last), words.as_group],
  ];
}

function card(chat, about) {
  const said = chat.kind === "group" ? words.group : `${chat.unit} · ${words[chat.role]}`;
  const lines = el("span", {}, el("b", {}, chat.name), el("small", {}, said), el("small", {}, about));
  return el("a", { href: `#${chat.chat}` }, avatar(chat.name, chat.kind), lines);
}

function row(chat) {
  const parts = {
    name: el("span", { class: "row-name" }, title(chat, store.mode)),
    role: el("span", { class: `row-role ${chat.role ?? ""}` }, roleLine(chat, store.mode)),
    at: el("time", { class: "row-at" }),
    text: el("span", { class: "row-text" }),
    badge: el("span", { class: "badge", role: "img", hidden: true }),
  };
  const top = el("span", { class: "row-line" }, parts.name, parts.role, parts.at);
  const bottom = el("span", { class: "row-line" }, parts.text, parts.badge);
  const link = el("a", { class: "row", href: `#${chat.chat}`, title: chat.path || null }, avatar(title(chat, store.mode), chat.kind));
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
  node.setAttribute("role", "img");
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
  for (const button of $("tabs").children) {
    button.setAttribute("aria-selected", String(button.dataset.tab === kind));
    button.tabIndex = button.dataset.tab === kind ? 0 : -1;
  }
  $("rows").scrollTop = 0;
  narrow();
}

function narrow() {
  const wanted = asked();
  const tabbed = !$("tabs").hidden && !wanted;
  let shown = 0;
  for (const section of $("rows").querySelectorAll("section[data-kind]")) {
    let within = 0;
    for (const chat of store.chats.values()) {
      if (chat.kind !== section.dataset.kind) continue;
      const found = !wanted || fits(chat, wanted);
      rows.get(chat.chat).link.hidden = !found;
      within += found;
    }
    section.hidden = within === 0 || (tabbed && section.dataset.kind !== tab);
    section.classList.toggle("bare", tabbed);
    shown += section.hidden ? 0 : within;
  }
  $("starts-list").classList.toggle("away", Boolean(wanted));
  $("nothing").hidden = shown > 0 || $("rows").hasAttribute("aria-busy");
  $("nothing").textContent = wanted ? words.no_match : words.no_chats;
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
