// The page's own words, and how it writes times: in the organisation's zone, wherever the reader is.
export const words = JSON.parse(document.getElementById("words").textContent);

const language = words.locale === "zh_CN" ? "zh-CN" : "en-GB";
let zone;

export function inZone(name) {
  try {
    new Intl.DateTimeFormat(language, { timeZone: name });
    zone = name;
  } catch {
    zone = undefined; // a zone this browser does not know: its own is the best there is
  }
  formats.clear();
}

const formats = new Map();

function format(kind, options) {
  if (!formats.has(kind)) formats.set(kind, new Intl.DateTimeFormat(language, { timeZone: zone, ...options }));
  return formats.get(kind);
}

export const time = (at) => format("time", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
export const day = (at) => format("day", { month: "long", day: "numeric", weekday: "long" }).format(at);
export const shortDay = (at) => format("short", { month: "numeric", day: "numeric" }).format(at);
export const date = (at) => format("date", { month: "short", day: "numeric", weekday: "short" }).format(at);
export const dayKey = (at) => format("key", { year: "numeric", month: "2-digit", day: "2-digit" }).format(at);

export const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

// In one's own chat one talks with the program; where the page can be anybody, a chat is a person's phone.
export const title = (chat, mode) => (mode === "run" && chat.kind === "person" ? words.bot : chat.name);

export function roleLine(chat, mode) {
  if (chat.kind === "group") return chat.path.split("/").slice(0, -1).join("/") || words.group;
  const parts = [mode === "run" ? chat.name : null, chat.unit, words[chat.role]];
  if (chat.wards) parts.push(fill(words.wards, { n: chat.wards }));
  return parts.filter(Boolean).join(" · ");
}
