import type { StartWorker, WorkerEvents } from "../workers/process.js";
import type { DeviceSlot } from "./device-slots.js";

// A file of its own although short: the only owner of how many workers each device slot has.

/**
 * Creates a `StartWorker` that starts each worker on the device slot with the fewest workers, or on none if there are no
 * slots. A slot on which TensorFlow finds no GPU is not used again.
 */
export function createDeviceAssignment(
  slots: readonly DeviceSlot[],
  start: (slot: DeviceSlot | undefined, events: WorkerEvents) => ReturnType<StartWorker>,
): StartWorker {
  const assignments = slots.map((slot) => ({ slot, workers: 0, isUsable: true }));
  return (events) => {
    const [chosen] = assignments.filter(({ isUsable }) => isUsable).sort((a, b) => a.workers - b.workers);
    if (chosen === undefined) {
      return start(undefined, events);
    }
    chosen.workers += 1;
    return start(chosen.slot, {
      message(message) {
        if (message.type === "ready" && message.device === "cpu") {
          chosen.isUsable = false;
        }
        events.message(message);
      },
      exit(reason) {
        chosen.workers -= 1;
        events.exit(reason);
      },
    });
  };
}
