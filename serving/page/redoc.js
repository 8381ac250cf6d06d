// Shows the OpenAPI schema with ReDoc, in the colours of the page.

import { readSchema } from "./examples.js";

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const font = getComputedStyle(document.body).fontFamily;

Redoc.init(
  await readSchema(),
  {
    // Search needs a worker, which the content security policy does not allow.
    disableSearch: true,
    hideDownloadButton: true,
    theme: {
      colors: { primary: { main: colour("accent") } },
      typography: { fontFamily: font, headings: { fontFamily: font }, code: { fontFamily: colour("mono") } },
    },
  },
  document.getElementById("redoc"),
);
