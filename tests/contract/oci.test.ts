// The environments' contract in runc sandboxes.
import { whyNoSandboxes } from "../a-hearth.ts";
import { environmentsContract } from "./environments.ts";

environmentsContract("oci", (await whyNoSandboxes()) ?? false);
