// Talking to the server: one place that knows how a request fails.
export class Failure extends Error {
  constructor(status, sentence) {
    super(sentence || "");
    this.status = status; // 0: there was no answer at all
  }
}

async function ask(url, options, patience) {
  let response, told;
  try {
    response = await fetch(url, { credentials: "same-origin", signal: AbortSignal.timeout(patience), ...options });
    told = await response.json();
  } catch {
    if (!response) document.dispatchEvent(new Event("lost")); // nobody answered
    throw new Failure(response && !response.ok ? response.status : 0);
  }
  if (response.status === 401) location.reload(); // the page with the one field comes
  if (!response.ok) throw new Failure(response.status, told.error);
  return told;
}

const query = (values) => new URLSearchParams(values).toString();

export const get = (path, values = {}, patience = 30000) => ask(`${path}?${query(values)}`, {}, patience);

export const post = (path, body, patience = 30000) =>
  ask(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }, patience);

export const send = (path, values, file) =>
  ask(
    `${path}?${query(values)}`,
    { method: "POST", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file },
    120000,
  );

export const sleep = (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds));
