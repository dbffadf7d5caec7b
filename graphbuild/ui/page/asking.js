// Asking the server: JSON there and back. An error says what it says, and has its problems with their places.

class Asked extends Error {
  constructor(message, problems) {
    super(message);
    this.problems = problems;
  }
}
const ask = async (path, options = {}) => {
  let response;
  try {
    response = await fetch(path, {credentials: "same-origin", ...options});
  } catch {
    throw new Asked("the server does not answer: `graphbuild ui` may have ended", []);
  }
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Asked(said.message ?? response.statusText, said.details?.problems ?? []);
  return said;
};
const get = path => ask(path);
const post = (path, body = {}) => ask(path, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(body)});
