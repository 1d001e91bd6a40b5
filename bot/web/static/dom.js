// Building what is on the screen, node by node: no text ever becomes markup by itself.
export const $ = (id) => document.getElementById(id);

export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

const HUES = 10;

export function avatar(name, kind) {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 9973;
  return el("span", { class: `avatar ${kind} hue-${hash % HUES}`, "aria-hidden": "true" }, [...name][0] ?? "?");
}

// Telegram's subset of HTML, by whitelist; whatever else there is becomes its plain text.
const KEPT = new Set(["B", "I", "U", "S", "CODE", "PRE"]);

export function rich(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const out = document.createDocumentFragment();
  for (const child of parsed.body.childNodes) copy(child, out);
  return out;
}

function copy(node, into) {
  if (node.nodeType === Node.TEXT_NODE) {
    into.append(node.data);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  if (node.tagName === "BR") {
    into.append("\n");
    return;
  }
  const target = kept(node) ?? into;
  for (const child of node.childNodes) copy(child, target);
  if (target !== into) into.append(target);
}

function kept(node) {
  if (KEPT.has(node.tagName)) return document.createElement(node.tagName);
  const href = node.tagName === "A" ? node.getAttribute("href") ?? "" : "";
  return href.startsWith("https://") ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }) : null;
}

// A short word at the lower edge; an alert waits for a tap.
export function toast(text, kind = "") {
  if (!text) return;
  const shown = el("p", { class: `toast ${kind}` }, text);
  $("toasts").append(shown);
  while ($("toasts").childElementCount > 3) $("toasts").firstElementChild.remove();
  setTimeout(() => shown.classList.add("going"), 3600 + text.length * 30);
  setTimeout(() => shown.remove(), 4000 + text.length * 30);
}

export function alertBox(text) {
  $("alert-words").textContent = text;
  if (!$("alert").open) $("alert").showModal();
}
