// The environments' contract in plain processes, which need no root and no sandboxes.
import { environmentsContract } from "./environments.ts";

environmentsContract("process", false);
