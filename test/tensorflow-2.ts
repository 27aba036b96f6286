// One half of the tests that drive functions with TensorFlow, in one process: npm test runs both at once.
import { importTests } from "./helpers/import-tests.js";

await importTests("tensorflow", 1, 2);
