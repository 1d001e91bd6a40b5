// The language of the page: asked of the server, which has all its words.
import { post } from "./net.js";

export function startLanguage() {
  for (const button of document.querySelectorAll("[data-locale]")) {
    button.addEventListener("click", async () => {
      await post("/language", { locale: button.dataset.locale });
      location.reload();
    });
  }
}
