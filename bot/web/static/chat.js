// The chat page: puts its parts together and asks the server for news, for as long as it is open.
import { $, toast } from "./dom.js";
import { changeWriter, readyComposer, startComposer } from "./composer.js";
import { startLanguage } from "./language.js";
import { highlight, startList } from "./list.js";
import { startNotifying } from "./notify.js";
import { get, post, sleep } from "./net.js";
import { setClock, startStage } from "./stage.js";
import { forgetDrafts } from "./drafts.js";
import { load, store, take } from "./store.js";
import { fillTalk, openTalk, showMessage, startTalk } from "./talk.js";
import { startTaps } from "./taps.js";
import { startTour } from "./tour.js";
import { words } from "./words.js";

const demo = document.body.dataset.mode === "demo";
const ONLINE = "online";
const BREATH = 150; // milliseconds between two questions: a flood of news comes in fewer, larger answers
let wake = () => {}; // ends a pause between two tries
let again = () => {}; // gives up a question that waits for an answer

async function go() {
  const [id, message] = decodeURIComponent(location.hash.slice(1)).split("/");
  store.open = store.chats.has(id) ? id : null;
  changeWriter();
  const opening = openTalk();
  readyComposer();
  highlight(true);
  await opening;
  if (message && store.open === id) await showMessage(Number(message));
}

async function news() {
  const told = await get("/chat/events", { since: store.since, epoch: store.epoch });
  if (told.reset) {
    await load(); // another program, perhaps another database: everything anew
    setClock(store.clock, true);
    if (store.open) await fillTalk(store.open);
    return;
  }
  store.since = told.since;
  if (told.clock) store.clock = told.clock;
  setClock(told.clock);
  take(told.messages);
}

async function listenOn() {
  for (let failed = 0; ; ) {
    try {
      await Promise.race([news(), new Promise((_, stop) => (again = stop))]);
      failed = 0;
      $("offline").hidden = navigator.onLine;
      await sleep(BREATH);
    } catch (failure) {
      if (failure === ONLINE) continue;
      failed += 1;
      $("offline").hidden = false;
      await Promise.race([sleep(Math.min(500 * 2 ** failed, 8000)), new Promise((now) => (wake = now))]);
    }
  }
}

async function begin() {
  for (let failed = 1; ; failed += 1) {
    try {
      await load();
      break;
    } catch {
      $("offline").hidden = false;
      await sleep(Math.min(500 * 2 ** failed, 8000));
    }
  }
  $("offline").hidden = true;
  setClock(store.clock, true);
  const own = [...store.chats.keys()][0];
  if (!demo && !location.hash && own) history.replaceState(null, "", `#${own}`);
  addEventListener("hashchange", go); // first: who taps another chat while one is loading wants that one
  addEventListener("online", () => (($("offline").hidden = true), again(ONLINE), wake()));
  addEventListener("offline", () => ($("offline").hidden = false));
  document.addEventListener("lost", () => ($("offline").hidden = false));
  await go();
  listenOn();
}

function leaving() {
  $("leave").addEventListener("click", async () => {
    if (!confirm(words.leave)) return;
    try {
      await post("/leave", {});
      forgetDrafts(); // what was begun is the person's own
      location.href = "/";
    } catch (failure) {
      toast(failure.message || words.failed, "bad");
    }
  });
}

startList();
startTalk();
startComposer();
startLanguage();
startTaps();
startStage();
startTour();
if (!demo) (leaving(), startNotifying());
$("skip").addEventListener("click", () => (store.open ? $("text") : $("talk").querySelector("a, button"))?.focus());
begin();
