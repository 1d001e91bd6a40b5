// What may be attached: a photo, a voice message, any file, the place; also dropped on the chat or pasted.
import { $, el, toast } from "./dom.js";
import { post, send } from "./net.js";
import { store, take } from "./store.js";
import { ghost } from "./talk.js";
import { words } from "./words.js";

const FILE_LIMIT = 10 * 1024 * 1024;
const CAPTION_LIMIT = 1000;
let refill = () => {}; // puts words into the line one writes in

export function startAttaching(fill) {
  refill = fill;
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
  $("text").addEventListener("paste", (event) => event.clipboardData.files.length && upload(event.clipboardData.files));
  dropping();
}

export const waitingBubble = (text) =>
  ghost(el("div", { class: "body" }, el("div", { class: "text" }, text), el("span", { class: "stamp" }, words.sending)));

async function share() {
  const chat = store.open;
  const waiting = waitingBubble("📍");
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

// What stands in the line goes along with the first file.
function caption() {
  const said = $("text").value.trim();
  if (!said || said.startsWith("/") || said.length > CAPTION_LIMIT) return "";
  refill("");
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
    const waiting = waitingBubble(said ? `${file.name}\n${said}` : file.name);
    try {
      const told = await send("/chat/file", { account: store.acting ?? "", chat, name: file.name, caption: said }, file);
      take([told.message]);
    } catch (failure) {
      toast(failure.message || words.failed, "bad");
      if (said && store.open === chat && !$("text").value) refill(said); // nothing typed is lost
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
