#!/usr/bin/env node
import { startEarlyWorker } from "./runner/workers/early-worker.js";

// The program's first lines, in a file of their own: a worker starts while the rest of the program loads.

startEarlyWorker(process.argv.slice(2));
await import("./main.js");
