// Shows the OpenAPI schema with Swagger UI.

import { readSchema } from "./examples.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

function colour() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

colour();
dark.addEventListener("change", colour);
SwaggerUIBundle({ spec: await readSchema(), dom_id: "#docs", deepLinking: true, tryItOutEnabled: true, defaultModelsExpandDepth: 0, displayRequestDuration: true });
