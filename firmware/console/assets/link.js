// The line to the device: a stream of events, and the knowledge of whether it
// still speaks. A page that hears nothing for SILENCE shows that it is cut
// off, whatever the browser thinks of the connection.

const SILENCE = 5000; // ms: two beats and a half
const LOOK = 250;
const RETRY = 1500;

// follow calls view with each value, beat with each sign of life, and lost
// when the device falls silent; the next sign of life is the end of that.
export function follow(path, { view, beat, lost }) {
  let source;
  let heard = performance.now();
  let opened = heard;

  const hear = (tell) => (event) => {
    heard = performance.now();
    tell(JSON.parse(event.data));
    if (event.lastEventId) document.body.dataset.view = event.lastEventId; // says which value is shown
  };
  const open = () => {
    source?.close();
    opened = performance.now();
    source = new EventSource(path);
    source.addEventListener("view", hear(view));
    source.addEventListener("beat", hear(beat));
    source.addEventListener("error", () => {
      heard = -Infinity;
      lost();
    });
  };
  open();
  setInterval(() => {
    const now = performance.now();
    if (now - heard <= SILENCE) return;
    lost();
    const patience = source.readyState === EventSource.CLOSED ? RETRY : SILENCE;
    if (now - opened > patience) open();
  }, LOOK);
}
