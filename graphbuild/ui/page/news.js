// What the server says, as it happens: the state when one comes, and all news from then on.

const now = {version: 0, subject: null, wrong: [], build: null, document: null, shown: null};
const listeners = [];
// Called with what kind of news there is: "build", "told", "node", "step", "wrong", "document", "lost", "back".
const whenNews = listener => listeners.push(listener);
const tell = (what, news = {}) => { for (const one of listeners) one(what, news); };

const take = {
  document: ({version, subject}) => {
    Object.assign(now, {version, subject, wrong: []});
    fetchDocument();
  },
  wrong: ({problems}) => { now.wrong = problems; },
  build: ({build}) => { now.build = build; },
  told: facts => { Object.assign(now.build, facts); },
  node: ({node, ...facts}) => { now.build.nodes[node] = {...now.build.nodes[node], ...facts}; },
  step: ({node, done, total, facts}) => {
    now.build.nodes[node] = {...now.build.nodes[node], done, total};
    (now.build.curves[node] ??= []).push([done, facts]);
  },
};
let fetching = null, isFetchedAgain = false;
const fetchDocument = async () => {
  if (fetching) {
    isFetchedAgain = true;
    return fetching;
  }
  fetching = get("/api/document").catch(() => null);
  const found = await fetching;
  fetching = null;
  if (found?.document) {
    Object.assign(now, {document: found.document, shown: found.version, subject: found.state.subject});
    tell("document");
  }
  if (isFetchedAgain) {
    isFetchedAgain = false;
    return fetchDocument();
  }
};

let source = null, isLost = false;
const listen = () => {
  source = new EventSource("/api/news");
  source.addEventListener("state", event => {
    const said = JSON.parse(event.data);
    Object.assign(now, said);
    if (said.version !== now.shown || !now.document) fetchDocument();
    isLost = false;
    tell("back");
  });
  source.addEventListener("news", event => {
    if (isLost) tell("back");
    isLost = false;
    for (const {what, ...facts} of JSON.parse(event.data)) {
      take[what]?.(facts);
      if (what !== "document") tell(what, facts);
    }
  });
  source.addEventListener("open", () => {
    if (isLost) tell("back");
    isLost = false;
  });
  // The browser tries again by itself, unless it was sent away: then the server is another one.
  source.addEventListener("error", () => {
    isLost = true;
    tell("lost", {forGood: source.readyState === EventSource.CLOSED});
  });
};
