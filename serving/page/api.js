// Asks the service, and shows what went wrong where it can be seen.

const problem = document.getElementById("problem");

export async function ask(path, options = {}) {
  const answer = await fetch(path, { headers: { accept: "application/json" }, ...options });
  const content = await answer.json();
  if (!answer.ok) {
    const detail = typeof content.detail === "string" ? content.detail : content.detail.map((entry) => entry.msg).join("; ");
    throw new Error(detail);
  }
  return content;
}

// What a person did, done; a request that a later one has replaced is no problem.
export async function attempt(what) {
  try {
    await what();
    problem.hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

export function option(value, text = value) {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  return made;
}
