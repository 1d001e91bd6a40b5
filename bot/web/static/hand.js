"use strict";

// What proves who looks stands behind # in the address, which browsers send nowhere: it goes into the form.
const form = document.getElementById("hand");
const given = new URLSearchParams(location.hash.slice(1)).get(form.dataset.fragment);
if (given) {
  form.elements.data.value = given;
  history.replaceState(null, "", location.pathname);
  if (window.top === window) form.requestSubmit();
  else form.target = "_blank"; // in another page's frame the dashboard would get no cookie: it opens in a tab of its own
}
