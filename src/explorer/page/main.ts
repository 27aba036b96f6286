import type { SourceDescription } from "../model.js";
import { sourceElement } from "../page-elements.js";
import { createEmbeddedSource } from "./embedded-source.js";
import { createLiveSource } from "./live-source.js";
import "./style.css";

const description: SourceDescription = JSON.parse(
  document.getElementById(sourceElement)?.textContent ?? "{}",
);
const source = description.kind === "live" ? createLiveSource() : createEmbeddedSource(description.index);
source.readIndex().then(({ runs }) => {
  document.getElementById("explorer")?.append(`${runs.length} runs`);
});
