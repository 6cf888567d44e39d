// Shows a case's diagram with the places it has been at and those it is at, as the classes "done" and "now".
//
//   data-diagram      the address of the JSON, or "#id" of a <script type="application/json"> on the page:
//                     {"xml": BPMN, "done": [element ids], "now": [element ids]}
//   data-zoom-in, data-zoom-out, data-zoom-fit   optional buttons beside the canvas
//
// The bpmn.io watermark in the lower right corner stays where the library puts it, as its licence demands.

import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const MARKS = ["done", "now"];
const LARGEST_SCALE = 1.2;
const STEP = 1.2;

async function read(source) {
  if (source.startsWith("#")) return JSON.parse(document.querySelector(source).textContent);
  const answer = await fetch(source, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${source}: ${answer.status}`);
  return answer.json();
}

/** Marks elements on whatever plane they lie; ids that a diagram does not draw are passed over. */
function mark(viewer, places) {
  const canvas = viewer.get("canvas");
  const drawn = viewer.get("elementRegistry");
  for (const name of MARKS) {
    for (const id of places[name] ?? []) if (drawn.get(id)) canvas.addMarker(id, name);
  }
}

/** Turns to the plane that holds the first place the case is at: the inside of a collapsed sub-process has its own. */
function turnTo(viewer, ids) {
  const canvas = viewer.get("canvas");
  const drawn = viewer.get("elementRegistry");
  const element = ids.map((id) => drawn.get(id)).findLast(Boolean);
  if (element) canvas.setRootElement(canvas.findRoot(element));
}

/** Fits the plane into the view, without blowing a small one up. */
function fit(viewer) {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  if (canvas.zoom() > LARGEST_SCALE) canvas.zoom(LARGEST_SCALE, "auto");
}

function buttons(viewer, container) {
  const canvas = viewer.get("canvas");
  const actions = {
    "data-zoom-in": () => canvas.zoom(canvas.zoom() * STEP),
    "data-zoom-out": () => canvas.zoom(canvas.zoom() / STEP),
    "data-zoom-fit": () => fit(viewer),
  };
  for (const [name, act] of Object.entries(actions)) {
    for (const button of container.parentElement.querySelectorAll(`[${name}]`)) {
      button.hidden = false;
      button.addEventListener("click", act);
    }
  }
}

async function draw(container) {
  const places = await read(container.dataset.diagram);
  // What is drawn can be walked through, which a picture cannot: its parts must be open to assistive technology.
  container.setAttribute("role", "group");
  const viewer = new NavigatedViewer({ container });
  await viewer.importXML(places.xml);
  mark(viewer, places);
  turnTo(viewer, places.now ?? []);
  fit(viewer);
  viewer.on("root.set", () => fit(viewer));
  buttons(viewer, container);
  container.dataset.drawn = "true";
}

for (const container of document.querySelectorAll("[data-diagram]")) {
  draw(container).catch((error) => {
    container.hidden = true;
    console.error(error);
  });
}
