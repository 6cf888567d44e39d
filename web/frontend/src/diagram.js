// Shows a case's diagrams with the places it has been at and those it is at, as the classes "done" and "now".
//
//   data-diagram      the address of the JSON: a list of {"name": words, "xml": BPMN, "done": [ids], "now": [ids]},
//                     the case's own diagram first, then those it called; buttons above the canvas change between them
//   data-zoom-in, data-zoom-out, data-zoom-fit   optional buttons beside the canvas
//
// The bpmn.io watermark in the lower right corner stays where the library puts it, as its licence demands.

import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const MARKS = ["done", "now"];
const LARGEST_SCALE = 1.2;
/** How much of the view a plane takes. */
const MARGIN = 0.88;
const STEP = 1.2;
/** In a view as narrow as a telephone's a whole plane could not be read: it shows where the case is, this large. */
const NARROW = 600;
const READABLE = 0.7;

/** Settings of ours in a diagram; ``name.en`` is the English of an element's name. */
const SETTINGS = "http://spiffworkflow.org/bpmn/schema/1.0/core";

const SHAPES = "http://www.omg.org/spec/BPMN/20100524/DI";
/** Room for a label in English, which needs more of it than the Chinese one it stands for. */
const LABEL_WIDTH = 100;

/** Puts English names in the place of the Chinese ones on an English page, and makes room for them. */
function inLanguage(xml) {
  if (document.documentElement.lang !== "en") return xml;
  const tree = new DOMParser().parseFromString(xml, "application/xml");
  for (const each of tree.getElementsByTagNameNS(SETTINGS, "property")) {
    // The element holds extensionElements, these the properties, these each property.
    const owner = each.parentElement.parentElement?.parentElement;
    if (each.getAttribute("name") === "name.en") owner?.setAttribute("name", each.getAttribute("value"));
  }
  for (const label of tree.getElementsByTagNameNS(SHAPES, "BPMNLabel")) {
    for (const bounds of label.children) {
      const more = LABEL_WIDTH - Number(bounds.getAttribute("width"));
      bounds.setAttribute("x", Number(bounds.getAttribute("x")) - more / 2);
      bounds.setAttribute("width", LABEL_WIDTH);
    }
  }
  return new XMLSerializer().serializeToString(tree);
}

async function read(source) {
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

/** Fits the plane into the view, clear of the path above and the watermark below, without blowing a small one up. */
function fit(viewer) {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  canvas.zoom(Math.min(canvas.zoom() * MARGIN, LARGEST_SCALE), "auto");
  const here = canvas.getSize().width < NARROW && canvas.zoom() < READABLE && presentPlace(viewer);
  if (here) {
    canvas.zoom(READABLE, "auto");
    canvas.scrollToElement(here, 60);
  }
}

/** The place on the plane that is shown where the case is now. */
function presentPlace(viewer) {
  const canvas = viewer.get("canvas");
  const plane = canvas.getRootElement();
  return viewer.get("elementRegistry").find((each) => canvas.hasMarker(each, "now") && canvas.findRoot(each) === plane);
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

/** One button for each diagram; the pressed one is shown. */
function choices(container, diagrams, show) {
  const bar = document.createElement("div");
  bar.className = "planes";
  const all = diagrams.map((diagram) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm";
    button.textContent = diagram.name;
    button.addEventListener("click", () => press(diagram));
    bar.append(button);
    return button;
  });
  const press = (diagram) => {
    for (const [index, button] of all.entries()) button.setAttribute("aria-pressed", diagrams[index] === diagram);
    return show(diagram);
  };
  if (diagrams.length > 1) container.before(bar);
  return press;
}

async function draw(container) {
  const diagrams = await read(container.dataset.diagram);
  // What is drawn can be walked through, which a picture cannot: its parts must be open to assistive technology.
  container.setAttribute("role", "group");
  const viewer = new NavigatedViewer({ container });
  viewer.on("root.set", () => fit(viewer));
  buttons(viewer, container);
  const press = choices(container, diagrams, async (diagram) => {
    delete container.dataset.drawn;
    await viewer.importXML(inLanguage(diagram.xml));
    mark(viewer, diagram);
    turnTo(viewer, diagram.now ?? []);
    fit(viewer);
    container.dataset.drawn = "true";
  });
  await press(diagrams[0]);
}

for (const container of document.querySelectorAll("[data-diagram]")) {
  draw(container).catch((error) => {
    container.hidden = true;
    console.error(error);
  });
}
