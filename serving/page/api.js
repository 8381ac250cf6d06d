// Asks the service, and shows what went wrong where it can be seen.

const everywhere = document.getElementById("problem");

export async function ask(path, options = {}) {
  const answer = await fetch(path, { headers: { accept: "application/json" }, ...options });
  const content = await answer.json().catch(() => ({ detail: `${answer.status} ${answer.statusText}` }));
  if (!answer.ok) {
    const detail = content.detail ?? content.error ?? "";
    throw new Error(typeof detail === "string" ? detail : detail.map((entry) => entry.msg).join("; "));
  }
  return content;
}

// What a person did, done; a request that a later one has replaced is no problem. Returns whether it went well.
export async function attempt(what, place = everywhere) {
  try {
    await what();
    place.hidden = true;
    return true;
  } catch (error) {
    if (error.name !== "AbortError") show(place, error.message);
    return false;
  }
}

export function show(place, message) {
  place.textContent = message;
  place.hidden = false;
}

// Of several requests only the latest matters: each call ends the one before it.
export function latest() {
  let asking = new AbortController();
  return () => {
    asking.abort();
    asking = new AbortController();
    return asking.signal;
  };
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export const option = (value, text = value) => element("option", { value, textContent: text });
