// The demo's bar: its clock, how fast it goes, and the way to the next step.
import { $, icon, toast } from "./dom.js";
import { get, post } from "./net.js";
import { date, time, words } from "./words.js";

let clock = null;
let since = 0;
let asked = false;

export function startStage() {
  if (!$("clock-next")) return; // no rehearsal
  $("clock-toggle").addEventListener("click", () =>
    drive(clock?.paused ? { action: "play" } : { action: "pause" }));
  for (const button of document.querySelectorAll("[data-speed]")) {
    button.addEventListener("click", () => drive({ action: "speed", speed: Number(button.dataset.speed) }));
  }
  $("clock-next").addEventListener("click", next);
  setInterval(tick, 200);
}

const now = () => Date.parse(clock.now) + (clock.paused ? 0 : (performance.now() - since) * clock.speed);

export function setClock(state, anew = false) {
  if (!state || !$("clock-next") || (clock && !anew && state.now < clock.now)) return; // or it was overtaken
  clock = state;
  since = performance.now();
  asked = false;
  $("clock-toggle").replaceChildren(icon(clock.paused ? "play" : "pause"));
  $("clock-toggle").setAttribute("aria-label", clock.paused ? words.play : words.pause);
  for (const button of document.querySelectorAll("[data-speed]")) {
    button.setAttribute("aria-pressed", String(!clock.paused && Number(button.dataset.speed) === clock.speed));
  }
  const step = clock.next;
  $("clock-next").disabled = !step;
  $("next-label").textContent = step ? step.label[words.locale] ?? step.label.en : words.no_more_steps;
  $("next-time").textContent = step ? time(new Date(step.at)) : "";
  tick();
}

function tick() {
  if (!clock) return;
  const at = new Date(now());
  $("clock-date").textContent = date(at);
  $("clock-time").textContent = time(at);
  if (clock.next && at > Date.parse(clock.next.at) && !asked) {
    asked = true; // its time has come: what is the next one?
    setTimeout(() => get("/clock").then((state) => setClock(state), () => {}), 700);
  }
}

// The time of day on the clock, such as 10:05; "" before there is one.
export const clockTime = () => (clock ? time(new Date(now())) : "");

export async function drive(order) {
  try {
    setClock(await post("/clock", order, 300000)); // hours are played through before a step is there
  } catch (failure) {
    toast(failure.message || words.failed, "bad");
  }
}

async function next() {
  const button = $("clock-next");
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  await drive({ action: "next" });
  button.removeAttribute("aria-busy");
  button.disabled = !clock?.next;
}
