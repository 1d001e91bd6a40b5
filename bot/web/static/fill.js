"use strict";

// Keep a form as it is filled in: what changed is sent when a field is left or typing pauses, and the answer says what
// applies now, what is wrong and what was changed elsewhere. Without this script the form's own buttons do the same.
const form = document.getElementById("fill"), state = document.getElementById("state"), words = form.dataset;
const TYPED = "textarea, input[type=text]", PAUSE = 1500, AGAIN = 5000;
let queue = Promise.resolve(), timer = 0, unsent = null, pictures = []; // [question, name of the file, small picture]

document.documentElement.classList.add("js");
const block = (name) => form.querySelector(`[data-q="${CSS.escape(name)}"]`);
const say = (text, bad = false) => { state.textContent = text; state.classList.toggle("bad", bad); };

function later(work, pause) {
  clearTimeout(timer);
  timer = setTimeout(() => { timer = 0; work(); }, pause);
}

function send(what, files) {
  if (what !== "look") { // which takes nothing that is being typed
    clearTimeout(timer);
    timer = 0;
  }
  queue = queue.then(() => post(what, files)).catch(() => {
    if (what === "look") return;
    unsent = [what, files];
    say(words.lost, true);
    later(again, AGAIN);
  });
  return queue;
}

const again = () => unsent && send(...unsent);

async function post(what, files) {
  const data = new FormData(form);
  for (const key of [...data.keys()]) if (key.startsWith("file.") && key !== files?.name) data.delete(key);
  data.set("do", what);
  if (what !== "look") say(words.saving);
  const answer = await carry(data, files && files.closest(".q").querySelector("progress"));
  unsent = null;
  if (files?.isConnected && !answer.bad && !answer.error) files.value = "";
  if (answer.error || answer.stopped) say(answer.error || answer.stopped, true);
  else if (answer.done) location.replace(answer.next ?? `${location.pathname}?report=${form.elements.report.value}`);
  else take(answer, what);
}

function carry(data, bar) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Accept-Language", document.documentElement.lang); // for who is signed out meanwhile
    request.responseType = "json";
    if (bar) request.upload.onprogress = (event) => { bar.hidden = false; bar.value = event.loaded / event.total; };
    request.onload = () => {
      if (request.response) done(request.response);
      else if (request.status === 413) done({ error: words.large });
      else failed();
    };
    request.onerror = failed;
    request.onloadend = () => { if (bar) bar.hidden = true; };
    request.send(data);
  });
}

function take(answer, what) {
  let more = false;
  form.elements.head.value = answer.head;
  for (const [name, html] of Object.entries(answer.blocks)) exchange(block(name), html, name);
  if (answer.files) exchange(document.getElementById("files"), answer.files, "");
  for (const at of form.querySelectorAll("[data-q]")) {
    const name = at.dataset.q, applies = answer.applies.includes(name), mark = form.elements[`was.${name}`];
    if (name in answer.marks && !(name in answer.blocks)) mark.value = answer.marks[name];
    more ||= applies && at.hidden;
    at.hidden = !applies;
    at.querySelectorAll("input, textarea, select").forEach((each) => { each.disabled = !applies; });
    if (what !== "look") blame(at, applies ? answer.wrong[name] ?? "" : "");
  }
  document.getElementById("drop").hidden = !answer.saved;
  const summary = document.querySelector(".summary");
  summary?.querySelectorAll("li").forEach((each) => { if (!(each.dataset.about in answer.wrong)) each.remove(); });
  if (summary && !summary.querySelector("li")) summary.remove();
  if (answer.said && answer.bad) say(answer.said, true);
  else if (more) say(words.more);
  else if (answer.saved) say(words.saved);
  else state.textContent = "";
}

function exchange(old, html, name) { // what is being typed in stays; the next answer tells it again
  const chosen = old.querySelector("input[type=file]");
  if (old.contains(document.activeElement) && !chosen) return;
  const had = old.contains(document.activeElement), made = document.createElement("template");
  made.innerHTML = html.trim();
  const fresh = made.content.firstElementChild;
  old.replaceWith(fresh);
  for (const link of fresh.querySelectorAll(".file a")) {
    const found = pictures.filter(([of, called]) => of === name && (name || called === link.textContent)).pop();
    if (found) keep(link.href, found[2]);
  }
  prepare(fresh);
  if (had) fresh.querySelector("input[type=file]")?.focus();
}

function blame(at, text) {
  const said = at.querySelector(".wrong");
  if (!said) return;
  const fields = at.querySelectorAll("textarea, select, .line input, .send input");
  said.textContent = text;
  said.hidden = !text;
  for (const each of at.matches("fieldset") ? [at] : fields) {
    const ids = [at.querySelector(".hint")?.id, text && said.id].filter(Boolean).join(" ");
    if (ids) each.setAttribute("aria-describedby", ids);
    else each.removeAttribute("aria-describedby");
    if (text && each !== at) each.setAttribute("aria-invalid", "true");
    else each.removeAttribute("aria-invalid");
  }
}

// A small picture stays in this tab, so that it is there after a reload without being loaded again.
function keep(address, picture) {
  try { sessionStorage.setItem(address, picture); } catch { /* a browser that keeps nothing shows the name */ }
}

function kept(address) {
  try { return sessionStorage.getItem(address); } catch { return null; }
}

function prepare(within) {
  for (const each of within.querySelectorAll("button.place")) each.hidden = !navigator.geolocation;
  for (const link of within.querySelectorAll(".file a")) {
    const picture = kept(link.href);
    if (picture) link.parentElement.before(Object.assign(new Image(), { src: picture, alt: link.textContent }));
  }
}

async function preview(input) {
  const name = input.name.slice(5);
  forget(name);
  for (const file of input.files) {
    if (!file.type.startsWith("image/")) continue;
    try {
      const drawn = await createImageBitmap(file, { resizeWidth: 320, resizeQuality: "medium" });
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [drawn.width, drawn.height];
      canvas.getContext("2d").drawImage(drawn, 0, 0);
      pictures.push([name, file.name, canvas.toDataURL("image/webp", 0.8)]);
    } catch { /* a kind of picture that this browser cannot draw is sent all the same */ }
  }
}

const forget = (name) => { if (name) pictures = pictures.filter(([of]) => of !== name); };

form.addEventListener("change", async (event) => {
  const input = event.target;
  if (input.type !== "file") return void send("save");
  await preview(input);
  if (input.files.length) send("save", input);
});

form.addEventListener("input", (event) => {
  if (!event.target.matches(TYPED)) return;
  later(() => send("save"), PAUSE);
});

form.addEventListener("submit", (event) => {
  const what = event.submitter?.value ?? "save";
  clearTimeout(timer);
  if (what === "submit" || what === "drop") {
    if (form.ariaBusy === "true") event.preventDefault();
    form.ariaBusy = "true";
    return;
  }
  event.preventDefault();
  if (what.startsWith("remove:")) forget(what.slice(7));
  send(what);
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("button.place");
  if (!button) return;
  const field = document.getElementById(button.dataset.for);
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    field.value = `${coords.latitude.toFixed(6)} ${coords.longitude.toFixed(6)} 0 ${Math.round(coords.accuracy)}`;
    send("save");
  }, () => { say(words.nowhere, true); field.focus(); }, { timeout: 15000, enableHighAccuracy: true });
});

addEventListener("online", again);
addEventListener("pageshow", () => { form.ariaBusy = "false"; });
document.addEventListener("visibilitychange", () => { // what is typed is kept before the page may be gone
  if (unsent) again();
  else if (!document.hidden) send("look");
  else if (timer) send("save");
});
prepare(form);
// what was filled in before this script came is kept as well
const filled = (it) => it.value !== it.defaultValue || it.checked !== (it.defaultChecked ?? it.checked);
if ([...form.querySelectorAll("textarea, input:not([type=hidden], [type=file])")].some(filled)) send("save");
form.querySelector("[autofocus]")?.focus();
