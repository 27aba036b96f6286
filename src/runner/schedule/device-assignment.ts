import type { StartWorker, WorkerEvents } from "../workers/process.js";
import type { DeviceSlot } from "./devices.js";

/**
 * Gives every worker a place: a GPU with as few workers as any, or none where there are no GPUs. One that turns out not to be
 * used is given to nobody any more.
 */
export function openDeviceAssignment(
  gpus: readonly DeviceSlot[],
  start: (place: DeviceSlot | undefined, events: WorkerEvents) => ReturnType<StartWorker>,
): StartWorker {
  const places = gpus.map((place) => ({ place, workers: 0, isUsed: true }));
  return (events) => {
    const [chosen] = places.filter(({ isUsed }) => isUsed).sort((a, b) => a.workers - b.workers);
    if (chosen === undefined) {
      return start(undefined, events);
    }
    chosen.workers += 1;
    return start(chosen.place, {
      message(message) {
        if (message.type === "ready" && message.device === "cpu") {
          chosen.isUsed = false;
        }
        events.message(message);
      },
      exit(how) {
        chosen.workers -= 1;
        events.exit(how);
      },
    });
  };
}
