// One file goes up as the body of one request; what the program answers is shown in place.
const form = document.getElementById("upload");
const file = document.getElementById("file");
const said = document.getElementById("said");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const [chosen] = file.files;
  try {
    const address = `${location.pathname}?name=${encodeURIComponent(chosen.name)}`;
    const answer = await fetch(address, { method: "POST", body: chosen });
    said.textContent = await answer.text();
    said.classList.toggle("problem", !answer.ok);
    button.disabled = answer.ok;
  } catch (error) {
    said.textContent = `${error.message}`;
    button.disabled = false;
  }
});
