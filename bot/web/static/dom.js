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

// Telegram's subset of HTML, by whitelist; whatever else there is becomes its plain text. Commands that `knows` says are
// ours can be tapped; codes and addresses are copied by a tap.
const KEPT = new Set(["B", "I", "U", "S", "CODE", "PRE"]);
const PARTS = /(https?:\/\/[^\s<>"“”（）【】，。；：、]+(?<![.,;:!?)]))|(?<![\w/])(\/[a-z]{2,16})(?![\w/])/g;

export function rich(html, knows) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const out = document.createDocumentFragment();
  for (const child of parsed.body.childNodes) copy(child, out, knows);
  return out;
}

function copy(node, into, knows) {
  if (node.nodeType === Node.TEXT_NODE) {
    into.append(...parts(node.data, into, knows));
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return;
  if (node.tagName === "BR") {
    into.append("\n");
    return;
  }
  const target = kept(node, knows) ?? into;
  for (const child of node.childNodes) copy(child, target, knows);
  if (target !== into) into.append(target);
}

function parts(text, into, knows) {
  if (into.nodeType === Node.ELEMENT_NODE && into.closest("a, [role=button]")) return [text];
  const out = [];
  let from = 0;
  for (const found of text.matchAll(PARTS)) {
    const [whole, address, command] = found;
    if (command && !knows(command)) continue;
    out.push(text.slice(from, found.index), address ? part("copy", address, address) : part("command", command, command));
    from = found.index + whole.length;
  }
  return [...out, text.slice(from)];
}

// A piece of text to tap: written out and not a <button>, so that it wraps and can be selected as the rest.
function part(kind, what, text) {
  return el("span", { class: "tappable", role: "button", tabindex: "0", [`data-${kind}`]: what }, text);
}

function kept(node, knows) {
  if (node.tagName === "CODE" || node.tagName === "PRE") {
    const text = node.textContent;
    const made = document.createElement(node.tagName);
    const kind = knows(text.split(/\s/)[0]) ? "fill" : "copy";
    for (const [name, value] of Object.entries({ class: "tappable", role: "button", tabindex: "0", [`data-${kind}`]: text })) {
      made.setAttribute(name, value);
    }
    return made;
  }
  if (KEPT.has(node.tagName)) return document.createElement(node.tagName);
  const href = node.tagName === "A" ? node.getAttribute("href") ?? "" : "";
  const ours = href.startsWith("https://") || href.startsWith(`${location.origin}/`);
  return ours ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }) : null;
}

// A short word above the line one writes in, where it covers nothing; an alert waits for a tap.
export function toast(text, kind = "") {
  if (!text) return;
  const shown = el("p", { class: `toast ${kind}` }, text);
  $("toasts").append(shown);
  while ($("toasts").childElementCount > 3) $("toasts").firstElementChild.remove();
  setTimeout(() => shown.classList.add("going"), 3600 + text.length * 30);
  setTimeout(() => shown.remove(), 4000 + text.length * 30);
}

export const quietToasts = () => $("toasts").replaceChildren();

export function alertBox(text) {
  $("alert-words").textContent = text;
  if (!$("alert").open) $("alert").showModal();
}
